package io.persidict.store.file;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.FileStoreAttributeView;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.time.Duration;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The default file system with faults, with another clock, and with less precise times. Only what a
 * {@link io.persidict.store.file.FileStore} uses is there.
 */
final class FaultyFileSystem extends FileSystem {
  /** What a call is to come to. */
  interface Fault {
    /**
     * Does nothing, or throws.
     *
     * @param operation the name of the provider's, view's or channel's method; {@code
     *     readDirectory} for each entry
     */
    void strike(String operation, Path path) throws IOException;

    /** The same when the call has done what it was asked for, and before it is known. */
    default void strikeAfterwards(String operation, Path path) throws IOException {}
  }

  private final FileSystem real;
  private final Provider provider;
  private final long precisionNanos;
  private volatile Duration ahead;
  private volatile @Nullable String type;
  private volatile int atOnce = Integer.MAX_VALUE;
  private volatile long blockSize = -1;
  private volatile Fault fault = (operation, path) -> {};

  /**
   * @param precision of the modification times
   * @param ahead how much the file system's clock is ahead of this machine's
   */
  FaultyFileSystem(Path path, Duration precision, Duration ahead) {
    this.real = path.getFileSystem();
    this.provider = new Provider(real.provider());
    this.precisionNanos = precision.toNanos();
    this.ahead = ahead;
  }

  /** One that is as good as the real one until a fault is set. */
  static FaultyFileSystem at(Path path) {
    return new FaultyFileSystem(path, Duration.ofNanos(1), Duration.ZERO);
  }

  /** What happens from now on. */
  void set(Fault newFault) {
    fault = newFault;
  }

  /** Puts the file system's clock forward or back. */
  void setClock(Duration newAhead) {
    ahead = newAhead;
  }

  /** What Java calls this file system from now on. */
  void setType(String newType) {
    type = newType;
  }

  /** In how large pieces this file system says that it allocates space; negative if it does not. */
  void setBlockSize(long bytes) {
    blockSize = bytes;
    type = "ext4";
  }

  /** How many bytes a channel that is opened from now on reads or writes at once. */
  void setAtOnce(int bytes) {
    atOnce = bytes;
  }

  /** No more faults. */
  void heal() {
    fault = (operation, path) -> {};
  }

  /** {@code path} in this file system. */
  Path wrap(Path path) {
    return (Path)
        Proxy.newProxyInstance(
            FaultyFileSystem.class.getClassLoader(), new Class<?>[] {Path.class}, handler(path));
  }

  private InvocationHandler handler(Path path) {
    return (proxy, method, arguments) -> {
      if (method.getName().equals("getFileSystem")) {
        return this;
      }
      Object[] plain = arguments == null ? new Object[0] : arguments.clone();
      for (int i = 0; i < plain.length; i++) {
        if (plain[i] instanceof Path other) {
          plain[i] = unwrap(other);
        }
      }
      Object result = invoke(() -> method.invoke(path, plain));
      return result instanceof Path found ? wrap(found) : result;
    };
  }

  private interface Invocation {
    @Nullable Object run() throws ReflectiveOperationException;
  }

  private static @Nullable Object invoke(Invocation invocation) throws Throwable {
    try {
      return invocation.run();
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private Path unwrap(Path path) {
    return path.getFileSystem() == this ? real.getPath(path.toString()) : path;
  }

  private Path strike(String operation, Path path) throws IOException {
    Path plain = unwrap(path);
    fault.strike(operation, plain);
    return plain;
  }

  private interface Action {
    void run() throws IOException;
  }

  private void around(String operation, Path path, Action action) throws IOException {
    Path plain = strike(operation, path);
    action.run();
    fault.strikeAfterwards(operation, plain);
  }

  /** Attributes or a view of {@code path} with the times of this file system. */
  private Object timed(Path path, Class<?> type, Object attributesOrView) {
    return Proxy.newProxyInstance(
        FaultyFileSystem.class.getClassLoader(),
        new Class<?>[] {type},
        (proxy, method, arguments) -> {
          Object[] plain = arguments == null ? new Object[0] : arguments.clone();
          for (int i = 0; i < plain.length; i++) {
            if (plain[i] instanceof FileTime time) {
              plain[i] = FileTime.from(time.toInstant().minus(ahead));
            }
          }
          boolean changes = method.getName().startsWith("set");
          if (changes) {
            fault.strike(method.getName(), path);
          }
          Object result = invoke(() -> method.invoke(attributesOrView, plain));
          if (changes) {
            fault.strikeAfterwards(method.getName(), path);
          }
          return result instanceof FileTime time ? kept(time) : result;
        });
  }

  private FileTime kept(FileTime time) {
    long nanos = FileTime.from(time.toInstant().plus(ahead)).to(TimeUnit.NANOSECONDS);
    return FileTime.from(nanos - nanos % precisionNanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public FileSystemProvider provider() {
    return provider;
  }

  @Override
  public Path getPath(String first, String... more) {
    return wrap(real.getPath(first, more));
  }

  @Override
  public Set<String> supportedFileAttributeViews() {
    return real.supportedFileAttributeViews();
  }

  @Override
  public void close() {}

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public boolean isReadOnly() {
    return false;
  }

  @Override
  public String getSeparator() {
    return real.getSeparator();
  }

  @Override
  public Iterable<Path> getRootDirectories() {
    throw new UnsupportedOperationException();
  }

  @Override
  public Iterable<FileStore> getFileStores() {
    throw new UnsupportedOperationException();
  }

  @Override
  public PathMatcher getPathMatcher(String syntaxAndPattern) {
    throw new UnsupportedOperationException();
  }

  @Override
  public UserPrincipalLookupService getUserPrincipalLookupService() {
    return real.getUserPrincipalLookupService();
  }

  @Override
  public WatchService newWatchService() {
    throw new UnsupportedOperationException();
  }

  private final class Provider extends FileSystemProvider {
    private final FileSystemProvider provided;

    Provider(FileSystemProvider provided) {
      this.provided = provided;
    }

    @Override
    public FileChannel newFileChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      Path plain = strike("newFileChannel", path);
      FileChannel channel = provided.newFileChannel(plain, options, attributes);
      try {
        fault.strikeAfterwards("newFileChannel", plain);
      } catch (IOException e) {
        channel.close();
        throw e;
      }
      return new FaultyChannel(channel, plain, () -> fault, atOnce);
    }

    @Override
    public SeekableByteChannel newByteChannel(
        Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
        throws IOException {
      return provided.newByteChannel(strike("newByteChannel", path), options, attributes);
    }

    @Override
    public DirectoryStream<Path> newDirectoryStream(
        Path path, DirectoryStream.Filter<? super Path> filter) throws IOException {
      Path plain = strike("newDirectoryStream", path);
      DirectoryStream<Path> stream =
          provided.newDirectoryStream(plain, found -> filter.accept(wrap(found)));
      Iterator<Path> paths = stream.iterator();
      return new DirectoryStream<>() {
        @Override
        public Iterator<Path> iterator() {
          return new Iterator<>() {
            @Override
            public boolean hasNext() {
              try {
                fault.strike("readDirectory", plain);
              } catch (IOException e) {
                throw new java.nio.file.DirectoryIteratorException(e);
              }
              return paths.hasNext();
            }

            @Override
            public Path next() {
              return wrap(paths.next());
            }
          };
        }

        @Override
        public void close() throws IOException {
          stream.close();
        }
      };
    }

    @Override
    public void createDirectory(Path path, FileAttribute<?>... attributes) throws IOException {
      around("createDirectory", path, () -> provided.createDirectory(unwrap(path), attributes));
    }

    @Override
    public void createLink(Path link, Path existing) throws IOException {
      around("createLink", link, () -> provided.createLink(unwrap(link), unwrap(existing)));
    }

    @Override
    public void delete(Path path) throws IOException {
      around("delete", path, () -> provided.delete(unwrap(path)));
    }

    @Override
    public void move(Path source, Path target, CopyOption... options) throws IOException {
      around("move", target, () -> provided.move(unwrap(source), unwrap(target), options));
    }

    @Override
    public void checkAccess(Path path, AccessMode... modes) throws IOException {
      provided.checkAccess(strike("checkAccess", path), modes);
    }

    @Override
    @SuppressWarnings("unchecked") // a proxy of that type
    public <V extends FileAttributeView> @Nullable V getFileAttributeView(
        Path path, Class<V> type, LinkOption... options) {
      Path plain = unwrap(path);
      V view = provided.getFileAttributeView(plain, type, options);
      return view == null ? null : (V) timed(plain, type, view);
    }

    @Override
    @SuppressWarnings("unchecked") // a proxy of that type
    public <A extends BasicFileAttributes> A readAttributes(
        Path path, Class<A> type, LinkOption... options) throws IOException {
      Path plain = strike("readAttributes", path);
      return (A) timed(plain, type, provided.readAttributes(plain, type, options));
    }

    @Override
    public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
        throws IOException {
      return provided.readAttributes(strike("readAttributes", path), names, options);
    }

    @Override
    public void setAttribute(Path path, String name, Object value, LinkOption... options)
        throws IOException {
      around("setAttribute", path, () -> provided.setAttribute(unwrap(path), name, value, options));
    }

    @Override
    public FileStore getFileStore(Path path) throws IOException {
      FileStore store = provided.getFileStore(strike("getFileStore", path));
      return type == null ? store : new TypedFileStore(store, type, blockSize);
    }

    @Override
    public boolean isSameFile(Path path, Path other) throws IOException {
      return provided.isSameFile(unwrap(path), unwrap(other));
    }

    @Override
    public boolean isHidden(Path path) throws IOException {
      return provided.isHidden(unwrap(path));
    }

    @Override
    public void copy(Path source, Path target, CopyOption... options) {
      throw new UnsupportedOperationException(Arrays.toString(options));
    }

    @Override
    public String getScheme() {
      return "faulty";
    }

    @Override
    public FileSystem newFileSystem(URI uri, Map<String, ?> settings) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FileSystem getFileSystem(URI uri) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Path getPath(URI uri) {
      throw new UnsupportedOperationException();
    }
  }

  private static final class TypedFileStore extends FileStore {
    private final FileStore real;
    private final String type;
    private final long blockSize;

    TypedFileStore(FileStore real, String type, long blockSize) {
      this.real = real;
      this.type = type;
      this.blockSize = blockSize;
    }

    @Override
    public long getBlockSize() throws IOException {
      return blockSize < 0 ? super.getBlockSize() : blockSize;
    }

    @Override
    public String name() {
      return real.name();
    }

    @Override
    public String type() {
      return type;
    }

    @Override
    public boolean isReadOnly() {
      return real.isReadOnly();
    }

    @Override
    public long getTotalSpace() throws IOException {
      return real.getTotalSpace();
    }

    @Override
    public long getUsableSpace() throws IOException {
      return real.getUsableSpace();
    }

    @Override
    public long getUnallocatedSpace() throws IOException {
      return real.getUnallocatedSpace();
    }

    @Override
    public boolean supportsFileAttributeView(Class<? extends FileAttributeView> view) {
      return real.supportsFileAttributeView(view);
    }

    @Override
    public boolean supportsFileAttributeView(String view) {
      return real.supportsFileAttributeView(view);
    }

    @Override
    public <V extends FileStoreAttributeView> V getFileStoreAttributeView(Class<V> view) {
      return real.getFileStoreAttributeView(view);
    }

    @Override
    public Object getAttribute(String attribute) throws IOException {
      return real.getAttribute(attribute);
    }
  }
}
