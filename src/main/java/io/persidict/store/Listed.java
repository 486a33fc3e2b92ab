package io.persidict.store;

/**
 * One name of a listing, with what the store knew of it when the listing passed by.
 *
 * @param name whole, prefix included
 * @param stat at that moment; the name may have changed or gone since
 */
public record Listed(String name, Stat stat) {}
