package io.persidict.format;

/** The formats of this library, by the extension that stands for them. */
public final class Formats {
  private Formats() {}

  /**
   * The format for {@code extension}: {@code json}, {@code pkl}, {@code jser}, or text for any
   * other.
   *
   * @param type what all values are instances of
   * @param allowList the classes that {@code jser} may read and write
   * @param classLoader finds these classes
   * @throws IllegalArgumentException if values of {@code type} have no such format
   */
  public static <V> Format<V> of(
      String extension, Class<V> type, AllowList allowList, ClassLoader classLoader) {
    return switch (extension) {
      case "json" -> new JsonFormat<>(type);
      case "jser" -> new SerialFormat<>(type, allowList, classLoader);
      case "pkl" -> new PickleFormat<>(type);
      default -> text(extension, type);
    };
  }

  @SuppressWarnings("unchecked") // V is String
  private static <V> Format<V> text(String extension, Class<V> type) {
    if (type != String.class) {
      throw new IllegalArgumentException(
          "format "
              + extension
              + " is text and holds java.lang.String, not "
              + type.getName()
              + "; for other values use json, pkl or jser");
    }
    return (Format<V>) new TextFormat(extension);
  }
}
