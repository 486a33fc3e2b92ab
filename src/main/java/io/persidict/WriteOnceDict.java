package io.persidict;

import io.persidict.key.DictKey;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A dictionary whose first value of a key stays: later ones are ignored, since they are expected to
 * be equal to it. To notice when they are not, a random share of them is compared with what is
 * stored: by {@code equals}, and if that is false by their content, whatever the order of maps and
 * sets; but parts that are neither the JDK's collections nor arrays, such as records, by their
 * bytes, in which the order of maps and sets counts.
 *
 * <p>Of several first writers, in any process, one wins; the others' values are later ones.
 * Counters are this object's own. Safe for use by several threads.
 *
 * @param <V> the values
 */
public final class WriteOnceDict<V> implements AutoCloseable {
  private final PersiDict<V> dict;
  private final ConsistencyChecks checks;

  /**
   * Keeps the first value of each key of {@code dict}.
   *
   * @param dict of immutable items; closed with this
   * @param consistencyChecks how probable a comparison is, 0 for never to 1 for always
   * @throws IllegalArgumentException if the items are mutable or that is no probability
   */
  public WriteOnceDict(PersiDict<V> dict, double consistencyChecks) {
    this(dict, new ConsistencyChecks(consistencyChecks));
  }

  WriteOnceDict(PersiDict<V> dict, ConsistencyChecks checks) {
    if (!dict.parameters().immutableItems()) {
      throw new IllegalArgumentException(
          dict + " has mutable items; a write-once dictionary needs immutable ones");
    }
    this.dict = dict;
    this.checks = checks;
  }

  /** {@return how probable a comparison of a later value with the first is, 0 to 1} */
  public double consistencyChecks() {
    return checks.probability();
  }

  /**
   * Sets how probable a comparison is, from now on.
   *
   * @param probability 0 for never to 1 for always
   * @throws IllegalArgumentException if that is not from 0 to 1
   */
  public void consistencyChecks(double probability) {
    checks.probability(probability);
  }

  /**
   * Stores {@code value} if it is the first of its key; ignores it otherwise.
   *
   * @param key whose name is not too long with its digest and extension
   * @param value encoded before this returns, and not kept
   * @return whether it was the first
   * @throws MutationPolicyException if it was compared with the first one and is different
   */
  public boolean put(DictKey key, V value) {
    if (dict.put(key, value, Condition.absent()).satisfied()) {
      return true;
    }
    return checks.isDue() && check(key, value);
  }

  /** Compares {@code value} with the first one; it is that itself if that was evicted meanwhile. */
  private boolean check(DictKey key, V value) {
    ReadResult<V> first = dict.setDefault(key, value, Condition.absent());
    if (!dict.sameAs(value).test(first.value().orElseThrow())) {
      throw new MutationPolicyException(
          "write-once",
          key,
          "a value for key "
              + key
              + " of "
              + dict
              + " differs from the first one, which stays (policy write-once)");
    }
    checks.pass();
    return first.satisfied();
  }

  /** {@return how many later values were compared with the first} */
  public long checksAttempted() {
    return checks.attempted();
  }

  /** {@return how many of these were equal to it} */
  public long checksPassed() {
    return checks.passed();
  }

  /** {@return how many of these were not} */
  public long checksFailed() {
    return checks.failed();
  }

  /**
   * {@return the value, decoded anew, if there is an entry}
   *
   * @param key of the entry that is read
   */
  public Optional<V> get(DictKey key) {
    return dict.get(key);
  }

  /**
   * {@return whether there is an entry}
   *
   * @param key of the entry, whose value is not read
   */
  public boolean contains(DictKey key) {
    return dict.contains(key);
  }

  /** {@return the keys, as {@link PersiDict#keys}} Close the stream. */
  public Stream<DictKey> keys() {
    return dict.keys();
  }

  /** {@return the dictionary below, for all that it can be asked} */
  public PersiDict<V> dict() {
    return dict;
  }

  /**
   * {@return the same for a {@linkplain PersiDict#subdict sub-dictionary}, with counters of its
   * own}
   *
   * @param prefix below which there may be nothing yet
   */
  public WriteOnceDict<V> subdict(DictKey prefix) {
    return new WriteOnceDict<>(dict.subdict(prefix), checks.fresh());
  }

  /** Closes the dictionary below; the entries stay. */
  @Override
  public void close() {
    dict.close();
  }
}
