package io.persidict.store;

import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Counts the changes that this process makes to names, each of which belongs to one of {@value
 * #STRIPES} stripes. All instances share one table, so that any number of them takes next to no
 * memory; a change ends some watches over other names, too.
 *
 * <p><b>Why it is safe.</b> A change begins before anything is changed, and ends when all readers
 * can see it. A {@link ChangeWatch} remembers how many changes had begun, provided that as many had
 * ended afterwards, so that whatever is read since then is the work of these; and it holds while no
 * other one begins.
 */
public final class ChangeCounts implements ChangeWatch.Source {
  private static final int STRIPES = 1 << 13;
  private static final AtomicLongArray BEGUN = new AtomicLongArray(STRIPES);
  private static final AtomicLongArray ENDED = new AtomicLongArray(STRIPES);
  private static final AtomicInteger INSTANCES = new AtomicInteger();

  /** Puts equal names of different instances into different stripes. */
  private final int salt = INSTANCES.incrementAndGet() * 0x9E3779B9;

  private ChangeCounts() {}

  /** {@return counts that nobody else has, though they lie in memory that all instances share} */
  public static ChangeCounts ofThisProcess() {
    return new ChangeCounts();
  }

  private int stripe(String name) {
    int hash = name.toLowerCase(Locale.ROOT).hashCode() + salt;
    return (hash ^ (hash >>> 16)) & (STRIPES - 1);
  }

  /**
   * {@return a watch over {@code name} that begins now; blind while it is being changed}
   *
   * @param name without regard to letter case
   */
  public ChangeWatch watch(String name) {
    int stripe = stripe(name);
    long begun = BEGUN.get(stripe);
    return ENDED.get(stripe) == begun
        ? new ChangeWatch(this, stripe, begun)
        : ChangeWatch.NEVER_VALID;
  }

  @Override
  public boolean isUnchanged(int stripe, long count) {
    return BEGUN.get(stripe) == count;
  }

  /**
   * Begins a change.
   *
   * @param name without regard to letter case
   * @return what ends the change, to be closed once
   */
  public Change begin(String name) {
    int stripe = stripe(name);
    long begun = BEGUN.incrementAndGet(stripe);
    return new Change(this, stripe, begun, ENDED.get(stripe) == begun - 1);
  }

  /** Makes all watches end, those of other instances too. */
  public void changeAll() {
    for (int stripe = 0; stripe < STRIPES; stripe++) {
      BEGUN.incrementAndGet(stripe);
      ENDED.incrementAndGet(stripe);
    }
  }

  /**
   * A change that is under way.
   *
   * @param counts where it is counted
   * @param stripe that of the name
   * @param begun how many changes of the stripe had begun, this one included
   * @param alone whether no other one was as it began
   */
  public record Change(ChangeCounts counts, int stripe, long begun, boolean alone)
      implements AutoCloseable {
    /** {@return a watch over what this change leaves; blind if others were changing it too} */
    public ChangeWatch watch() {
      return alone ? new ChangeWatch(counts, stripe, begun) : ChangeWatch.NEVER_VALID;
    }

    @Override
    public void close() {
      ENDED.incrementAndGet(stripe);
    }
  }
}
