package io.persidict.jcache;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That nothing holds the classes of an application that ended, so that it can be restarted. */
final class RestartTest {
  @TempDir Path directory;

  /** Loads the application's own classes itself, as Boot's devtools do. */
  private static final class ApplicationLoader extends ClassLoader {
    ApplicationLoader() {
      super(RestartTest.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (!name.startsWith(RestartedApplication.class.getName())) {
        return super.loadClass(name, resolve);
      }
      synchronized (getClassLoadingLock(name)) {
        Class<?> known = findLoadedClass(name);
        if (known != null) {
          return known;
        }
        try (InputStream in =
            requireNonNull(getResourceAsStream(name.replace('.', '/') + ".class"))) {
          byte[] bytes = in.readAllBytes();
          return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private WeakReference<ClassLoader> started() throws Exception {
    ClassLoader loader = new ApplicationLoader();
    @SuppressWarnings("unchecked") // it is one
    Consumer<URI> application =
        (Consumer<URI>)
            loader
                .loadClass(RestartedApplication.class.getName())
                .getDeclaredConstructor()
                .newInstance();
    assertThat(application.getClass().getClassLoader()).isSameAs(loader);
    Throwable[] failure = new Throwable[1];
    Thread main = new Thread(() -> application.accept(directory.toUri()));
    main.setUncaughtExceptionHandler((thread, thrown) -> failure[0] = thrown);
    main.start();
    main.join();
    assertThat(failure[0]).isNull();
    return new WeakReference<>(loader);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void theClassLoaderOfAClosedApplicationIsLeftToTheCollector(int starts) throws Exception {
    for (int i = 0; i < starts; i++) {
      WeakReference<ClassLoader> loader = started();
      await() // threads that were begun by it may idle for ten seconds
          .until(
              () -> {
                System.gc();
                return loader.get() == null;
              });
    }
  }
}
