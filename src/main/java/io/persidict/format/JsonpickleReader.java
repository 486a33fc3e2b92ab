package io.persidict.format;

import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Makes values of the JSON that Python's jsonpickle wrote. Objects of all other classes than those
 * that {@link Jsonpickle} writes are refused: a name in the JSON is never looked up as a class.
 *
 * <p>A list or dict that stood in several places was written once, and as {@code {"py/id": n}} in
 * the others, {@code n} being how many lists, dicts and objects began before it.
 */
final class JsonpickleReader {
  /** What began so far; null while it is not whole. */
  private final List<@Nullable Object> begun = new ArrayList<>();

  private final DecodeLimits guard;

  /**
   * @param length of the JSON, in bytes
   */
  JsonpickleReader(int length) {
    this.guard = new DecodeLimits(length);
  }

  /**
   * The value that the tree stands for, as Jackson read it; null for null.
   *
   * @throws FormatException if it stands for none
   */
  @Nullable Object read(@Nullable Object tree) {
    Object value = restore(tree);
    guard.requireValue(value);
    return value;
  }

  private @Nullable Object restore(@Nullable Object tree) {
    if (tree instanceof Integer number) {
      return number.longValue();
    }
    if (tree instanceof List<?> list) {
      int id = begin();
      return end(id, each(list));
    }
    if (!(tree instanceof Map<?, ?> map)) {
      return tree;
    }
    for (String tag : Jsonpickle.TAGS) {
      if (map.containsKey(tag)) {
        return tagged(tag, map);
      }
    }
    int id = begin();
    Map<@Nullable Object, @Nullable Object> dict = new LinkedHashMap<>();
    map.forEach((name, member) -> dict.put(name, restore(member)));
    return end(id, dict);
  }

  private int begin() {
    begun.add(null);
    return begun.size() - 1;
  }

  private <T> T end(int id, T value) {
    begun.set(id, value);
    return value;
  }

  private List<@Nullable Object> each(List<?> list) {
    List<@Nullable Object> restored = new ArrayList<>(list.size());
    for (Object element : list) {
      restored.add(restore(element));
    }
    return restored;
  }

  private @Nullable Object tagged(String tag, Map<?, ?> map) {
    Object content = map.get(tag);
    return switch (tag) {
      case Jsonpickle.TUPLE -> Collections.unmodifiableList(each(list(tag, content)));
      case Jsonpickle.SET -> set(each(list(tag, content)));
      case Jsonpickle.BASE64 -> bytes(content);
      case Jsonpickle.ID -> recall(content);
      case Jsonpickle.OBJECT -> {
        int id = begin();
        yield end(id, time(content, map));
      }
      case Jsonpickle.REDUCE -> {
        int id = begin();
        yield end(id, reduced(list(tag, content)));
      }
      default -> throw new FormatException("it holds a Python object by its tag " + tag + REFUSED);
    };
  }

  private static final String REFUSED = ", which is never loaded; only basic types are read";

  private static List<?> list(String tag, @Nullable Object content) {
    if (content instanceof List<?> list) {
      return list;
    }
    throw new FormatException("its " + tag + " holds no list");
  }

  private Set<@Nullable Object> set(List<@Nullable Object> elements) {
    Set<@Nullable Object> set = new LinkedHashSet<>();
    for (Object element : elements) {
      guard.requireKey(set, element);
      if (!set.add(element)) {
        throw PickleReader.twice(element);
      }
    }
    return set;
  }

  private static byte[] bytes(@Nullable Object content) {
    if (content instanceof String text) {
      try {
        return Base64.getDecoder().decode(text);
      } catch (IllegalArgumentException e) {
        throw new FormatException("it holds bytes that are not base64", e);
      }
    }
    throw new FormatException("it holds bytes that are no string of base64");
  }

  private Object recall(@Nullable Object content) {
    if (content instanceof Integer id && id >= 0 && id < begun.size()) {
      Object value = begun.get(id);
      if (value != null) {
        guard.share(value);
        return value;
      }
    }
    throw new FormatException(
        "it refers to " + content + ", which is not there or holds the reference itself");
  }

  /** A date or time: its class twice, its bytes and perhaps its offset. */
  private Object time(@Nullable Object type, Map<?, ?> map) {
    AllowedCallable call = call(type, AllowedCallable.DATE, AllowedCallable.DATE_TIME);
    if (map.get(Jsonpickle.ARGUMENTS) instanceof List<?> parts
        && parts.size() == 2
        && parts.get(0) instanceof Map<?, ?> again
        && call.equals(call(again.get(Jsonpickle.TYPE), call, call))
        && parts.get(1) instanceof List<?> arguments
        && !arguments.isEmpty()) {
      List<@Nullable Object> restored = new ArrayList<>();
      restored.add(bytes(arguments.get(0)));
      restored.addAll(each(arguments.subList(1, arguments.size())));
      return call.with(restored);
    }
    throw new FormatException("it holds a " + type + " without its parts");
  }

  /** An offset or what it is made of. */
  private Object reduced(List<?> parts) {
    if (parts.size() >= 2
        && parts.get(0) instanceof Map<?, ?> type
        && parts.get(1) instanceof Map<?, ?> tuple
        && parts.stream().skip(2).allMatch(part -> part == null)) {
      AllowedCallable call =
          call(type.get(Jsonpickle.TYPE), AllowedCallable.TIME_ZONE, AllowedCallable.TIME_DELTA);
      return call.with(each(list(Jsonpickle.TUPLE, tuple.get(Jsonpickle.TUPLE))));
    }
    throw new FormatException("it holds a Python object by its " + Jsonpickle.REDUCE + REFUSED);
  }

  private static AllowedCallable call(
      @Nullable Object type, AllowedCallable one, AllowedCallable other) {
    if (type instanceof String name) {
      int dot = name.lastIndexOf('.');
      AllowedCallable call =
          AllowedCallable.named(name.substring(0, Math.max(0, dot)), name.substring(dot + 1));
      if (call == one || call == other) {
        return call;
      }
    }
    throw new FormatException("it holds a Python object of class " + type + REFUSED);
  }
}
