package io.persidict.format;

/**
 * Python pickles of basic types, as joblib writes and reads them: LZ4-framed; plain ones are read
 * too.
 *
 * <table>
 * <caption>Python's types and Java's</caption>
 * <tr><th>Python</th><th>read as</th><th>written from</th></tr>
 * <tr><td>None</td><td>{@link NullValue} alone, {@code null} inside</td><td>both</td></tr>
 * <tr><td>bool</td><td>Boolean</td><td>Boolean</td></tr>
 * <tr><td>int</td><td>Long, BigInteger beyond its range or if that is the declared
 * class</td><td>these, smaller integers</td></tr>
 * <tr><td>float</td><td>Double</td><td>Double</td></tr>
 * <tr><td>str</td><td>String</td><td>String</td></tr>
 * <tr><td>bytes</td><td>byte[]</td><td>byte[]</td></tr>
 * <tr><td>list</td><td>ArrayList</td><td>List</td></tr>
 * <tr><td>tuple</td><td>List, unmodifiable</td><td>List in a set or as a key</td></tr>
 * <tr><td>dict</td><td>LinkedHashMap, in its order</td><td>Map</td></tr>
 * <tr><td>set</td><td>LinkedHashSet</td><td>Set</td></tr>
 * <tr><td>date</td><td>LocalDate</td><td>LocalDate</td></tr>
 * <tr><td>datetime</td><td>LocalDateTime; OffsetDateTime with an offset</td><td>both</td></tr>
 * </table>
 *
 * <p>Other values are refused in both directions: nothing else is instantiated, and nothing a
 * pickle names is ever called. An array of bytes in a set or as a key equals only itself there, as
 * Java's arrays do.
 *
 * <p>The reader is this library's own. Of net.razorvine's {@code pickle}, allocations follow
 * declared lengths rather than what is there, constructors are registered process-wide, and dates
 * are not told from datetimes; lz4-java reads no linked blocks, which are what joblib writes.
 *
 * @param <V> the values
 * @see <a href="https://github.com/python/cpython/blob/main/Lib/pickletools.py">the opcodes</a>
 */
public final class PickleFormat<V> implements Format<V> {
  /** Makes this format where its name is asked for. */
  public static final class Provider implements FormatProvider {
    /** For the service loader. */
    public Provider() {}

    @Override
    public String id() {
      return "pkl";
    }

    @Override
    public boolean keepsTypes() {
      return true;
    }

    @Override
    public <V> Format<V> open(FormatContext<V> context) {
      return new PickleFormat<>(context.type());
    }
  }

  private final Class<V> type;

  /**
   * A format for basic values of one class.
   *
   * @param type what all values are instances of
   * @throws IllegalArgumentException if no basic value is one
   */
  public PickleFormat(Class<V> type) {
    if (!BasicTypes.mayBe(type)) {
      throw new IllegalArgumentException(
          "format pkl holds basic values, never a "
              + type.getName()
              + "; use Object or one of Boolean, Long, BigInteger, Double, String, byte[], List,"
              + " Map, Set, LocalDate, LocalDateTime, OffsetDateTime");
    }
    this.type = type;
  }

  @Override
  public String extension() {
    return "pkl";
  }

  @Override
  public byte[] encode(V value) {
    PickleWriter writer = new PickleWriter();
    byte[] pickle = writer.write(value);
    byte[] frame = Lz4Frame.of(pickle, true);
    boolean readable =
        pickle.length <= ValueCost.content(frame.length)
            && writer.memory() <= ValueCost.memory(frame.length);
    return readable ? frame : Lz4Frame.of(pickle, false);
  }

  @Override
  public V decode(byte[] bytes) {
    byte[] pickle =
        Lz4Frame.isOne(bytes) ? Lz4Frame.content(bytes, ValueCost.content(bytes.length)) : bytes;
    Object value = new PickleReader(pickle, ValueCost.memory(bytes.length)).read();
    if (value == null && !type.isInstance(NullValue.NULL)) {
      throw new FormatException("it holds None, not a " + type.getName());
    }
    return BasicTypes.as(type, value == null ? NullValue.NULL : value);
  }
}
