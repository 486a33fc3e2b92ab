package io.persidict.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

final class PrefixStoreTest extends StoreContract {
  private final MemoryStore whole = new MemoryStore();

  @Override
  protected Store open() {
    whole.put("beside", bytes("x"), Precondition.none());
    whole.put("below/beside", bytes("x"), Precondition.none());
    return new PrefixStore(whole, "below/here/");
  }

  @Test
  void staysBelowItsPrefixAndLeavesTheWholeOpen() {
    put("name", "value");
    store.close();
    assertThat(whole.list("").map(Listed::name))
        .containsExactlyInAnyOrder("beside", "below/beside", "below/here/name");
  }

  @Test
  void refusesABadPrefix() {
    assertThatIllegalArgumentException().isThrownBy(() -> new PrefixStore(whole, "no-slash"));
    assertThatIllegalArgumentException().isThrownBy(() -> new PrefixStore(whole, "../"));
  }
}
