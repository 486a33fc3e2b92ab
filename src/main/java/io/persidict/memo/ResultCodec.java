package io.persidict.memo;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a call, and how it is kept as a value of the cache. A result is kept as it is.
 * For the rest there is a map with one entry, whose key is {@value #MARK} and whose value a list:
 *
 * <pre>
 * ["null"]                       the result null
 * ["thrown", class, message]     an exception of a class that is kept; without a message if it had none
 * ["result", map]                a result that is such a map itself
 * </pre>
 *
 * All formats can store these.
 *
 * @param kept the exceptions that are kept, in the order they are tried
 */
record ResultCodec(List<Kept> kept) {
  private static final String MARK = "io.persidict.memo";

  /** Exceptions that are kept by their message, and how one is made of that again. */
  record Kept(
      Class<? extends Exception> type, Function<@Nullable String, ? extends Exception> remade) {}

  /** How {@code result} is kept. */
  Object ofResult(@Nullable Object result) {
    return result == null
        ? marked("null")
        : content(result).isPresent() ? marked("result", result) : result;
  }

  /** How {@code thrown} is kept, if it is. */
  Optional<Object> ofException(Exception thrown) {
    return kept.stream()
        .filter(known -> known.type.isInstance(thrown))
        .findFirst()
        .map(
            known ->
                thrown.getMessage() == null
                    ? marked("thrown", known.type.getName())
                    : marked("thrown", known.type.getName(), thrown.getMessage()));
  }

  /** Whether {@code stored} is an exception that is not kept any more, or marked but nothing. */
  boolean isObsolete(Object stored) {
    return content(stored)
        .filter(content -> !isResult(content) && keptAs(content).isEmpty())
        .isPresent();
  }

  /**
   * The result that {@code stored}, which is not obsolete, stands for.
   *
   * @throws Exception the exception that it stands for
   */
  @Nullable Object replay(Object stored) throws Exception {
    Optional<List<?>> marked = content(stored);
    if (marked.isEmpty()) {
      return stored;
    }
    List<?> content = marked.get();
    Optional<Kept> thrown = keptAs(content);
    if (thrown.isPresent()) {
      throw thrown.get().remade.apply(content.size() > 2 ? (String) content.get(2) : null);
    }
    return content.size() > 1 ? content.get(1) : null;
  }

  private static boolean isResult(List<?> content) {
    return content.equals(List.of("null"))
        || (content.size() == 2 && "result".equals(content.get(0)));
  }

  /** How the exception is kept that {@code content} tells of, if it does and if it is. */
  private Optional<Kept> keptAs(List<?> content) {
    int size = content.size();
    boolean isThrown =
        (size == 2 || (size == 3 && content.get(2) instanceof String))
            && "thrown".equals(content.get(0));
    return kept.stream()
        .filter(known -> isThrown && known.type.getName().equals(content.get(1)))
        .findFirst();
  }

  private static Object marked(Object... content) {
    return Map.of(MARK, List.of(content));
  }

  /** What stands beside the mark, if there is one. */
  private static Optional<List<?>> content(Object stored) {
    return stored instanceof Map<?, ?> map
            && map.size() == 1
            && MARK.equals(map.keySet().iterator().next())
            && map.values().iterator().next() instanceof List<?> content
        ? Optional.of(content)
        : Optional.empty();
  }
}
