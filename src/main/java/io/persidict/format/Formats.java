package io.persidict.format;

import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The formats that there are, by name: those of each {@link FormatProvider}, text for any other
 * name, and each of these followed by {@code +lz4} or {@code +zstd}, which compress it.
 */
public final class Formats {
  private static final int MAX_FAULTS = 100;

  /** By the names of their classes. */
  private final Map<String, FormatProvider> providers = new TreeMap<>();

  private final List<String> faults = new ArrayList<>();

  private Formats(ClassLoader classLoader) {
    ClassLoader own = Formats.class.getClassLoader();
    load(classLoader);
    if (classLoader != own) {
      load(own);
    }
  }

  /** Adds the providers that a class loader finds; one that is broken costs itself alone. */
  private void load(ClassLoader classLoader) {
    Iterator<FormatProvider> found =
        ServiceLoader.load(FormatProvider.class, classLoader).iterator();
    while (faults.size() < MAX_FAULTS) {
      try {
        if (!found.hasNext()) {
          return;
        }
        FormatProvider provider = found.next();
        if (provider.id() != null && provider.extension() != null) {
          providers.putIfAbsent(provider.getClass().getName(), provider);
        }
      } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
        faults.add(String.valueOf(e));
      }
    }
  }

  /**
   * {@return the format of that name for values of {@code type}, which ignores members that their
   * class does not have}
   *
   * @param <V> the values
   * @param id as {@link #of(String, FormatContext)} takes it
   * @param type what all values are instances of
   * @param allowList the classes that may be made of stored bytes where these name classes
   * @param classLoader finds the classes of the values, and providers besides those of this library
   * @throws IllegalArgumentException if there is none, or none for these values, or an artifact
   *     that it needs is missing
   * @see #of(String, FormatContext)
   */
  public static <V> Format<V> of(
      String id, Class<V> type, AllowList allowList, ClassLoader classLoader) {
    return of(id, new FormatContext<>(type, allowList, classLoader, false));
  }

  /**
   * {@return the format of that name} Whatever goes wrong in it when it encodes or decodes is a
   * {@link FormatException}.
   *
   * @param <V> the values
   * @param id such as {@code json}, {@code json+zstd} or {@code txt}; or the extension of its files
   * @param context what the values are, and where their classes and providers are found
   * @throws IllegalArgumentException if there is none, or none for these values, or an artifact
   *     that it needs is missing
   */
  public static <V> Format<V> of(String id, FormatContext<V> context) {
    Optional<Compression> compression = Compression.in(id);
    return compression.isPresent()
        ? new CompressedFormat<>(
            plain(compression.get().without(id), context), compression.get().required(id))
        : plain(id, context);
  }

  /**
   * {@return whether files whose names end with that are compressed, and what they hold stands
   * before it}
   *
   * @param extension without a dot, such as {@code zst}
   */
  public static boolean isCompression(String extension) {
    return Arrays.stream(Compression.values()).anyMatch(way -> way.extension().equals(extension));
  }

  /**
   * {@return whether there is such a format, and not only text of that name}
   *
   * @param id compressed or not
   * @param classLoader finds providers besides those of this library
   * @throws IllegalArgumentException if several providers have that name
   */
  public static boolean isKnown(String id, ClassLoader classLoader) {
    return new Formats(classLoader).named(uncompressed(id)).isPresent();
  }

  private static String uncompressed(String id) {
    return Compression.in(id).map(way -> way.without(id)).orElse(id);
  }

  private static <V> Format<V> plain(String id, FormatContext<V> context) {
    if (id.indexOf('+') >= 0) {
      throw new IllegalArgumentException(
          "format " + id + ": there are only the compressions " + Compression.names());
    }
    Formats formats = new Formats(context.classLoader());
    Optional<FormatProvider> provider = formats.named(id);
    return provider.isPresent()
        ? opened(provider.get(), context)
        : formats.text(id, context.type());
  }

  private Optional<FormatProvider> named(String id) {
    List<FormatProvider> named = named(id, FormatProvider::id);
    if (named.isEmpty()) {
      named = named(id, FormatProvider::extension);
    }
    if (named.size() > 1) {
      throw new IllegalArgumentException(
          "format "
              + id
              + " is both "
              + named.get(0).getClass().getName()
              + "'s and "
              + named.get(1).getClass().getName()
              + "'s; leave one of them on the class path");
    }
    return named.stream().findFirst();
  }

  private List<FormatProvider> named(String name, Function<FormatProvider, String> what) {
    return providers.values().stream()
        .filter(provider -> name.equals(what.apply(provider)))
        .toList();
  }

  private static <V> Format<V> opened(FormatProvider provider, FormatContext<V> context) {
    try {
      return checked(provider, context);
    } catch (IllegalArgumentException e) {
      throw e;
    } catch (LinkageError | RuntimeException e) {
      throw new IllegalArgumentException("format " + provider.id() + " cannot be used: " + e, e);
    }
  }

  private static <V> Format<V> checked(FormatProvider provider, FormatContext<V> context) {
    String id = provider.id();
    Class<V> type = context.type();
    if (!provider.takes(type)) {
      throw new IllegalArgumentException(
          "format " + id + " takes no values of " + type.getName() + "; choose another one");
    }
    boolean says =
        type != Object.class && (type.isArray() || !Modifier.isAbstract(type.getModifiers()));
    if (!says && !provider.keepsTypes()) {
      throw new IllegalArgumentException(
          "format "
              + id
              + " does not keep the types of values, and "
              + type.getName()
              + " does not tell them; declare the class that all values are of");
    }
    Format<V> format = Objects.requireNonNull(provider.open(context), "it opened nothing");
    if (!provider.extension().equals(format.extension())) {
      throw new IllegalArgumentException(
          "format "
              + id
              + " has the extension "
              + format.extension()
              + ", but its provider says "
              + provider.extension());
    }
    return new CheckedFormat<>(format, type, isForeign(provider));
  }

  /**
   * {@return the class of a format's provider that is not of this library; empty if it is, or is
   * text}
   *
   * @param id compressed or not
   * @param classLoader finds providers besides those of this library
   * @throws IllegalArgumentException if several providers have that name
   */
  public static Optional<String> foreignProvider(String id, ClassLoader classLoader) {
    return new Formats(classLoader)
        .named(uncompressed(id))
        .filter(Formats::isForeign)
        .map(provider -> provider.getClass().getName());
  }

  private static boolean isForeign(FormatProvider provider) {
    return !provider.getClass().getPackageName().equals(Formats.class.getPackageName());
  }

  /**
   * {@return what to do about a format, to be appended to a message; empty if it is one of those
   * that are here}
   *
   * @param id compressed or not
   * @throws IllegalArgumentException if several providers have that name
   */
  public static String hint(String id) {
    Formats formats = new Formats(Formats.class.getClassLoader());
    String plain = uncompressed(id);
    return formats.named(plain).isPresent()
        ? ""
        : "; " + plain + " is text, or needs an artifact that is not here: " + formats.names();
  }

  private String names() {
    return "the formats here are "
        + providers.values().stream()
            .map(FormatProvider::id)
            .sorted()
            .collect(Collectors.joining(", "))
        + ", each also with "
        + Compression.names()
        + (faults.isEmpty() ? "" : "; not loaded: " + String.join("; ", faults));
  }

  @SuppressWarnings("unchecked") // V is String
  private <V> Format<V> text(String id, Class<V> type) {
    if (type != String.class) {
      throw new IllegalArgumentException(
          "format "
              + id
              + " is text and holds java.lang.String, not "
              + type.getName()
              + "; or its artifact is not on the class path: "
              + names());
    }
    return (Format<V>) new TextFormat(id);
  }

  /**
   * What {@code making} makes.
   *
   * @throws IllegalArgumentException that names {@code artifact} if a class of it is not there
   */
  static <T> T requiring(String artifact, String id, Supplier<T> making) {
    try {
      return making.get();
    } catch (LinkageError e) {
      throw new IllegalArgumentException(
          "format " + id + " needs " + artifact + " on the class path: " + e, e);
    }
  }
}
