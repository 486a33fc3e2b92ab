package io.persidict.format;

/**
 * What a format is opened for.
 *
 * @param type what all values are instances of
 * @param allowList the classes that may be made of stored bytes where these name classes
 * @param classLoader finds the classes of the values
 * @param refusesUnknownMembers whether a member that a value's class does not have makes a value
 *     unreadable, instead of being ignored
 * @param <V> the values
 */
public record FormatContext<V>(
    Class<V> type, AllowList allowList, ClassLoader classLoader, boolean refusesUnknownMembers) {}
