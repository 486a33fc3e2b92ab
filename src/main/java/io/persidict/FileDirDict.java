package io.persidict;

import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import io.persidict.key.KeyLayout;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Opens a {@link PersiDict} whose entries are files below a directory.
 *
 * <pre>{@code
 * PersiDict<Object> dict = FileDirDict.at(Path.of("data")).open(Object.class);
 * }</pre>
 */
public final class FileDirDict {
  private final Path baseDir;
  private String format = "json";
  private int digestLength = 8;
  private boolean immutableItems;
  private Durability durability = Durability.FSYNC;

  private FileDirDict(Path baseDir) {
    this.baseDir = baseDir;
  }

  /** A dictionary below {@code baseDir}, which is created if it is missing. */
  public static FileDirDict at(Path baseDir) {
    return new FileDirDict(baseDir);
  }

  /**
   * How values are stored, and the extension of their files: {@code json} (the default), {@code
   * pkl} for Python's pickles of basic types, {@code jser} for Java serialization, or any other for
   * text. Corresponds to {@code file_type} in the original.
   */
  public FileDirDict format(String format) {
    this.format = format;
    return this;
  }

  /** Characters of the digest in file names, 0 to 26; 8 unless set, as in the original. */
  public FileDirDict digestLength(int digestLength) {
    this.digestLength = digestLength;
    return this;
  }

  /** Whether entries are written once and then neither changed nor removed; not unless set. */
  public FileDirDict immutableItems(boolean immutableItems) {
    this.immutableItems = immutableItems;
    return this;
  }

  /** What writes survive; {@link Durability#FSYNC} unless set, as in the original. */
  public FileDirDict durability(Durability durability) {
    this.durability = durability;
    return this;
  }

  /**
   * Opens the dictionary.
   *
   * @param type the class that all values are instances of
   * @throws IllegalArgumentException if an option is out of range or does not go with {@code type}
   * @throws io.persidict.store.StoreException if the directory is a file or is not accessible
   */
  public <V> PersiDict<V> open(Class<V> type) {
    return open(format, type);
  }

  private <V> PersiDict<V> open(String extension, Class<V> type) {
    ClassLoader classLoader =
        type.getClassLoader() == null ? ClassLoader.getSystemClassLoader() : type.getClassLoader();
    Format<V> chosen = Formats.of(extension, type, new AllowList(List.of(type), ""), classLoader);
    KeyLayout layout = new KeyLayout(digestLength, extension);
    FileStore store = new FileStore(baseDir, durability);
    return PersiDict.over(store, chosen, Parameters.of(store, layout, immutableItems, type));
  }

  /**
   * Opens one dictionary a format over the same directory, with all other options in common.
   *
   * @param types the class of the values by format
   * @throws IllegalArgumentException if an option is out of range or does not go with its type
   * @throws io.persidict.store.StoreException if the directory is a file or is not accessible
   */
  public OverlappingMultiDict openAll(Map<String, ? extends Class<?>> types) {
    List<PersiDict<?>> dicts = new ArrayList<>();
    try {
      types.forEach((extension, type) -> dicts.add(open(extension, type)));
      return OverlappingMultiDict.of(dicts);
    } catch (RuntimeException e) {
      dicts.forEach(PersiDict::close);
      throw e;
    }
  }

  /**
   * Opens a dictionary of files again from its parameters; a sub-dictionary as one of its own,
   * which closes all that it opened.
   *
   * @throws IllegalArgumentException if the parameters are not those of a dictionary of files
   * @throws io.persidict.store.StoreException if the directory is a file or is not accessible
   */
  public static <V> PersiDict<V> reopen(Parameters<V> parameters, Durability durability) {
    String url = parameters.baseUrl();
    if (!url.startsWith("file:")) {
      throw new IllegalArgumentException("base URL " + url + " is no directory's (file:...)");
    }
    PersiDict<V> whole =
        at(Path.of(URI.create(url)))
            .format(parameters.format())
            .digestLength(parameters.digestLength())
            .immutableItems(parameters.immutableItems())
            .durability(durability)
            .open(parameters.type());
    return parameters.prefix().map(whole::subdictOfItsOwn).orElse(whole);
  }
}
