package io.persidict.store;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A store that misbehaves on purpose: calls fail before or after they took effect, writes are
 * overtaken by another writer, listings come shuffled. Without orders it only shuffles.
 */
public final class FaultyStore implements Store {
  /** What is to become of one call. */
  public enum Fault {
    /** It happens as asked. */
    NONE,
    /** It fails and nothing happened. */
    BEFORE,
    /** It happens, and then the reply is lost. */
    AFTER
  }

  private final Store store;
  private final Random random = new Random(1);
  private final Queue<Fault> mutations = new ArrayDeque<>();
  private final Queue<Runnable> overtakers = new ArrayDeque<>();
  private final AtomicInteger calls = new AtomicInteger();

  public FaultyStore(Store store) {
    this.store = store;
  }

  /** Orders what becomes of the next mutations; those after them happen as asked. */
  public synchronized void onMutations(Fault... faults) {
    mutations.addAll(List.of(faults));
  }

  /** Has somebody else act right before the next mutation. */
  public synchronized void overtakeNextMutation(Runnable action) {
    overtakers.add(action);
  }

  /** How many operations were called. */
  public int calls() {
    return calls.get();
  }

  private <T> T mutate(Supplier<T> call) {
    calls.incrementAndGet();
    Fault fault;
    Runnable overtaker;
    synchronized (this) {
      fault = mutations.isEmpty() ? Fault.NONE : mutations.remove();
      overtaker = overtakers.poll();
    }
    if (overtaker != null) {
      overtaker.run();
    }
    if (fault == Fault.BEFORE) {
      throw new StoreException("injected: failed before it took effect");
    }
    T result = call.get();
    if (fault == Fault.AFTER) {
      throw new StoreException("injected: the reply was lost");
    }
    return result;
  }

  @Override
  public GetResult get(String name, Optional<ETag> ifNoneMatch) {
    calls.incrementAndGet();
    return store.get(name, ifNoneMatch);
  }

  @Override
  public Optional<Stat> stat(String name) {
    calls.incrementAndGet();
    return store.stat(name);
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition) {
    return mutate(() -> store.put(name, bytes, precondition));
  }

  @Override
  public PutResult put(String name, byte[] bytes, Precondition precondition, Instant lastModified) {
    return mutate(() -> store.put(name, bytes, precondition, lastModified));
  }

  @Override
  public DeleteResult delete(String name, Precondition precondition) {
    return mutate(() -> store.delete(name, precondition));
  }

  @Override
  public Stream<Listed> list(String prefix) {
    calls.incrementAndGet();
    try (Stream<Listed> listed = store.list(prefix)) {
      List<Listed> shuffled = new ArrayList<>(listed.toList());
      Collections.shuffle(shuffled, random);
      return shuffled.stream();
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
