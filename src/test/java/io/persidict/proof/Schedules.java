package io.persidict.proof;

import io.persidict.jcache.engine.ActiveOperations;
import io.persidict.lease.KeyLocks;
import io.persidict.lease.SingleFlight;
import io.persidict.store.ChangeCounts;
import io.persidict.store.ChangeWatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jspecify.annotations.Nullable;

/**
 * What threads of one process share, under schedules that Lincheck searches instead of waiting for
 * them. Each is wrapped so that it is right if and only if its results are linearizable, and each
 * has a twin that is wrong, of which a schedule must be found.
 */
final class Schedules {
  private Schedules() {}

  /** Takes the name of a class here, how many scenarios to try, and how many schedules of each. */
  public static void main(String... arguments) throws Exception {
    Class<?> type = Class.forName(Schedules.class.getName() + "$" + arguments[0]);
    try {
      new ModelCheckingOptions()
          .iterations(Integer.parseInt(arguments[1]))
          .invocationsPerIteration(Integer.parseInt(arguments[2]))
          .threads(2)
          .actorsPerThread(2)
          .actorsBefore(0)
          .actorsAfter(1)
          .minimizeFailedScenario(false)
          .invocationTimeout$lincheck(180_000) // a schedule takes long on a busy machine
          .check(type);
      System.out.println("every schedule is explained");
    } catch (LincheckAssertionError e) {
      System.out.println("a schedule is not explained" + e.getMessage());
    }
  }

  /** A value in a store, and in a memory that is checked by counts of changes as a cache's is. */
  public static class Memory {
    private record Held(int value, ChangeWatch watch) {}

    final ChangeCounts counts = ChangeCounts.ofThisProcess();
    private final AtomicReference<@Nullable Held> held = new AtomicReference<>();
    private volatile int stored;

    @Operation
    public void writeOne() {
      write(1);
    }

    @Operation
    public void writeTwo() {
      write(2);
    }

    private void write(int value) {
      try (ChangeCounts.Change change = counts.begin("name")) {
        held.set(null);
        stored = value;
        held.set(new Held(value, change.watch()));
      }
    }

    @Operation
    public int read() {
      Held found = held.get();
      if (found != null && found.watch.isUnchanged()) {
        return found.value;
      }
      ChangeWatch watch = watch();
      int value = stored;
      held.set(new Held(value, watch));
      return value;
    }

    @Operation
    public void evict() {
      held.set(null);
    }

    ChangeWatch watch() {
      return counts.watch("name");
    }
  }

  /** Believes what it holds. */
  public static final class MemoryWithoutCheck extends Memory {
    @Override
    ChangeWatch watch() {
      return ChangeWatch.ALWAYS_VALID;
    }
  }

  /** Counts under the locks of keys. */
  public static class Locks {
    private final KeyLocks locks = new KeyLocks();
    private final int[] counts = new int[2];

    @Operation
    public int countFirst() {
      return count(0);
    }

    @Operation
    public int countSecond() {
      return count(1);
    }

    private int count(int key) {
      try (KeyLocks.Held held = lock(key)) {
        int before = counts[key];
        counts[key] = before + 1;
        return before;
      }
    }

    KeyLocks.Held lock(int key) {
      return locks.lock(key);
    }
  }

  /** Each thread has a lock of its own. */
  public static final class LocksOfTheirOwn extends Locks {
    @Override
    KeyLocks.Held lock(int key) {
      return new KeyLocks().lock(key);
    }
  }

  /** Loads what is not stored. */
  public static class Flights {
    private volatile int stored;
    private int loads;

    @Operation
    public int get() throws Exception {
      int found = stored;
      return found == 0 ? compute() : found;
    }

    int compute() throws Exception {
      return SingleFlight.call(this, "key", this::load, this::load);
    }

    final int load() {
      int found = stored;
      if (found != 0) {
        return found;
      }
      int loaded = loads + 1;
      loads = loaded;
      stored = loaded;
      return loaded;
    }
  }

  /** Each thread loads. */
  public static final class FlightsOfTheirOwn extends Flights {
    @Override
    int compute() {
      return load();
    }
  }

  /** Uses what is given back when all operations have ended. */
  public static class LifeCycle {
    private final ActiveOperations operations = new ActiveOperations("cache");
    private volatile boolean released;

    @Operation
    public String use() {
      try {
        return operations.run(() -> released ? "nothing" : "something");
      } catch (IllegalStateException e) {
        return "closed";
      }
    }

    @Operation
    public void close() {
      close(operations);
    }

    void close(ActiveOperations active) {
      active.close(this::release);
    }

    final void release() {
      released = true;
    }
  }

  /** Gives back what operations under way still use. */
  public static final class HastyLifeCycle extends LifeCycle {
    @Override
    void close(ActiveOperations active) {
      release();
      active.close(() -> {});
    }
  }
}
