package io.persidict.proof;

import io.persidict.jcache.PersiDictCachingProvider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import javax.cache.Cache;
import javax.cache.configuration.MutableConfiguration;

/**
 * A process that writes until it is killed, and prints {@code ack WRITER STEP} when a step has
 * returned.
 */
final class CrashWriter {
  private CrashWriter() {}

  /** Opens the cache that is written to. */
  static Cache<String, byte[]> open(
      PersiDictCachingProvider provider, Path directory, String durability, boolean memory) {
    Properties settings = new Properties();
    settings.setProperty("persidict.durability", durability);
    if (memory) {
      settings.setProperty("persidict.memory.max-entries", "1000");
    }
    return provider
        .getCacheManager(directory.toUri(), null, settings)
        .createCache(
            "crash",
            new MutableConfiguration<String, byte[]>().setTypes(String.class, byte[].class));
  }

  /** Takes a directory, the number of writers, and the step that each begins with. */
  public static void main(String... arguments) {
    Cache<String, byte[]> cache =
        open(new PersiDictCachingProvider(), Path.of(arguments[0]), "os", true);
    int first = Integer.parseInt(arguments[2]);
    for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
      int writer = i;
      new Thread(
              () -> {
                for (int step = first; ; step++) {
                  CrashScript.perform(cache, writer, step);
                  acknowledge(writer, step);
                }
              })
          .start();
    }
  }

  private static void acknowledge(int writer, int step) {
    // One write, so that lines of threads do not mix.
    byte[] line = ("ack " + writer + " " + step + "\n").getBytes();
    System.out.write(line, 0, line.length);
    System.out.flush();
  }

  /**
   * Carries out steps in one thread, of which the last ones wait until this process gets a byte of
   * input. Prints the thread's number as {@code tid NUMBER}.
   */
  static final class Traced {
    private Traced() {}

    /** Takes a directory, a durability, how many steps come before, and how many are traced. */
    public static void main(String... arguments) throws Exception {
      int before = Integer.parseInt(arguments[2]);
      int steps = before + Integer.parseInt(arguments[3]);
      Cache<String, byte[]> cache =
          open(new PersiDictCachingProvider(), Path.of(arguments[0]), arguments[1], true);
      CountDownLatch attached = new CountDownLatch(1);
      List<String> number = new ArrayList<>();
      CountDownLatch prepared = new CountDownLatch(1);
      Thread writer =
          new Thread(
              () -> {
                try {
                  number.add(
                      Files.readSymbolicLink(Path.of("/proc/thread-self"))
                          .getFileName()
                          .toString());
                  for (int step = 0; step < before; step++) {
                    CrashScript.perform(cache, 0, step);
                  }
                  acknowledge(0, before - 1);
                  prepared.countDown();
                  attached.await();
                  for (int step = before; step < steps; step++) {
                    CrashScript.perform(cache, 0, step);
                    acknowledge(0, step);
                  }
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      writer.start();
      prepared.await();
      System.out.println("tid " + number.get(0));
      System.in.read();
      attached.countDown();
      writer.join();
      System.out.println("end");
    }
  }
}
