package io.persidict.spring;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;

/** A store's health as Boot 4 has it. */
final class Boot4Health implements HealthIndicator {
  private final StoreHealth store;

  Boot4Health(StoreHealth store) {
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
