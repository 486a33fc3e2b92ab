package io.persidict.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import org.junit.jupiter.api.Test;

final class FaultyStoreTest extends StoreContract {
  private final FaultyStore faulty = new FaultyStore(new MemoryStore());

  @Override
  protected Store open() {
    return faulty;
  }

  @Test
  void failsBeforeOrAfterTheEffectAsOrdered() {
    faulty.onMutations(FaultyStore.Fault.BEFORE, FaultyStore.Fault.AFTER);
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> put("before", "x"));
    assertThatExceptionOfType(StoreException.class).isThrownBy(() -> put("after", "x"));
    put("fine", "x");
    assertThat(names("")).containsExactly("after", "fine");
  }

  @Test
  void letsAnotherWriterOvertake() {
    faulty.overtakeNextMutation(() -> put(NAME, "theirs"));
    assertThat(faulty.put(NAME, bytes("mine"), Precondition.absent()))
        .isInstanceOf(PutResult.Lost.class);
  }
}
