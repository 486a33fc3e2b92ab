package io.persidict.store.s3;

import io.persidict.store.ETag;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which writes an object has seen: the last one of each writer and the newest of all, newest first,
 * and the write that it began with. Kept as the object's user metadata {@value #KEY}, so that a
 * writer whose request got no answer can tell whether it took effect, also after others have
 * written over it, and whoever deletes can tell whether the object that is there now was there
 * before.
 *
 * <pre>
 * 3fA9_b2Q.7,Zk0-p1Xw.2,=Zk0-p1Xw.1
 * |                     the write that found nothing there, or that did not know what it replaced
 * the newest write
 * </pre>
 *
 * <p>A writer names what it knew of the version that it replaced. That may have been an earlier one
 * than was there, if their ETags are equal; then the writes between the two are missing. So a write
 * that is not named is known not to be there only if the one that it was to follow is named.
 *
 * <p>Holds the newest {@value #MAX_OF_ALL} writes and of those before them the last one of each
 * writer, up to {@value #MAX} in all. Whatever somebody put there, what is kept of it fits into the
 * 2 KB that S3 allows.
 *
 * @param origin empty if it is not known
 */
record WriteHistory(List<WriteId> newestFirst, Optional<WriteId> origin) {
  /** The name of the metadata. */
  static final String KEY = "persidict-writes";

  private static final int MAX = 64;
  private static final int MAX_OF_ALL = 48;
  private static final int MAX_WRITER = 8;
  private static final int MAX_ORIGIN = 200;

  /** Of an object that no store of ours wrote, or of none. */
  static final WriteHistory NONE = new WriteHistory(List.of(), Optional.empty());

  private static final String ORIGIN = "=";

  /** Reads what {@link #toString} wrote; what cannot be read is skipped. */
  static WriteHistory parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return NONE;
    }
    List<WriteId> writes = new ArrayList<>();
    Optional<WriteId> origin = Optional.empty();
    for (String each : text.split(",", -1)) {
      if (each.startsWith(ORIGIN)) {
        origin = write(each.substring(1), MAX_ORIGIN);
      } else if (writes.size() < MAX) {
        write(each, MAX_WRITER).ifPresent(writes::add);
      }
    }
    return new WriteHistory(List.copyOf(writes), origin);
  }

  private static Optional<WriteId> write(String text, int longestWriter) {
    int dot = text.lastIndexOf('.');
    return dot <= longestWriter && text.matches("[A-Za-z0-9_-]+[.][0-9]{1,18}")
        ? Optional.of(new WriteId(text.substring(0, dot), Long.parseLong(text.substring(dot + 1))))
        : Optional.empty();
  }

  /** Of an object that begins with {@code write}. */
  static WriteHistory beginningWith(WriteId write) {
    return new WriteHistory(List.of(write), Optional.of(write));
  }

  /** Of what is written over an object of which only the ETag is known. */
  static WriteHistory beginningWith(ETag etag) {
    String name = "etag-" + etag.value().replaceAll("[^A-Za-z0-9_-]", "_");
    String writer = name.substring(0, Math.min(name.length(), MAX_ORIGIN));
    return new WriteHistory(List.of(), Optional.of(new WriteId(writer, 0)));
  }

  /** These, and then {@code write}. */
  WriteHistory and(WriteId write) {
    List<WriteId> writes = new ArrayList<>(List.of(write));
    Set<String> writers = new HashSet<>(Set.of(write.writer()));
    for (WriteId each : newestFirst) {
      boolean isLast = writers.add(each.writer());
      if (writes.size() < (isLast ? MAX : MAX_OF_ALL)) {
        writes.add(each);
      }
    }
    return new WriteHistory(List.copyOf(writes), origin);
  }

  /** Whether {@code write} took effect on the object. */
  boolean include(WriteId write) {
    return newestFirst.contains(write);
  }

  /** The write that the object is now. */
  Optional<WriteId> newest() {
    return newestFirst.stream().findFirst();
  }

  @Override
  public String toString() {
    return Stream.concat(
            newestFirst.stream().map(WriteId::toString),
            origin.stream().map(write -> ORIGIN + write))
        .collect(Collectors.joining(","));
  }
}
