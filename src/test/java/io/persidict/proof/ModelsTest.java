package io.persidict.proof;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Explores the protocols that everything rests on, and ways to do them wrong, which it must find.
 */
final class ModelsTest {
  private static void assertWay(boolean right, Explorer<?> explorer, List<String> way) {
    System.out.printf(
        "%,d states%s%n", explorer.visited(), way.isEmpty() ? "" : ", wrong after " + way);
    if (right) {
      assertThat(way).as("a way to a wrong state").isEmpty();
    } else {
      assertThat(way).as("a way to a wrong state").isNotEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void noReaderReturnsAnOldValueOnceANewerOneIsKnown(CoherenceModel.Mutant mutant) {
    Explorer<CoherenceModel.State> explorer = new Explorer<>();
    CoherenceModel model = new CoherenceModel(mutant);
    assertWay(
        mutant == CoherenceModel.Mutant.NONE,
        explorer,
        explorer.wayToWrong(CoherenceModel.initial(), model::steps, CoherenceModel::isWrong));
  }

  @ParameterizedTest
  @EnumSource
  void whatIsToldOfAWriteIsWhatBecameOfIt(WritesModel.Mutant mutant) {
    Explorer<WritesModel.State> explorer = new Explorer<>();
    WritesModel model = new WritesModel(mutant);
    assertWay(
        mutant == WritesModel.Mutant.NONE,
        explorer,
        explorer.wayToWrong(WritesModel.initial(), model::steps, WritesModel::isWrong));
  }

  @ParameterizedTest
  @EnumSource
  void noLeaseIsTakenFromAHolderThatRenewsIt(LeaseModel.Mutant mutant) {
    Explorer<LeaseModel.State> explorer = new Explorer<>();
    LeaseModel model = new LeaseModel(mutant);
    assertWay(
        mutant == LeaseModel.Mutant.NONE,
        explorer,
        explorer.wayToWrong(LeaseModel.initial(), model::steps, LeaseModel::isWrong));
  }
}
