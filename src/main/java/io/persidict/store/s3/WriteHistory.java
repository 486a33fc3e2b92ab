package io.persidict.store.s3;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which writes an object has seen: the last one of each writer, the newest first. Kept as the
 * object's user metadata {@value #KEY}, the texts joined by commas, so that a writer whose request
 * got no answer can tell whether it took effect, also after others have written over it. A write
 * that does not know what it replaces starts anew.
 *
 * <p>Holds the newest {@value #MAX} writers: with more writers at once than that on one object, a
 * write that got no answer and was overwritten by all of them may be told it was lost.
 */
record WriteHistory(List<WriteId> newestFirst) {
  /** The name of the metadata. */
  static final String KEY = "persidict-writes";

  static final int MAX = 64;

  /** Of an object that no store of ours wrote, or of none. */
  static final WriteHistory NONE = new WriteHistory(List.of());

  /** Reads what {@link #toString} wrote; what cannot be read is skipped. */
  static WriteHistory parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return NONE;
    }
    List<WriteId> writes = new ArrayList<>();
    for (String each : text.split(",", -1)) {
      int dot = each.indexOf('.');
      if (dot > 0 && each.substring(dot + 1).matches("[0-9]{1,18}")) {
        writes.add(new WriteId(each.substring(0, dot), Long.parseLong(each.substring(dot + 1))));
      }
    }
    return new WriteHistory(List.copyOf(writes));
  }

  /** These, and then {@code write}. */
  WriteHistory and(WriteId write) {
    List<WriteId> writes = new ArrayList<>();
    writes.add(write);
    for (WriteId each : newestFirst) {
      if (!each.writer().equals(write.writer()) && writes.size() < MAX) {
        writes.add(each);
      }
    }
    return new WriteHistory(List.copyOf(writes));
  }

  /** Whether {@code write} took effect on the object. */
  boolean include(WriteId write) {
    return newestFirst.contains(write);
  }

  /** Whether {@code write} is what the object is now. */
  boolean endWith(WriteId write) {
    return !newestFirst.isEmpty() && newestFirst.get(0).equals(write);
  }

  @Override
  public String toString() {
    return newestFirst.stream().map(WriteId::toString).collect(Collectors.joining(","));
  }
}
