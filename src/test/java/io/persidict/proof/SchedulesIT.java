package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.persidict.ChildJvm;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Searches {@link Schedules}, in processes that let Lincheck into the JDK's classes. */
final class SchedulesIT {
  private static final List<String> OPEN =
      List.of(
          "--add-opens=java.base/java.lang=ALL-UNNAMED",
          "--add-opens=java.base/jdk.internal.misc=ALL-UNNAMED",
          "--add-exports=java.base/jdk.internal.util=ALL-UNNAMED",
          "-XX:TieredStopAtLevel=4"); // it computes for long

  private static String search(String type, int scenarios) throws Exception {
    try (ChildJvm search =
        ChildJvm.start(
            OPEN,
            List.of(),
            Schedules.class,
            type,
            Integer.toString(scenarios),
            Long.toString(ProofScale.isLong() ? 2_000 : 300))) {
      return search.join(Duration.ofMinutes(ProofScale.isLong() ? 60 : 25));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Memory", "Locks", "Flights", "LifeCycle"})
  void everyScheduleThatIsFoundIsExplained(String type) throws Exception {
    assertThat(search(type, ProofScale.isLong() ? 50 : 3)).contains("every schedule is explained");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"MemoryWithoutCheck", "LocksOfTheirOwn", "FlightsOfTheirOwn", "HastyLifeCycle"})
  void aMutantIsCaught(String type) throws Exception {
    assertThat(search(type, 200)).contains("a schedule is not explained");
  }
}
