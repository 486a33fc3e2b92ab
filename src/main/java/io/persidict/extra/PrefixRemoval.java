package io.persidict.extra;

import java.util.List;

/**
 * Removes all entries whose keys begin alike. By {@code cache.unwrap(PrefixRemoval.class)}.
 *
 * <p>Lists the whole cache. Where the keys are short strings, the names of the entries tell which
 * ones are meant; of all others the records are read. Entries that are written meanwhile may stay.
 * Listeners and the cache writer are told of each entry that goes.
 */
public interface PrefixRemoval {
  /**
   * Removes the entries whose keys are strings that begin with {@code prefix}.
   *
   * @param prefix not empty; to remove all entries there is {@code cache.removeAll()}
   * @return how many there were
   * @throws IllegalArgumentException if {@code prefix} is empty
   * @throws javax.cache.CacheException if the store cannot be read or written; some entries may be
   *     gone then
   */
  long removeAll(String prefix);

  /**
   * Removes the entries whose keys have several segments and begin with these: lists and arrays,
   * whose elements are the segments, and {@code DictKey}s.
   *
   * @param segments not empty; compared by {@code equals}
   * @return how many there were
   * @throws IllegalArgumentException if {@code segments} is empty
   * @throws javax.cache.CacheException if the store cannot be read or written; some entries may be
   *     gone then
   */
  long removeAll(List<?> segments);
}
