package io.persidict.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/**
 * Counts changes of names, in memory that threads or processes share. Names share {@value #STRIPES}
 * stripes; a stripe is two 64-bit numbers in the machine's byte order, how many changes began and
 * how many ended.
 *
 * <p><b>Why it is safe.</b> A change begins before anything is changed, and ends when all readers
 * can see it. A {@link ChangeWatch} remembers how many changes had begun, provided that as many had
 * ended afterwards, so that whatever is read since then is the work of these; and it holds while no
 * other one begins. A change that never ends, because its process was killed, leaves the stripe's
 * names unwatchable, and nobody with an old version.
 */
public final class ChangeCounts {
  /** How many names can change independently of each other. */
  public static final int STRIPES = 1 << 13;

  /** The size of the memory. */
  public static final int BYTES = STRIPES * 2 * Long.BYTES;

  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final ByteBuffer memory;

  /**
   * @param memory {@link #BYTES} long, direct and aligned to 8 bytes; zero at first
   */
  public ChangeCounts(ByteBuffer memory) {
    this.memory = memory;
  }

  /** Counts in memory that this process has to itself. */
  public static ChangeCounts ofThisProcess() {
    return new ChangeCounts(ByteBuffer.allocateDirect(BYTES));
  }

  /** Names that a file system may take for the same one share a stripe. */
  private static int offset(String name) {
    int hash = name.toLowerCase(Locale.ROOT).hashCode();
    return Math.floorMod(hash ^ (hash >>> 16), STRIPES) * 2 * Long.BYTES;
  }

  private long begun(int offset) {
    return (long) LONGS.getVolatile(memory, offset);
  }

  private long ended(int offset) {
    return (long) LONGS.getVolatile(memory, offset + Long.BYTES);
  }

  /** Begins to watch {@code name}; blind while it is being changed. */
  public ChangeWatch watch(String name) {
    int offset = offset(name);
    long begun = begun(offset);
    return ended(offset) == begun ? () -> begun(offset) == begun : ChangeWatch.NEVER_VALID;
  }

  /** Begins a change of {@code name}, which ends when it is closed. */
  public Change begin(String name) {
    int offset = offset(name);
    long begun = (long) LONGS.getAndAdd(memory, offset, 1L) + 1;
    return new Change(this, offset, begun, ended(offset) == begun - 1);
  }

  /** Makes all watches end. */
  public void changeAll() {
    for (int offset = 0; offset < BYTES; offset += 2 * Long.BYTES) {
      LONGS.getAndAdd(memory, offset, 1L);
      LONGS.getAndAdd(memory, offset + Long.BYTES, 1L);
    }
  }

  /**
   * A change that is under way.
   *
   * @param alone whether no other one was as it began
   */
  public record Change(ChangeCounts counts, int offset, long begun, boolean alone)
      implements AutoCloseable {
    /** A watch over what this change leaves; blind if others changed the name meanwhile. */
    public ChangeWatch watch() {
      return alone ? () -> counts.begun(offset) == begun : ChangeWatch.NEVER_VALID;
    }

    @Override
    public void close() {
      LONGS.getAndAdd(counts.memory, offset + Long.BYTES, 1L);
    }
  }
}
