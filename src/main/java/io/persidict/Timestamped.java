package io.persidict;

import java.time.Instant;

/**
 * A key or a value with the time its entry was written, by the writer's or the server's clock.
 *
 * @param value the key or the value
 * @param timestamp as precise as the store keeps it
 * @param <T> a key or a value
 */
public record Timestamped<T>(T value, Instant timestamp) {}
