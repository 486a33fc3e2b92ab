package io.persidict;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Dictionaries of several formats over one place, such as a JSON, a text and a pickle under one
 * key. Each sees only the entries of its own format. Has no keys or values itself.
 *
 * @see FileDirDict#openAll
 */
public final class OverlappingMultiDict implements AutoCloseable {
  private final Map<String, PersiDict<?>> dicts = new TreeMap<>();

  private OverlappingMultiDict(Collection<? extends PersiDict<?>> dicts) {
    String place = "";
    for (PersiDict<?> dict : dicts) {
      if (!place.isEmpty() && !place.equals(dict.baseUrl())) {
        throw new IllegalArgumentException(
            "one dictionary lies at " + place + " and another at " + dict.baseUrl());
      }
      place = dict.baseUrl();
      String format = dict.parameters().format();
      if (this.dicts.put(format, dict) != null) {
        throw new IllegalArgumentException("two dictionaries have the format " + format);
      }
    }
    if (this.dicts.isEmpty()) {
      throw new IllegalArgumentException("no format was given; at least one is needed");
    }
  }

  /**
   * Puts open dictionaries together.
   *
   * @param dicts closed with it; if it throws, they stay open
   * @return all of them, by format
   * @throws IllegalArgumentException if there are none, two have one format, or they lie at
   *     different places
   */
  public static OverlappingMultiDict of(Collection<? extends PersiDict<?>> dicts) {
    return new OverlappingMultiDict(dicts);
  }

  /** {@return the formats, sorted; unmodifiable} */
  public Set<String> formats() {
    return Collections.unmodifiableSet(dicts.keySet());
  }

  /**
   * {@return the dictionary of a format, which closing this closes}
   *
   * @param <V> its values
   * @param format the extension, such as {@code json} or {@code json.lz4}
   * @param type the class of its values, as it was opened with
   * @throws IllegalArgumentException if there is none of that format, or of other values
   */
  @SuppressWarnings("unchecked") // its type is checked
  public <V> PersiDict<V> dict(String format, Class<V> type) {
    PersiDict<?> dict = dicts.get(format);
    if (dict == null) {
      throw new IllegalArgumentException("no format " + format + "; there are " + dicts.keySet());
    }
    if (dict.parameters().type() != type) {
      throw new IllegalArgumentException(
          "the values of format "
              + format
              + " are of "
              + dict.parameters().type().getName()
              + ", not of "
              + type.getName());
    }
    return (PersiDict<V>) dict;
  }

  /** Closes all dictionaries, also where closing one fails; the entries stay. */
  @Override
  public void close() {
    RuntimeException first = null;
    for (PersiDict<?> dict : dicts.values()) {
      try {
        dict.close();
      } catch (RuntimeException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    if (first != null) {
      throw first;
    }
  }
}
