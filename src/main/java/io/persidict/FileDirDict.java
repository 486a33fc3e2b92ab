package io.persidict;

import io.persidict.format.AllowList;
import io.persidict.format.Format;
import io.persidict.format.Formats;
import io.persidict.key.KeyLayout;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.nio.file.Path;
import java.util.List;

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
   * jser} for Java serialization, or any other for text.
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
    ClassLoader classLoader =
        type.getClassLoader() == null ? ClassLoader.getSystemClassLoader() : type.getClassLoader();
    Format<V> chosen = Formats.of(format, type, new AllowList(List.of(type), ""), classLoader);
    KeyLayout layout = new KeyLayout(digestLength, format);
    return PersiDict.over(new FileStore(baseDir, durability), layout, chosen, type);
  }
}
