package io.persidict;

import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * All that makes a dictionary what it is. {@link FileDirDict#reopen} opens it again.
 *
 * @param baseUrl where the store lies, as a URL
 * @param prefix of a sub-dictionary, what its keys begin with in the store; empty for the whole
 * @param format how values are stored, and the extension of their names
 * @param digestLength characters of the digest in names, 0 for none
 * @param immutableItems whether entries are written once and stay
 * @param type the class that all values are instances of
 * @param <V> the values
 */
public record Parameters<V>(
    String baseUrl,
    Optional<DictKey> prefix,
    String format,
    int digestLength,
    boolean immutableItems,
    Class<V> type) {
  /**
   * Refuses {@code null}; what else is wrong is found when the dictionary is opened.
   *
   * @param baseUrl ends with a slash
   * @param prefix of segments as they are in keys, without digests
   * @param format an extension, such as {@code json} or {@code json.lz4}
   * @param digestLength 0 to 26
   * @param immutableItems as the dictionary was opened, since the store does not know
   * @param type one that the format can store
   */
  public Parameters {
    Objects.requireNonNull(baseUrl, "baseUrl");
    Objects.requireNonNull(prefix, "prefix");
    Objects.requireNonNull(format, "format");
    Objects.requireNonNull(type, "type");
  }

  /** Those of all that {@code layout} gives names to in {@code store}. */
  static <V> Parameters<V> of(
      Store store, KeyLayout layout, boolean immutableItems, Class<V> type) {
    return new Parameters<>(
        store.toString(),
        Optional.empty(),
        layout.extension(),
        layout.digestLength(),
        immutableItems,
        type);
  }

  /** The same for the sub-dictionary of {@code more}. */
  Parameters<V> below(DictKey more) {
    List<String> segments = new ArrayList<>();
    prefix.ifPresent(first -> segments.addAll(first.segments()));
    segments.addAll(more.segments());
    return new Parameters<>(
        baseUrl, Optional.of(new DictKey(segments)), format, digestLength, immutableItems, type);
  }
}
