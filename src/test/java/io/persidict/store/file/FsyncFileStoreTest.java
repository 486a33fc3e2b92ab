package io.persidict.store.file;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.store.Store;
import java.util.concurrent.Phaser;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class FsyncFileStoreTest extends FileStoreTest {
  @Override
  protected Store open() throws Exception {
    return new FileStore(root(), Durability.FSYNC);
  }

  @Override
  protected int rounds() {
    return 20;
  }

  @Override
  protected int replacements() {
    return 50;
  }

  @Test
  void manyWritesWaitForTheDeviceAtTheSameTime() {
    Phaser together = new Phaser(4);
    try (Stream<Integer> written =
        store.concurrentWrites(
            IntStream.range(0, 4).boxed(),
            i -> {
              put("n" + i, "v");
              return together.arriveAndAwaitAdvance(); // or it would wait for ever
            })) {
      assertThat(written.toList()).hasSize(4);
    }
  }
}
