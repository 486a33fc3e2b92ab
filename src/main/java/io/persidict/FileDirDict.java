package io.persidict;

import io.persidict.store.Credentials;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;

/**
 * Opens a {@link PersiDict} whose entries are files below a directory.
 *
 * <pre>{@code
 * PersiDict<Object> dict = FileDirDict.at(Path.of("data")).open(Object.class);
 * }</pre>
 */
public final class FileDirDict {
  private final Path baseDir;
  private final DictOptions options = new DictOptions(8);
  private Durability durability = Durability.FSYNC;

  private FileDirDict(Path baseDir) {
    this.baseDir = baseDir;
  }

  /**
   * {@return options of a dictionary below a directory}
   *
   * @param baseDir created, when the dictionary is opened, if it is missing
   */
  public static FileDirDict at(Path baseDir) {
    return new FileDirDict(baseDir);
  }

  /**
   * How values are stored, and the extension of their files: {@code json} (the default), {@code
   * pkl} for Python's pickles of basic types, {@code jser} for Java serialization, that of another
   * {@link io.persidict.format.FormatProvider}, or any other for text. With {@code +lz4} or {@code
   * +zstd} it is compressed, and the extension is {@code json.lz4} or {@code json.zst}. Corresponds
   * to {@code file_type} in the original.
   *
   * @param format checked when the dictionary is opened
   * @return these options
   */
  public FileDirDict format(String format) {
    options.format = format;
    return this;
  }

  /**
   * Characters of the digest in file names; 8 unless set, as in the original.
   *
   * @param digestLength 0 to 26, checked when the dictionary is opened
   * @return these options
   */
  public FileDirDict digestLength(int digestLength) {
    options.digestLength = digestLength;
    return this;
  }

  /**
   * Whether entries are written once and then neither changed nor removed; not unless set.
   *
   * @param immutableItems true if they are
   * @return these options
   */
  public FileDirDict immutableItems(boolean immutableItems) {
    options.immutableItems = immutableItems;
    return this;
  }

  /**
   * What writes survive.
   *
   * @param durability {@link Durability#FSYNC} unless set, as in the original
   * @return these options
   */
  public FileDirDict durability(Durability durability) {
    this.durability = Objects.requireNonNull(durability, "durability");
    return this;
  }

  /**
   * How many entries there are at most, of each format; those that were used least recently go
   * first. Any number unless set. It is kept by those who open the dictionary with a bound.
   *
   * @param maxEntries 1 or more
   * @return these options
   * @throws IllegalArgumentException if it is not positive
   */
  public FileDirDict maxEntries(long maxEntries) {
    options.limits = options.limits.withMaxEntries(maxEntries);
    return this;
  }

  /**
   * How many bytes all entries take at most, of each format, as the storage allocates them. Any
   * number unless set. An entry that is larger is refused.
   *
   * @param maxBytes 1 or more
   * @return these options
   * @throws IllegalArgumentException if it is not positive
   */
  public FileDirDict maxBytes(long maxBytes) {
    options.limits = options.limits.withMaxBytes(maxBytes);
    return this;
  }

  /**
   * How often what killed writers left behind is removed, and the entries are counted; never unless
   * set.
   *
   * @param interval from one round to the next
   * @return these options
   * @throws IllegalArgumentException if it is not positive
   */
  public FileDirDict purgeInterval(Duration interval) {
    options.limits = options.limits.withPurgeInterval(interval);
    return this;
  }

  /**
   * Opens the dictionary.
   *
   * @param <V> the values
   * @param type the class that all values are instances of
   * @return a dictionary to be closed
   * @throws IllegalArgumentException if an option is out of range or does not go with {@code type}
   * @throws io.persidict.store.StoreException if the directory is a file or is not accessible
   */
  public <V> PersiDict<V> open(Class<V> type) {
    return options.open(options.format, type, this::store);
  }

  private Store store() {
    return new FileStore(baseDir, durability);
  }

  /**
   * Opens one dictionary a format over the same directory, with all other options in common.
   *
   * @param types the class of the values by format
   * @return dictionaries that are closed as one
   * @throws IllegalArgumentException if an option is out of range or does not go with its type
   * @throws io.persidict.store.StoreException if the directory is a file or is not accessible
   */
  public OverlappingMultiDict openAll(Map<String, ? extends Class<?>> types) {
    return options.openAll(types, this::store);
  }

  /**
   * Opens a dictionary of files again from its parameters; a sub-dictionary as one of its own,
   * which closes all that it opened.
   *
   * @param <V> the values
   * @param parameters as {@link PersiDict#parameters} gave them
   * @param durability of writes from now on, which is no parameter of a dictionary
   * @return a dictionary to be closed, without bounds
   * @throws IllegalArgumentException if the parameters are not those of a dictionary of files
   * @throws io.persidict.store.StoreException if the directory is a file or is not accessible
   */
  public static <V> PersiDict<V> reopen(Parameters<V> parameters, Durability durability) {
    String url = parameters.baseUrl();
    if (!url.startsWith("file:")) {
      throw new IllegalArgumentException(
          "base URL " + Credentials.hiddenIn(url) + " is no directory's (file:...)");
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
