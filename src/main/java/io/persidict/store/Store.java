package io.persidict.store;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
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
 * <p><b>ETags.</b> Each replacement of a version by other bytes has a new one. Where an ETag is a
 * hash of the content, as in S3, a version with the bytes of an earlier one has that one's ETag,
 * and {@link Precondition#matches} cannot tell them apart: whoever must, writes a token into the
 * bytes.
 *
 * <p><b>Exceptions.</b> Every operation throws {@link IllegalArgumentException} for a bad name,
 * {@link IllegalStateException} after {@link #close}, and {@link StoreException} for a fault of the
 * storage, and never take one for absence. Of these, {@link UnreadableException} tells that what
 * lies under a name cannot have been written by a store. A lost condition and an absent name are
 * results. An interrupted thread's operation is completed and its interrupt status kept.
 */
public interface Store extends AutoCloseable {

  /**
   * Reads a version whole.
   *
   * @param name whole
   * @param ifNoneMatch a version that the caller knows and need not be sent again
   * @return {@link GetResult.Found} with bytes and stat of one and the same version, {@link
   *     GetResult.NotModified} if that is the version the caller knows, or {@link GetResult.Absent}
   */
  GetResult get(String name, Optional<ETag> ifNoneMatch);

  /**
   * {@return what is known of the stored version without reading it; empty if there is none}
   *
   * @param name whole
   */
  Optional<Stat> stat(String name);

  /**
   * Stores {@code bytes} as a new version if {@code precondition} holds.
   *
   * @param name whole
   * @param bytes not changed until this returns, and not kept
   * @param precondition of the version that they take the place of
   * @return {@link PutResult.Written}, or {@link PutResult.Lost} with nothing changed
   * @throws IllegalArgumentException if the name is bad, or these are more bytes than this store
   *     takes as one version
   */
  PutResult put(String name, byte[] bytes, Precondition precondition);

  /**
   * Stores a version that was written elsewhere, as {@link #put(String, byte[], Precondition)}
   * does, and dates it as it was there, if this store keeps dates that it is given.
   *
   * @param name whole
   * @param bytes not changed until this returns, and not kept
   * @param precondition of the version that they take the place of
   * @param lastModified when the version was written elsewhere
   * @return {@link PutResult.Written}, or {@link PutResult.Lost} with nothing changed
   * @throws IllegalArgumentException if the name is bad, or these are more bytes than this store
   *     takes as one version
   */
  default PutResult put(
      String name, byte[] bytes, Precondition precondition, Instant lastModified) {
    return put(name, bytes, precondition);
  }

  /**
   * Deletes the stored version if {@code precondition} holds. {@link Precondition#absent()} never
   * deletes: it is lost where there is a version.
   *
   * @param name whole
   * @param precondition of the version that is deleted
   * @return {@link DeleteResult.Deleted}, {@link DeleteResult.WasAbsent} whatever the precondition,
   *     or {@link DeleteResult.Lost} with nothing changed
   */
  DeleteResult delete(String name, Precondition precondition);

  /**
   * Deletes a version that is no loss to anybody, as {@link #delete} would, but with as little
   * effort as possible: where the answer of the storage does not come, a version that this call
   * deleted may be told as absent.
   *
   * @param name whole
   * @param version the only one that is deleted
   * @return {@link DeleteResult.Deleted}, {@link DeleteResult.WasAbsent}, or {@link
   *     DeleteResult.Lost} with nothing changed
   */
  default DeleteResult discard(String name, ETag version) {
    return delete(name, Precondition.matches(version));
  }

  /**
   * Lists the names that start with {@code prefix}, lazily, in no order. Weakly consistent: a name
   * that is there throughout is listed exactly once; one that comes or goes meanwhile may be listed
   * or not. Close the stream.
   *
   * @param prefix empty, or segments each followed by {@code /}
   * @return whole names, prefix included
   */
  Stream<Listed> list(String prefix);

  /**
   * Reads the names that start with {@code prefix} and that {@code wanted} accepts, as {@link
   * #list} and {@link #get} would; where the store answers many requests at once, some of them
   * ahead. Close the stream.
   *
   * @param prefix empty, or segments each followed by {@code /}
   * @param wanted told whole names, prefix included; also some that turn out to be no entries
   * @return what was read, those that cannot be read included
   */
  default Stream<Content> contents(String prefix, Predicate<String> wanted) {
    return concurrently(
            list(prefix).map(Listed::name).filter(wanted), name -> Content.of(this, name))
        .flatMap(Optional::stream);
  }

  /**
   * Reads the bytes alone, for stores in which an ETag costs something.
   *
   * @param name whole
   * @return the bytes of one version, which the caller owns; empty if the name is absent
   */
  default Optional<byte[]> read(String name) {
    return get(name, Optional.empty()) instanceof GetResult.Found found
        ? Optional.of(found.bytes())
        : Optional.empty();
  }

  /**
   * Begins to watch {@code name} for changes by anybody.
   *
   * @param name whole, absent or not
   * @return a watch that holds nothing open; blind in a store that does not hear of changes
   */
  default ChangeWatch watch(String name) {
    return ChangeWatch.NEVER_VALID;
  }

  /**
   * Lists what lies directly below {@code prefix}: the last segments of names, and the next
   * segments of longer ones, each of these once and followed by {@code /}; lazily, in no order, as
   * weakly consistent as {@link #list}. There may be segments below which nothing is left. Close
   * the stream.
   *
   * @param prefix empty, or segments each followed by {@code /}
   * @return what follows the prefix
   */
  default Stream<String> children(String prefix) {
    return list(prefix)
        .map(
            listed -> {
              String below = listed.name().substring(prefix.length());
              int slash = below.indexOf('/');
              return slash < 0 ? below : below.substring(0, slash + 1);
            })
        .distinct();
  }

  /**
   * Applies {@code operation}, which uses this store, to each item: one by one as the results are
   * read, unless the store answers many requests at once as fast as one; then to some items ahead,
   * in other threads. The results come in the items' order. Close the stream, which closes the
   * items.
   *
   * @param <T> what there is to do something for, such as names
   * @param <R> what it comes to
   * @param items read by the thread that reads the results
   * @param operation may be called by several threads at once
   * @return one result an item; where one would come that the operation threw, that is thrown
   */
  default <T, R> Stream<R> concurrently(Stream<T> items, Function<T, R> operation) {
    return items.map(operation);
  }

  /**
   * The same for operations that write: also to some items ahead where a store of this machine
   * waits for its device, which makes many writes durable in about the time of one.
   *
   * @param <T> what there is to do something for, such as names
   * @param <R> what it comes to
   * @param items read by the thread that reads the results
   * @param write may be called by several threads at once
   * @return one result an item; where one would come that the operation threw, that is thrown
   */
  default <T, R> Stream<R> concurrentWrites(Stream<T> items, Function<T, R> write) {
    return concurrently(items, write);
  }

  /**
   * Deletes many names, each atomically, not all as one. At the first fault it begins no more, but
   * completes what is begun.
   *
   * @param names whole; those that are absent are passed over
   */
  default void deleteAll(Stream<String> names) {
    concurrentWrites(names, name -> delete(name, Precondition.none())).forEach(deleted -> {});
  }

  /**
   * Deletes the names that start with {@code prefix} and that {@code which} accepts, as {@link
   * #list} and {@link #deleteAll} would, and what the store keeps in the place of such names.
   *
   * @param prefix empty, or segments each followed by {@code /}
   * @param which told whole names, prefix included
   */
  default void deleteBelow(String prefix, Predicate<String> which) {
    try (Stream<Listed> listed = list(prefix)) {
      deleteAll(listed.map(Listed::name).filter(which));
    }
  }

  /**
   * A view of this store whose listings and housekeeping pass over the directories that {@code
   * which} refuses, with all that lies below them. Closing the view leaves this store open.
   *
   * @param which told prefixes, whole, each ended by {@code /}; perhaps by several threads at once
   * @return this store, if it has no directories
   */
  default Store within(Predicate<String> which) {
    return this;
  }

  /**
   * A view of this store whose mutations take effect only while {@code fence} has the version
   * {@code version}: testing that and changing the entry is one atomic step. Otherwise they throw
   * {@link FencedException}, with nothing changed. Closing the view leaves this store open.
   *
   * @param fence the whole name of the entry that is the fence
   * @param version of the fence
   * @return empty in a store that cannot do both in one step
   */
  default Optional<Store> fencedBy(String fence, ETag version) {
    return Optional.empty();
  }

  /**
   * Waits until the mutations that are under way have ended. So, once a fence has been changed,
   * nothing happens after this call that the old version allowed.
   */
  default void awaitMutations() {}

  /**
   * Deletes what writers that were killed have left directly below {@code prefix}, and what writers
   * that are still at work need, such as an empty directory: to be called only where none may
   * succeed any more.
   *
   * @param prefix segments each followed by {@code /}
   */
  default void deleteUnfinished(String prefix) {}

  /** {@return what those who keep the store in order ask of it besides} */
  default Housekeeping housekeeping() {
    return () -> this;
  }

  /** Releases what the store holds open; keeps what is stored. Closing twice is allowed. */
  @Override
  void close();
}
