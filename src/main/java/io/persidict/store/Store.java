package io.persidict.store;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Bytes under names, shared by any number of threads, processes and machines.
 *
 * <p><b>Names</b> follow {@link Names}. <b>Bytes</b> are copied in neither direction: a store may
 * keep an array that it was given only until the call returns, and hands out arrays that it keeps
 * no longer.
 *
 * <p><b>What a reader sees.</b> A whole version or absence, never a mixture, also while a writer
 * works, after a writer was killed and after a disk ran full. A write that returned is seen by
 * every read that starts afterwards, in any process.
 *
 * <p><b>Conditions.</b> Testing a {@link Precondition} and acting on it is one atomic step among
 * all users of the store. Mutations of one name are linearizable. A backend that cannot do a step
 * atomically refuses it.
 *
 * <p><b>Exceptions.</b> Every operation throws {@link IllegalArgumentException} for a bad name,
 * {@link IllegalStateException} after {@link #close}, and {@link StoreException} for a fault of the
 * storage. A lost condition and an absent name are results. An interrupted thread's operation is
 * completed and its interrupt status kept.
 */
public interface Store extends AutoCloseable {

  /**
   * Reads a version whole.
   *
   * @param ifNoneMatch a version that the caller knows and need not be sent again
   * @return {@link GetResult.Found} with bytes and stat of one and the same version, {@link
   *     GetResult.NotModified} if that is the version the caller knows, or {@link GetResult.Absent}
   */
  GetResult get(String name, Optional<ETag> ifNoneMatch);

  /** Tells of the stored version without reading it, or empty if there is none. */
  Optional<Stat> stat(String name);

  /**
   * Stores {@code bytes} as a new version if {@code precondition} holds.
   *
   * @return {@link PutResult.Written}, or {@link PutResult.Lost} with nothing changed
   */
  PutResult put(String name, byte[] bytes, Precondition precondition);

  /**
   * Deletes the stored version if {@code precondition} holds. {@link Precondition#absent()} never
   * deletes: it is lost where there is a version.
   *
   * @return {@link DeleteResult.Deleted}, {@link DeleteResult.WasAbsent} whatever the precondition,
   *     or {@link DeleteResult.Lost} with nothing changed
   */
  DeleteResult delete(String name, Precondition precondition);

  /**
   * Lists the names that start with {@code prefix}, lazily, in no order. Weakly consistent: a name
   * that is there throughout is listed exactly once; one that comes or goes meanwhile may be listed
   * or not. Close the stream.
   *
   * @param prefix empty, or segments each followed by {@code /}
   */
  Stream<Listed> list(String prefix);

  /**
   * Reads the bytes alone, for stores in which an ETag costs something.
   *
   * @return the bytes of one version, or empty if the name is absent
   */
  default Optional<byte[]> read(String name) {
    return get(name, Optional.empty()) instanceof GetResult.Found found
        ? Optional.of(found.bytes())
        : Optional.empty();
  }

  /**
   * Begins to watch {@code name} for changes by anybody. Blind in a store that does not hear of
   * them.
   */
  default Watch watch(String name) {
    return Watch.BLIND;
  }

  /** Reads many names. The result holds those that are there, in the order of {@code names}. */
  default Map<String, GetResult.Found> getAll(Collection<String> names) {
    Map<String, GetResult.Found> found = new LinkedHashMap<>();
    for (String name : names) {
      if (get(name, Optional.empty()) instanceof GetResult.Found version) {
        found.put(name, version);
      }
    }
    return found;
  }

  /** Stores many names, each atomically, not all as one. Stops at the first fault. */
  default void putAll(Map<String, byte[]> entries) {
    entries.forEach((name, bytes) -> put(name, bytes, Precondition.none()));
  }

  /**
   * Deletes many names, each atomically, not all as one. Stops at the first fault.
   *
   * @return how many of them were there
   */
  default long deleteAll(Stream<String> names) {
    return names
        .filter(name -> delete(name, Precondition.none()) == DeleteResult.Deleted.DELETED)
        .count();
  }

  /** Releases what the store holds open; keeps what is stored. Closing twice is allowed. */
  @Override
  void close();
}
