package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.Mutator;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What others may have written into the metadata of an object. */
final class WriteHistoryTest {
  /** What S3 allows of all metadata together, less the name of this. */
  private static final int MOST = 2_048 - WriteHistory.KEY.length();

  @Test
  void whateverIsThereAWriteFitsBesideWhatIsKeptOfIt() {
    Random random = new Random(Long.getLong("test.seed", 20_261_130L));
    WriteId write = new WriteId("Zk0-p1Xw", 7);
    WriteHistory full = WriteHistory.beginningWith(write);
    for (int i = 0; i < 100; i++) {
      full = full.and(new WriteId("w" + i % 60, 1_000_000_000_000L + i));
    }
    List<byte[]> seeds =
        List.of(
            "3fA9_b2Q.7,Zk0-p1Xw.2,=Zk0-p1Xw.1".getBytes(US_ASCII),
            full.toString().getBytes(US_ASCII),
            ("=" + "x".repeat(2_000) + ".1").getBytes(US_ASCII),
            writes("w%07d", 72),
            writes("w%059d", 25));
    for (int i : Mutator.tries("write histories", 4_000)) {
      String text = new String(Mutator.mutated(seeds, random), US_ASCII);
      WriteHistory history = WriteHistory.parse(text);
      assertThat(WriteHistory.parse(history.toString())).isEqualTo(history);
      WriteHistory longer = history.and(write);
      assertThat(longer.include(write)).isTrue();
      assertThat(longer.toString().length()).as(text).isLessThan(MOST);
      Tombstone.is(text.getBytes(US_ASCII));
    }
  }

  /** Of so many writers, each of which wrote as often as can be told. */
  private static byte[] writes(String writer, int writers) {
    return IntStream.range(0, writers)
        .mapToObj(i -> writer.formatted(i) + ".999999999999999999")
        .collect(Collectors.joining(","))
        .getBytes(US_ASCII);
  }

  /** As two processes go on that are restored from one image. */
  @Test
  void writersWithTheSamePastMakeWritesOfDifferentNames() {
    WriterIds mine = new WriterIds();
    WriterIds theirs = new WriterIds();
    WriteId last = mine.enter();
    mine.leave(last);
    theirs.leave(last);
    WriteId next = mine.enter();
    assertThat(next.writer()).isEqualTo(last.writer());
    assertThat(theirs.enter()).isNotEqualTo(next);
  }
}
