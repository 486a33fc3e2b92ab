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

  /** What is set, by the names of the settings. */
  final Map<String, String> values() {
    return values;
  }

  final void set(String setting, Object value) {
    values.put(setting, value.toString());
  }

  /**
   * How values are stored: {@code jser}, {@code json}, {@code cbor}, {@code pkl}, or any for text.
   */
  public void setFormat(String format) {
    set("format", format);
  }

  /** How entries are laid out: {@code entry} or {@code plain}. */
  public void setLayout(String layout) {
    set("layout", layout);
  }

  /** Characters of the digest in file names, 0 to 26. */
  public void setDigestLength(int digestLength) {
    set("digest-length", digestLength);
  }

  /** What a write has survived when it returns: {@code os} or {@code fsync}. */
  public void setDurability(String durability) {
    set("durability", durability);
  }

  /** JEP 290 patterns for classes that {@code jser} may store besides the allowed ones. */
  public void setSerialFilter(List<String> patterns) {
    set("serial-filter", String.join(";", patterns));
  }

  /** Whether entries are written once. */
  public void setImmutableItems(boolean immutable) {
    set("immutable-items", immutable);
  }

  /**
   * What a write to an entry that is written once comes to: {@code reject} or {@code keep-first}.
   */
  public void setOnRewrite(String onRewrite) {
    set("on-rewrite", onRewrite);
  }

  /** The share of ignored writes that is compared with the first, 0 to 1. */
  public void setConsistencyChecks(String share) {
    set("consistency-checks", share);
  }

  /** Whether programs other than this library write the same store. */
  public void setForeignWriters(boolean foreignWriters) {
    set("foreign-writers", foreignWriters);
  }

  /** The class of the keys. */
  public void setKeyType(String type) {
    set("key-type", type);
  }

  /** The class of the values. */
  public void setValueType(String type) {
    set("value-type", type);
  }

  /** {@code eternal}, or when and for how long, such as {@code created PT1H}. */
  public void setExpiry(String expiry) {
    set("expiry", expiry);
  }

  /** Whether JMX shows the statistics. */
  public void setStatistics(boolean statistics) {
    set("statistics", statistics);
  }

  /** Whether JMX shows the configuration. */
  public void setManagement(boolean management) {
    set("management", management);
  }

  /** The last share of an entry's life in which a read has it loaded again, such as 0.2. */
  public void setRefreshAhead(String share) {
    set("refresh-ahead", share);
  }

  /** Whether CDI stores null results: {@code call-again} or {@code keep}. */
  public void setNullResults(String nullResults) {
    set("null-results", nullResults);
  }

  /** A class that implements {@code javax.cache.integration.CacheLoader}. */
  public void setLoader(String type) {
    set("loader", type);
  }

  /** A class that implements {@code javax.cache.integration.CacheWriter}. */
  public void setWriter(String type) {
    set("writer", type);
  }

  /** How JSON is read. */
  public Json getJson() {
    return json;
  }

  /** How much is stored. */
  public Store getStore() {
    return store;
  }

  /** What of the cache is held in memory. */
  public Memory getMemory() {
    return memory;
  }

  /** {@code memory.*}. */
  public class Memory {
    private Memory() {}

    /** How many entries are held at most. */
    public void setMaxEntries(long maxEntries) {
      set("memory.max-entries", maxEntries);
    }

    /** How many bytes of values are held at most, such as {@code 64MB}. */
    public void setMaxBytes(DataSize maxBytes) {
      set("memory.max-bytes", maxBytes.toBytes());
    }

    /** {@code checked}, {@code unchecked}, or a duration such as {@code PT5S}. */
    public void setCoherence(String coherence) {
      set("memory.coherence", coherence);
    }

    /** Classes whose instances nobody changes. */
    public void setImmutableTypes(List<String> types) {
      set("memory.immutable-types", String.join(",", types));
    }
  }

  /** {@code store.*}. */
  public class Store {
    private Store() {}

    /** How many entries are stored at most. */
    public void setMaxEntries(long maxEntries) {
      set("store.max-entries", maxEntries);
    }

    /** How many bytes are stored at most, such as {@code 10GB}. */
    public void setMaxBytes(DataSize maxBytes) {
      set("store.max-bytes", maxBytes.toBytes());
    }

    /** How often expired entries are removed: a duration such as {@code PT1H}, or {@code never}. */
    public void setPurgeInterval(String interval) {
      set("store.purge-interval", interval);
    }
  }

  /** {@code json.*}. */
  public class Json {
    private Json() {}

    /**
     * What becomes of members that the values' class does not have: {@code ignore}, {@code refuse}.
     */
    public void setUnknownMembers(String unknownMembers) {
      set("json.unknown-members", unknownMembers);
    }
  }
}
