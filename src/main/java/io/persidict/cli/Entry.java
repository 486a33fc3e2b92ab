package io.persidict.cli;

import io.persidict.store.Stat;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry as the tool found it.
 *
 * @param name in its cache or dictionary
 * @param stat null where the store can tell nothing of it
 * @param key null if it cannot be decoded
 * @param format of the value, by its extension
 * @param created when its value was put; null where that is not stored
 * @param expires null for never
 * @param fault what is wrong with it, as a part of a sentence that begins with "it"; null for
 *     nothing
 * @param unknown why it cannot be told whether it is whole; null if it can
 * @param value as it is stored; null where it was not read
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Entry(
    String name,
    @Nullable Stat stat,
    @Nullable Object key,
    String format,
    @Nullable Instant created,
    @Nullable Instant expires,
    @Nullable String fault,
    @Nullable String unknown,
    byte @Nullable [] value) {

  /** An entry of which nothing is known but that something is wrong with it. */
  static Entry damaged(String name, @Nullable Stat stat, String format, String fault) {
    return new Entry(name, stat, null, format, null, null, fault, null, null);
  }

  /** An entry that may be whole, but cannot be read here. */
  static Entry unread(String name, Stat stat, String format, String reason) {
    return new Entry(name, stat, null, format, null, null, null, reason, null);
  }

  Entry withFault(String found) {
    return new Entry(name, stat, key, format, created, expires, found, unknown, value);
  }

  Entry withUnknown(String reason) {
    return new Entry(name, stat, key, format, created, expires, fault, reason, value);
  }

  boolean isExpiredAt(Instant now) {
    return expires != null && !expires.isAfter(now);
  }

  /** Why nothing of what it holds can be used here; null if something can. */
  @Nullable String unreadable() {
    return fault == null && value == null ? unknown : fault;
  }

  /** Whether the cache that it lies in takes it for none, and may put another in its place. */
  boolean isNoneAt(Instant now) {
    return fault != null || isExpiredAt(now);
  }

  long size() {
    return stat == null ? 0 : stat.size();
  }

  /** How long ago its value was put, or its file written where that is not known. */
  Duration ageAt(Instant now) {
    Instant since = created != null ? created : stat != null ? stat.lastModified() : now;
    Duration age = Duration.between(since, now);
    return age.isNegative() ? Duration.ZERO : age;
  }

  /** The key on a line, or the name where there is none. */
  String shownKey() {
    return key == null ? Texts.printable(name) : shown(key);
  }

  /** A key as it is given on the command line, in quotes where it could be taken for another. */
  static String shown(Object key) {
    if (!(key instanceof String text)) {
      return Json.of(key);
    }
    boolean isPlain =
        text.codePoints().allMatch(Texts::isPlain)
            && text.strip().equals(text)
            && !text.matches("|[\\[{\"].*|-?[0-9.]+|true|false|null");
    return isPlain ? text : Json.of(text);
  }

  /** What {@code ls --json} tells. */
  Map<String, @Nullable Object> members(Instant now) {
    Map<String, @Nullable Object> members = new LinkedHashMap<>();
    members.put("key", key);
    members.put("name", name);
    members.put("size", size());
    if (stat != null) {
      members.put("modified", stat.lastModified().toString());
    }
    if (created != null) {
      members.put("created", created.toString());
    }
    if (expires != null) {
      members.put("expires", expires.toString());
      members.put("expired", isExpiredAt(now));
    }
    if (fault != null) {
      members.put("fault", fault);
    }
    if (unknown != null) {
      members.put("unknown", unknown);
    }
    return members;
  }
}
