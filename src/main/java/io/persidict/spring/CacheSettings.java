package io.persidict.spring;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.util.unit.DataSize;

/**
 * What {@code persidict.cache.<name>.*} sets for one cache, and {@code persidict.*} for all, under
 * the names that the manual lists. Nothing is checked here but that numbers are numbers: a cache
 * whose settings are not as they must be is refused when it is opened.
 */
public class CacheSettings {
  private final Map<String, String> values = new HashMap<>();
  private final Memory memory = new Memory();
  private final Store store = new Store();
  private final Json json = new Json();

  /** With nothing set. */
  public CacheSettings() {}

  /**
   * The settings of a cache that is only named, which some versions of Boot read as an empty text.
   *
   * @param text what stands behind the name
   * @return nothing set
   * @throws IllegalArgumentException if the text is not blank
   */
  public static CacheSettings valueOf(String text) {
    if (!text.isBlank()) {
      throw new IllegalArgumentException(
          "a cache has settings, such as expiry = created P30D, instead of \"" + text + "\"");
    }
    return new CacheSettings();
  }

  /** What is set, by the names of the settings. */
  final Map<String, String> values() {
    return values;
  }

  final void set(String setting, Object value) {
    values.put(setting, value.toString());
  }

  /**
   * Sets how values are stored.
   *
   * @param format {@code jser}, {@code json}, {@code cbor}, {@code pkl}, one of your own, or any
   *     other name for text; each also with {@code +lz4} or {@code +zstd}. Unless set {@code jser},
   *     or {@code json} where the layout is {@code plain}
   */
  public void setFormat(String format) {
    set("format", format);
  }

  /**
   * Sets how entries are laid out.
   *
   * @param layout {@code entry}, which it is unless set, for any key and expiry; or {@code plain}
   *     for bare values, which Python reads and writes
   */
  public void setLayout(String layout) {
    set("layout", layout);
  }

  /**
   * Sets how many characters of a digest are in file names.
   *
   * @param digestLength 0 to 26; unless set 8, or 0 in S3
   */
  public void setDigestLength(int digestLength) {
    set("digest-length", digestLength);
  }

  /**
   * Sets what a write has survived when it returns.
   *
   * @param durability {@code os} for a killed process, which it is unless set; or {@code fsync} for
   *     a loss of power
   */
  public void setDurability(String durability) {
    set("durability", durability);
  }

  /**
   * Sets which classes {@code jser} may store besides the JDK's value types and the declared types.
   *
   * @param patterns of JEP 290, such as {@code com.example.model.*}; none unless set
   */
  public void setSerialFilter(List<String> patterns) {
    set("serial-filter", String.join(";", patterns));
  }

  /**
   * Sets whether entries are written once.
   *
   * @param immutable false unless set
   */
  public void setImmutableItems(boolean immutable) {
    set("immutable-items", immutable);
  }

  /**
   * Sets what a write to an entry that is written once comes to.
   *
   * @param onRewrite {@code reject} for an exception, which it is unless set; or {@code keep-first}
   *     for nothing
   */
  public void setOnRewrite(String onRewrite) {
    set("on-rewrite", onRewrite);
  }

  /**
   * Sets which share of the writes that {@code keep-first} ignores is compared with the first.
   *
   * @param share 0 to 1; 0 unless set
   */
  public void setConsistencyChecks(String share) {
    set("consistency-checks", share);
  }

  /**
   * Sets whether programs other than this library write the same store.
   *
   * @param foreignWriters unless set false, or true where the layout is {@code plain}
   */
  public void setForeignWriters(boolean foreignWriters) {
    set("foreign-writers", foreignWriters);
  }

  /**
   * Sets the class of the keys.
   *
   * @param type its name; {@code java.lang.Object} unless set
   */
  public void setKeyType(String type) {
    set("key-type", type);
  }

  /**
   * Sets the class of the values.
   *
   * @param type its name; {@code java.lang.Object} unless set
   */
  public void setValueType(String type) {
    set("value-type", type);
  }

  /**
   * Sets how long entries live.
   *
   * @param expiry {@code eternal}, which it is unless set; or {@code created}, {@code modified},
   *     {@code accessed} or {@code touched} and a duration, such as {@code created PT1H}
   */
  public void setExpiry(String expiry) {
    set("expiry", expiry);
  }

  /**
   * Sets whether JMX shows the statistics.
   *
   * @param statistics false unless set
   */
  public void setStatistics(boolean statistics) {
    set("statistics", statistics);
  }

  /**
   * Sets whether JMX shows the configuration.
   *
   * @param management false unless set
   */
  public void setManagement(boolean management) {
    set("management", management);
  }

  /**
   * Sets the last share of an entry's life in which a read has it loaded again, in the background.
   *
   * @param share 0 to 1, such as 0.2; 0 unless set, for never
   */
  public void setRefreshAhead(String share) {
    set("refresh-ahead", share);
  }

  /**
   * Sets whether CDI stores a method's result that is null.
   *
   * @param nullResults {@code call-again} for no, which it is unless set; or {@code keep}
   */
  public void setNullResults(String nullResults) {
    set("null-results", nullResults);
  }

  /**
   * Sets what loads entries that are missing, and turns on read-through.
   *
   * @param type the name of a class that implements {@code javax.cache.integration.CacheLoader};
   *     none unless set
   */
  public void setLoader(String type) {
    set("loader", type);
  }

  /**
   * Sets what is told of writes, and turns on write-through.
   *
   * @param type the name of a class that implements {@code javax.cache.integration.CacheWriter};
   *     none unless set
   */
  public void setWriter(String type) {
    set("writer", type);
  }

  /** {@return how JSON and CBOR are read: {@code json.*}} */
  public Json getJson() {
    return json;
  }

  /** {@return how much is stored: {@code store.*}} */
  public Store getStore() {
    return store;
  }

  /** {@return what of the cache is held in memory: {@code memory.*}} */
  public Memory getMemory() {
    return memory;
  }

  /** {@code memory.*}. */
  public class Memory {
    private Memory() {}

    /**
     * Sets how many entries are held at most.
     *
     * @param maxEntries 1 or more; no memory unless this or the number of bytes is set
     */
    public void setMaxEntries(long maxEntries) {
      set("memory.max-entries", maxEntries);
    }

    /**
     * Sets how many bytes of values are held at most.
     *
     * @param maxBytes such as {@code 64MB}; not with a number of entries
     */
    public void setMaxBytes(DataSize maxBytes) {
      set("memory.max-bytes", maxBytes.toBytes());
    }

    /**
     * Sets how old what is in memory may be.
     *
     * @param coherence {@code checked} for as new as the store, {@code unchecked}, or a duration
     *     such as {@code PT5S}; unless set {@code checked}, or {@code unchecked} for entries that
     *     are written once into a store without a bound
     */
    public void setCoherence(String coherence) {
      set("memory.coherence", coherence);
    }

    /**
     * Sets the classes whose instances nobody changes, so that a value in memory is shared.
     *
     * @param types their names; none unless set
     */
    public void setImmutableTypes(List<String> types) {
      set("memory.immutable-types", String.join(",", types));
    }
  }

  /** {@code store.*}. */
  public class Store {
    private Store() {}

    /**
     * Sets how many entries are stored at most.
     *
     * @param maxEntries 1 or more; any number unless set
     */
    public void setMaxEntries(long maxEntries) {
      set("store.max-entries", maxEntries);
    }

    /**
     * Sets how many bytes are stored at most, as the storage allocates them.
     *
     * @param maxBytes such as {@code 10GB}; any number unless set
     */
    public void setMaxBytes(DataSize maxBytes) {
      set("store.max-bytes", maxBytes.toBytes());
    }

    /**
     * Sets how often expired entries and what was left behind are removed.
     *
     * @param interval a duration such as {@code PT1H}, which it is unless set; or {@code never}
     */
    public void setPurgeInterval(String interval) {
      set("store.purge-interval", interval);
    }
  }

  /** {@code json.*}. */
  public class Json {
    private Json() {}

    /**
     * Sets what becomes of members that the values' class does not have.
     *
     * @param unknownMembers {@code ignore}, which it is unless set; or {@code refuse}, for an entry
     *     that cannot be read
     */
    public void setUnknownMembers(String unknownMembers) {
      set("json.unknown-members", unknownMembers);
    }
  }
}
