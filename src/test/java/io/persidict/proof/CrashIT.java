package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import io.persidict.RamDirectory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Processes are killed at random moments while four threads of them write. */
final class CrashIT {
  private static final int WRITERS = 4;
  private static final long KILLS = ProofScale.times(200);

  /** The short form ends earlier where starting a process takes long. */
  private static final Duration SHORT_FORM = Duration.ofSeconds(15);

  @TempDir(factory = RamDirectory.class)
  Path directory;

  @Test
  void eachAcknowledgedWriteIsThereAndNoneIsTornAfterSigkill() throws Exception {
    long end = System.nanoTime() + SHORT_FORM.toNanos();
    int kills = 0;
    long writes = 0;
    while (kills < KILLS && (ProofScale.isLong() || kills == 0 || System.nanoTime() < end)) {
      writes += kill(directory.resolve("round" + kills));
      kills++;
    }
    System.out.printf("%d of %d kills; %,d acknowledged writes, none lost%n", kills, KILLS, writes);
  }

  private long kill(Path round) throws Exception {
    try (Survivors survivors = new Survivors(round);
        ChildJvm writer =
            ChildJvm.start(
                List.of("-Xmx64m"),
                List.of(),
                CrashWriter.class,
                round.toString(),
                Integer.toString(WRITERS),
                "0")) {
      Awaitility.await("the first write")
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofMillis(2))
          .until(() -> writer.printed().contains("ack "));
      survivors.remember(WRITERS);
      LockSupport.parkNanos(
          ThreadLocalRandom.current().nextLong(TimeUnit.MILLISECONDS.toNanos(50)));
      writer.kill();
      int[] acknowledged = Survivors.acknowledged(writer.printed(), WRITERS);
      survivors.assertWhole(acknowledged);
      assertThat(writer.printed()).doesNotContain("Exception");
      return Arrays.stream(acknowledged).map(last -> last + 1).sum();
    }
  }
}
