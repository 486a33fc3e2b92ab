package io.persidict.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CompletionListenerFuture;
import javax.cache.management.CacheStatisticsMXBean;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import javax.cache.processor.EntryProcessorResult;
import javax.cache.processor.MutableEntry;
import javax.management.JMX;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What every operation returns and does, by what it finds: the tables of JSR-107 on events,
 * statistics, integration and expiry as one.
 */
final class ConformanceTableTest {
  /**
   * The key is {@code k}; its value was {@code old}, {@code new} is put, {@code loaded} is what the
   * loader has. A row without {@code through} holds with and without read-through. {@code value} is
   * what the cache holds afterwards. An event shows the old value before {@code >}.
   *
   * <p>The specification leaves open, and the rows show our choice:
   *
   * <ul>
   *   <li>When an expiry is noticed: by every operation that would read or change the entry, but
   *       not by containsKey and clear; and before the event of the new value.
   *   <li>Whether a load counts as a put: no, and it is not written.
   *   <li>Whether a failed processor, or one that leaves all as it was, counts as a hit or a miss:
   *       yes, since it could be invoked.
   *   <li>Which expiry a processor asks for that loads, and then sets or removes: the one of the
   *       net effect, which is a creation or nothing.
   * </ul>
   */
  private static final String TABLE =
      """
      operation               | through | before  | returns   | value  | events                          | statistics       | writer             | loader      | expiry

      get                     | no      | absent  | null      |        |                                 | miss             |                    |             |
      get                     | yes     | absent  | loaded    | loaded | created k:loaded                | miss             |                    | load k      | creation
      get                     |         | present | old       | old    |                                 | hit              |                    |             | access
      get                     | no      | expired | null      |        | expired k:old>old               | miss             |                    |             |
      get                     | yes     | expired | loaded    | loaded | expired k:old>old, created k:loaded | miss         |                    | load k      | creation
      getAll                  | no      | absent  | {}        |        |                                 | miss             |                    |             |
      getAll                  | yes     | absent  | {k=loaded} | loaded | created k:loaded               | miss             |                    | loadAll [k] | creation
      getAll                  |         | present | {k=old}   | old    |                                 | hit              |                    |             | access
      getAll                  | no      | expired | {}        |        | expired k:old>old               | miss             |                    |             |
      getAll                  | yes     | expired | {k=loaded} | loaded | expired k:old>old, created k:loaded | miss        |                    | loadAll [k] | creation
      containsKey             |         | absent  | false     |        |                                 |                  |                    |             |
      containsKey             |         | present | true      | old    |                                 |                  |                    |             |
      containsKey             |         | expired | false     |        |                                 |                  |                    |             |
      iterator next           |         | absent  | []        |        |                                 |                  |                    |             |
      iterator next           |         | present | [k=old]   | old    |                                 | hit              |                    |             | access
      iterator next           |         | expired | []        |        | expired k:old>old               |                  |                    |             |
      iterator remove         |         | absent  | []        |        |                                 |                  |                    |             |
      iterator remove         |         | present | [k=old]   |        | removed k:old>old               | hit removal      | delete k           |             | access
      iterator remove         |         | expired | []        |        | expired k:old>old               |                  |                    |             |
      loadAll                 |         | absent  | null      | loaded | created k:loaded                |                  |                    | loadAll [k] | creation
      loadAll                 |         | present | null      | old    |                                 |                  |                    |             |
      loadAll                 |         | expired | null      | loaded | expired k:old>old, created k:loaded |              |                    | loadAll [k] | creation
      loadAll replacing       |         | absent  | null      | loaded | created k:loaded                |                  |                    | loadAll [k] | creation
      loadAll replacing       |         | present | null      | loaded | updated k:old>loaded            |                  |                    | loadAll [k] | update
      loadAll replacing       |         | expired | null      | loaded | expired k:old>old, created k:loaded |              |                    | loadAll [k] | creation

      put                     |         | absent  | null      | new    | created k:new                   | put              | write k:new        |             | creation
      put                     |         | present | null      | new    | updated k:old>new               | put              | write k:new        |             | update
      put                     |         | expired | null      | new    | expired k:old>old, created k:new | put             | write k:new        |             | creation
      getAndPut               |         | absent  | null      | new    | created k:new                   | miss put         | write k:new        |             | creation
      getAndPut               |         | present | old       | new    | updated k:old>new               | hit put          | write k:new        |             | update
      getAndPut               |         | expired | null      | new    | expired k:old>old, created k:new | miss put        | write k:new        |             | creation
      putAll                  |         | absent  | null      | new    | created k:new                   | put              | writeAll [k:new]   |             | creation
      putAll                  |         | present | null      | new    | updated k:old>new               | put              | writeAll [k:new]   |             | update
      putAll                  |         | expired | null      | new    | expired k:old>old, created k:new | put             | writeAll [k:new]   |             | creation
      putIfAbsent             |         | absent  | true      | new    | created k:new                   | miss put         | write k:new        |             | creation
      putIfAbsent             |         | present | false     | old    |                                 | hit              |                    |             |
      putIfAbsent             |         | expired | true      | new    | expired k:old>old, created k:new | miss put        | write k:new        |             | creation
      replace                 |         | absent  | false     |        |                                 | miss             |                    |             |
      replace                 |         | present | true      | new    | updated k:old>new               | hit put          | write k:new        |             | update
      replace                 |         | expired | false     |        | expired k:old>old               | miss             |                    |             |
      replace equal           |         | absent  | false     |        |                                 | miss             |                    |             |
      replace equal           |         | present | true      | new    | updated k:old>new               | hit put          | write k:new        |             | update
      replace equal           |         | expired | false     |        | expired k:old>old               | miss             |                    |             |
      replace unequal         |         | absent  | false     |        |                                 | miss             |                    |             |
      replace unequal         |         | present | false     | old    |                                 | hit              |                    |             | access
      replace unequal         |         | expired | false     |        | expired k:old>old               | miss             |                    |             |
      getAndReplace           |         | absent  | null      |        |                                 | miss             |                    |             |
      getAndReplace           |         | present | old       | new    | updated k:old>new               | hit put          | write k:new        |             | update
      getAndReplace           |         | expired | null      |        | expired k:old>old               | miss             |                    |             |

      remove                  |         | absent  | false     |        |                                 |                  | delete k           |             |
      remove                  |         | present | true      |        | removed k:old>old               | removal          | delete k           |             |
      remove                  |         | expired | false     |        | expired k:old>old               |                  | delete k           |             |
      remove equal            |         | absent  | false     |        |                                 | miss             |                    |             |
      remove equal            |         | present | true      |        | removed k:old>old               | hit removal      | delete k           |             |
      remove equal            |         | expired | false     |        | expired k:old>old               | miss             |                    |             |
      remove unequal          |         | absent  | false     |        |                                 | miss             |                    |             |
      remove unequal          |         | present | false     | old    |                                 | hit              |                    |             | access
      remove unequal          |         | expired | false     |        | expired k:old>old               | miss             |                    |             |
      getAndRemove            |         | absent  | null      |        |                                 | miss             | delete k           |             |
      getAndRemove            |         | present | old       |        | removed k:old>old               | hit removal      | delete k           |             |
      getAndRemove            |         | expired | null      |        | expired k:old>old               | miss             | delete k           |             |
      removeAll keys          |         | absent  | null      |        |                                 |                  | deleteAll [k]      |             |
      removeAll keys          |         | present | null      |        | removed k:old>old               | removal          | deleteAll [k]      |             |
      removeAll keys          |         | expired | null      |        | expired k:old>old               |                  | deleteAll [k]      |             |
      removeAll               |         | absent  | null      |        |                                 |                  |                    |             |
      removeAll               |         | present | null      |        | removed k:old>old               | removal          | deleteAll [k]      |             |
      removeAll               |         | expired | null      |        | expired k:old>old               |                  |                    |             |
      clear                   |         | absent  | null      |        |                                 |                  |                    |             |
      clear                   |         | present | null      |        |                                 |                  |                    |             |
      clear                   |         | expired | null      |        |                                 |                  |                    |             |

      invoke                  |         | absent  | null      |        |                                 | miss             |                    |             |
      invoke                  |         | present | null      | old    |                                 | hit              |                    |             |
      invoke                  |         | expired | null      |        | expired k:old>old               | miss             |                    |             |
      invoke exists           |         | absent  | false     |        |                                 | miss             |                    |             |
      invoke exists           |         | present | true      | old    |                                 | hit              |                    |             |
      invoke exists           |         | expired | false     |        | expired k:old>old               | miss             |                    |             |
      invoke get              | no      | absent  | null      |        |                                 | miss             |                    |             |
      invoke get              | yes     | absent  | loaded    | loaded | created k:loaded                | miss             |                    | load k      | creation
      invoke get              |         | present | old       | old    |                                 | hit              |                    |             | access
      invoke get              | no      | expired | null      |        | expired k:old>old               | miss             |                    |             |
      invoke get              | yes     | expired | loaded    | loaded | expired k:old>old, created k:loaded | miss         |                    | load k      | creation
      invoke set              |         | absent  | null      | new    | created k:new                   | miss put         | write k:new        |             | creation
      invoke set              |         | present | null      | new    | updated k:old>new               | hit put          | write k:new        |             | update
      invoke set              |         | expired | null      | new    | expired k:old>old, created k:new | miss put        | write k:new        |             | creation
      invoke remove           |         | absent  | null      |        |                                 | miss             | delete k           |             |
      invoke remove           |         | present | null      |        | removed k:old>old               | hit removal      | delete k           |             |
      invoke remove           |         | expired | null      |        | expired k:old>old               | miss             | delete k           |             |
      invoke set exists       |         | absent  | true      | new    | created k:new                   | miss put         | write k:new        |             | creation
      invoke set get          |         | absent  | new       | new    | created k:new                   | miss put         | write k:new        |             | creation
      invoke set get          |         | present | new       | new    | updated k:old>new               | hit put          | write k:new        |             | update
      invoke set remove       |         | absent  | null      |        |                                 | miss             |                    |             |
      invoke set remove       |         | present | null      |        | removed k:old>old               | hit removal      | delete k           |             |
      invoke set remove       |         | expired | null      |        | expired k:old>old               | miss             |                    |             |
      invoke set remove get   |         | absent  | null      |        |                                 | miss             |                    |             |
      invoke remove exists    |         | present | false     |        | removed k:old>old               | hit removal      | delete k           |             |
      invoke remove get       |         | absent  | null      |        |                                 | miss             | delete k           |             |
      invoke remove get       |         | present | null      |        | removed k:old>old               | hit removal      | delete k           |             |
      invoke remove set       |         | absent  | null      | new    | created k:new                   | miss put         | write k:new        |             | creation
      invoke remove set       |         | present | null      | new    | updated k:old>new               | hit put          | write k:new        |             | update
      invoke get remove       | no      | absent  | null      |        |                                 | miss             | delete k           |             |
      invoke get remove       | yes     | absent  | null      |        |                                 | miss             | delete k           | load k      |
      invoke get remove       |         | present | null      |        | removed k:old>old               | hit removal      | delete k           |             | access
      invoke get set          | no      | absent  | null      | new    | created k:new                   | miss put         | write k:new        |             | creation
      invoke get set          | yes     | absent  | null      | new    | created k:new                   | miss put         | write k:new        | load k      | creation
      invoke get set          |         | present | null      | new    | updated k:old>new               | hit put          | write k:new        |             | access update
      invoke get set get set  | yes     | absent  | null      | new    | created k:new                   | miss put         | write k:new        | load k      | creation
      invoke get set get set  |         | present | null      | new    | updated k:old>new               | hit put          | write k:new        |             | access update
      invoke get remove get set | yes   | absent  | null      | new    | created k:new                   | miss put         | write k:new        | load k      | creation
      invoke get remove get set |       | present | null      | new    | updated k:old>new               | hit put          | write k:new        |             | access update
      invoke get set get set remove | no | absent | null      |        |                                 | miss             |                    |             |
      invoke get set get set remove | yes | absent | null     |        |                                 | miss             | delete k           | load k      |
      invoke get set get set remove | | present | null        |        | removed k:old>old               | hit removal      | delete k           |             | access
      invoke set fail         |         | absent  | EntryProcessorException |  |                         | miss             |                    |             |
      invoke set fail         |         | present | EntryProcessorException | old |                      | hit              |                    |             |
      invoke remove fail      |         | present | EntryProcessorException | old |                      | hit              |                    |             |
      invokeAll               |         | absent  | {}        |        |                                 | miss             |                    |             |
      invokeAll exists        |         | present | {k=true}  | old    |                                 | hit              |                    |             |
      invokeAll set           |         | expired | {}        | new    | expired k:old>old, created k:new | miss put        | write k:new        |             | creation
      invokeAll remove        |         | present | {}        |        | removed k:old>old               | hit removal      | delete k           |             |
      invokeAll get           | yes     | absent  | {k=loaded} | loaded | created k:loaded               | miss             |                    | load k      | creation
      invokeAll set fail      |         | present | {k=EntryProcessorException} | old |                  | hit              |                    |             |
      """;

  private static final Map<String, Function<Cache<String, String>, Object>> OPERATIONS =
      Map.ofEntries(
          Map.entry("get", cache -> cache.get("k")),
          Map.entry("getAll", cache -> cache.getAll(Set.of("k"))),
          Map.entry("containsKey", cache -> cache.containsKey("k")),
          Map.entry("iterator next", cache -> iterate(cache, false)),
          Map.entry("iterator remove", cache -> iterate(cache, true)),
          Map.entry("loadAll", cache -> loadAll(cache, false)),
          Map.entry("loadAll replacing", cache -> loadAll(cache, true)),
          Map.entry("put", returningNull(cache -> cache.put("k", "new"))),
          Map.entry("getAndPut", cache -> cache.getAndPut("k", "new")),
          Map.entry("putAll", returningNull(cache -> cache.putAll(Map.of("k", "new")))),
          Map.entry("putIfAbsent", cache -> cache.putIfAbsent("k", "new")),
          Map.entry("replace", cache -> cache.replace("k", "new")),
          Map.entry("replace equal", cache -> cache.replace("k", "old", "new")),
          Map.entry("replace unequal", cache -> cache.replace("k", "other", "new")),
          Map.entry("getAndReplace", cache -> cache.getAndReplace("k", "new")),
          Map.entry("remove", cache -> cache.remove("k")),
          Map.entry("remove equal", cache -> cache.remove("k", "old")),
          Map.entry("remove unequal", cache -> cache.remove("k", "other")),
          Map.entry("getAndRemove", cache -> cache.getAndRemove("k")),
          Map.entry("removeAll keys", returningNull(cache -> cache.removeAll(Set.of("k")))),
          Map.entry("removeAll", returningNull(Cache::removeAll)),
          Map.entry("clear", returningNull(Cache::clear)));

  @TempDir static Path directory;

  private final PersiDictCachingProvider provider = new PersiDictCachingProvider();

  @AfterEach
  void close() {
    provider.close();
  }

  /** A row of the table, as it should be or as it was. */
  record Row(
      String operation,
      String through,
      String before,
      String returns,
      String value,
      String events,
      String statistics,
      String writer,
      String loader,
      String expiry) {
    static Row parse(String line) {
      String[] cells =
          Arrays.stream(line.split("\\|", -1)).map(String::strip).toArray(String[]::new);
      return new Row(
          cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7], cells[8],
          cells[9]);
    }

    boolean holds(boolean readThrough) {
      return through.isEmpty() || through.equals(readThrough ? "yes" : "no");
    }
  }

  /** Each row with and without read-through, and with reads that do and don't postpone expiry. */
  @TestFactory
  Stream<DynamicTest> everyOperationDoesWhatTheSpecificationSays() {
    CacheManager manager = provider.getCacheManager(directory.toUri(), null);
    List<DynamicTest> tests = new ArrayList<>();
    for (Row row : rows()) {
      for (boolean readThrough : List.of(false, true)) {
        for (boolean postponing : List.of(false, true)) {
          if (row.holds(readThrough)) {
            tests.add(
                dynamicTest(
                    row.operation()
                        + " "
                        + row.before()
                        + (readThrough ? ", through" : "")
                        + (postponing ? ", postponing" : ""),
                    () ->
                        assertThat(carriedOut(row, readThrough, postponing, manager))
                            .isEqualTo(row)));
          }
        }
      }
    }
    return tests.stream();
  }

  static List<Row> rows() {
    return TABLE.lines().skip(1).filter(line -> !line.isBlank()).map(Row::parse).toList();
  }

  private static Row carriedOut(
      Row row, boolean readThrough, boolean postponing, CacheManager manager) throws Exception {
    Recorder recorder = new Recorder();
    return carriedOut(
        row,
        manager,
        recorder,
        recorder.configuration().setReadThrough(readThrough),
        cache -> {
          prepare(cache, row.before(), recorder);
          recorder.access = postponing ? Duration.ONE_HOUR : null;
          recorder.update = postponing ? Duration.ONE_HOUR : null;
        });
  }

  /**
   * A row as it was.
   *
   * @param prepare brings the entry into the state that it is to be found in
   */
  static Row carriedOut(
      Row row,
      CacheManager manager,
      Recorder recorder,
      MutableConfiguration<String, String> configuration,
      Consumer<Cache<String, String>> prepare)
      throws Exception {
    Cache<String, String> cache = manager.createCache("table", configuration);
    try {
      prepare.accept(cache);
      recorder.forget();
      CacheStatisticsMXBean statistics = statistics();
      statistics.clear();
      String returned = returned(cache, row.operation());
      Row done =
          new Row(
              row.operation(),
              row.through(),
              row.before(),
              returned,
              "",
              String.join(", ", recorder.events),
              counted(statistics),
              String.join(", ", recorder.writes),
              String.join(", ", recorder.loads),
              String.join(" ", recorder.expiries));
      return withValue(done, valueIn(cache, configuration.getExpiryPolicyFactory()));
    } finally {
      manager.destroyCache("table");
    }
  }

  private static void prepare(Cache<String, String> cache, String state, Recorder recorder) {
    if (state.equals("expired")) {
      recorder.creation = new Duration(TimeUnit.MILLISECONDS, 1);
    }
    if (!state.equals("absent")) {
      cache.put("k", "old");
    }
    recorder.creation = Duration.ETERNAL;
    while (state.equals("expired") && cache.containsKey("k")) {
      Thread.onSpinWait();
    }
  }

  private static Row withValue(Row row, String value) {
    return new Row(
        row.operation,
        row.through,
        row.before,
        row.returns,
        value,
        row.events,
        row.statistics,
        row.writer,
        row.loader,
        row.expiry);
  }

  /** What another manager finds. */
  private static String valueIn(
      Cache<String, String> cache, Factory<? extends ExpiryPolicy> expiry) {
    CacheManager manager = cache.getCacheManager();
    try (PersiDictCachingProvider other = new PersiDictCachingProvider()) {
      String value =
          other
              .getCacheManager(manager.getURI(), null, manager.getProperties())
              .createCache(
                  "table",
                  new MutableConfiguration<String, String>()
                      .setTypes(String.class, String.class)
                      .setExpiryPolicyFactory(expiry))
              .get("k");
      assertThat(cache.containsKey("k")).isEqualTo(value != null);
      return value == null ? "" : value;
    }
  }

  private static CacheStatisticsMXBean statistics() throws Exception {
    var server = ManagementFactory.getPlatformMBeanServer();
    ObjectName name = new ObjectName("javax.cache:type=CacheStatistics,Cache=table,*");
    return JMX.newMXBeanProxy(
        server, server.queryNames(name, null).iterator().next(), CacheStatisticsMXBean.class);
  }

  private static String counted(CacheStatisticsMXBean statistics) {
    assertThat(statistics.getCacheEvictions()).isZero();
    Map<String, Long> counts = new TreeMap<>();
    counts.put("1 hit", statistics.getCacheHits());
    counts.put("2 miss", statistics.getCacheMisses());
    counts.put("3 put", statistics.getCachePuts());
    counts.put("4 removal", statistics.getCacheRemovals());
    List<String> told = new ArrayList<>();
    counts.forEach(
        (what, count) -> {
          for (long i = 0; i < count; i++) {
            told.add(what.substring(2));
          }
        });
    return String.join(" ", told);
  }

  // ---- operations

  private static String returned(Cache<String, String> cache, String operation) {
    try {
      if (operation.startsWith("invoke")) {
        List<String> steps = List.of(operation.split(" "));
        EntryProcessor<String, String, Object> processor =
            (entry, arguments) -> process(entry, steps.subList(1, steps.size()));
        return steps.get(0).equals("invoke")
            ? String.valueOf(cache.invoke("k", processor))
            : results(cache.invokeAll(Set.of("k"), processor));
      }
      return String.valueOf(OPERATIONS.get(operation).apply(cache));
    } catch (EntryProcessorException e) {
      return e.getClass().getSimpleName();
    }
  }

  /** The result of the last step. */
  private static Object process(MutableEntry<String, String> entry, List<String> steps) {
    Object result = null;
    for (String step : steps) {
      result =
          switch (step) {
            case "exists" -> entry.exists();
            case "get" -> entry.getValue();
            case "set" -> {
              entry.setValue("new");
              yield null;
            }
            case "remove" -> {
              entry.remove();
              yield null;
            }
            case "fail" -> throw new IllegalArgumentException("on purpose");
            default -> throw new AssertionError(step);
          };
    }
    return result;
  }

  private static String results(Map<String, EntryProcessorResult<Object>> results) {
    Map<String, Object> values = new TreeMap<>();
    results.forEach(
        (key, result) -> {
          try {
            values.put(key, result.get());
          } catch (EntryProcessorException e) {
            values.put(key, e.getClass().getSimpleName());
          }
        });
    return values.toString();
  }

  private static List<String> iterate(Cache<String, String> cache, boolean removing) {
    List<String> entries = new ArrayList<>();
    for (Iterator<Cache.Entry<String, String>> i = cache.iterator(); i.hasNext(); ) {
      Cache.Entry<String, String> entry = i.next();
      entries.add(entry.getKey() + "=" + entry.getValue());
      if (removing) {
        i.remove();
      }
    }
    return entries;
  }

  private static Object loadAll(Cache<String, String> cache, boolean replacing) {
    CompletionListenerFuture loaded = new CompletionListenerFuture();
    cache.loadAll(Set.of("k"), replacing, loaded);
    try {
      return loaded.get(5, TimeUnit.MINUTES);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static Function<Cache<String, String>, Object> returningNull(
      Consumer<Cache<String, String>> operation) {
    return cache -> {
      operation.accept(cache);
      return null;
    };
  }
}
