package io.persidict.spring;

import org.springframework.boot.actuate.health.Health;
import org.springframework.boot.actuate.health.HealthIndicator;

/** A store's health as Boot 3 has it. */
final class Boot3Health implements HealthIndicator {
  private final StoreHealth store;

  Boot3Health(StoreHealth store) {
    this.store = store;
  }

  @Override
  public Health health() {
    try {
      return Health.up().withDetails(store.details()).build();
    } catch (RuntimeException e) {
      return Health.down(e).build();
    }
  }
}
