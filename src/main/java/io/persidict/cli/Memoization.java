package io.persidict.cli;

import io.persidict.lease.Lease;
import io.persidict.lease.LeasedCalls;
import io.persidict.lease.Leases;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import javax.cache.Cache;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** Finds the result of a command, or has it computed by one of all processes that ask for it. */
final class Memoization {
  private static final Duration LEASE = Duration.ofSeconds(10);

  private final Tool tool;
  private final Cache<String, byte[]> cache;
  private final Leases leases;
  private final Predicate<Recording> isUsable;
  private final Predicate<Recording> isKept;
  private final BooleanSupplier isUnchanged;
  private volatile @Nullable Lease lease;
  private boolean hasRun;

  /**
   * @param isUsable whether a result that is found is an answer
   * @param isKept whether a result that was computed is kept
   * @param isUnchanged whether what it depends on is still as it was
   */
  Memoization(
      Tool tool,
      Cache<String, byte[]> cache,
      Leases leases,
      Predicate<Recording> isUsable,
      Predicate<Recording> isKept,
      BooleanSupplier isUnchanged) {
    this.tool = tool;
    this.cache = cache;
    this.leases = leases;
    this.isUsable = isUsable;
    this.isKept = isKept;
    this.isUnchanged = isUnchanged;
  }

  /**
   * The result, found or computed.
   *
   * @param force compute it even if there is one
   */
  Recording result(String key, boolean force, CommandRun run) throws Exception {
    Optional<Recording> found = force ? Optional.empty() : find(key);
    if (found.isPresent()) {
      return found.get();
    }
    Thread stop = new Thread(() -> stop(run));
    Runtime.getRuntime().addShutdownHook(stop);
    try {
      return new LeasedCalls(this::lease, LEASE)
          .<Recording>call(
              key, () -> force ? null : find(key).orElse(null), () -> compute(key, run));
    } finally {
      removeHook(stop);
    }
  }

  /** Whether the command was run here. */
  boolean hasRun() {
    return hasRun;
  }

  private Lease lease(Object key, Duration length) {
    Lease taken = leases.lease(key, length);
    lease = taken;
    return taken;
  }

  /**
   * What a signal has done: the command ends, and others need not wait for the lease to run out.
   */
  private void stop(CommandRun run) {
    run.stopAndWait();
    Lease held = lease;
    if (held != null) {
      try {
        held.close();
      } catch (RuntimeException e) {
        // it runs out
      }
    }
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // it runs
    }
  }

  private Optional<Recording> find(String key) {
    return Optional.ofNullable(cache.get(key)).flatMap(Recording::decode).filter(isUsable);
  }

  private Recording compute(String key, CommandRun run) throws InterruptedException {
    hasRun = true;
    Recording result = run.run();
    if (run.isStopped()) {
      throw new CancellationException("stopped");
    }
    if (run.isCut()) {
      tool.say("not all output could be read; the result was not kept");
    } else if (run.isOver()) {
      tool.say("the output is larger than " + Texts.size(CommandRun.LIMIT) + " and was not kept");
    } else if (isKept.test(result)) {
      if (isUnchanged.getAsBoolean()) {
        keep(key, result);
      } else {
        tool.say("an input changed while the command ran; the result was not kept");
      }
    }
    return result;
  }

  /** What the command came to counts, whether it can be kept or not. */
  private void keep(String key, Recording result) {
    try {
      cache.put(key, result.encode());
    } catch (CacheException | IllegalStateException e) {
      tool.say("the result was not kept: " + e.getMessage());
    }
  }
}
