package io.persidict;

import com.google.common.collect.testing.ConcurrentMapTestSuiteBuilder;
import com.google.common.collect.testing.SampleElements;
import com.google.common.collect.testing.TestMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import io.persidict.format.JsonFormat;
import io.persidict.key.DictKey;
import io.persidict.key.KeyLayout;
import io.persidict.store.MemoryStore;
import io.persidict.store.PrefixStore;
import io.persidict.store.Store;
import io.persidict.store.file.Durability;
import io.persidict.store.file.FileStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import junit.framework.TestSuite;
import org.junit.runner.RunWith;
import org.junit.runners.AllTests;

/** Runs Guava's suite for concurrent maps on the view, over memory and over files. */
@RunWith(AllTests.class)
public final class DictMapTest {
  private DictMapTest() {}

  /** Called by the runner, by this name. */
  public static TestSuite suite() {
    TestSuite suite = new TestSuite("asMap()");
    suite.addTest(suite("memory", new MemoryStore()));
    suite.addTest(suite("files", new FileStore(temporary(), Durability.OS)));
    return suite;
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory(Path.of("target"), "asMap");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static TestSuite suite(String name, Store store) {
    return ConcurrentMapTestSuiteBuilder.using(new Generator(store))
        .named(name)
        .withFeatures(
            MapFeature.GENERAL_PURPOSE,
            CollectionFeature.SUPPORTS_ITERATOR_REMOVE,
            CollectionSize.ANY)
        .createTestSuite();
  }

  /** Makes each map below a prefix of its own. */
  private static final class Generator implements TestMapGenerator<DictKey, Object> {
    private final Store store;
    private int made;

    Generator(Store store) {
      this.store = store;
    }

    @Override
    public Map<DictKey, Object> create(Object... entries) {
      Map<DictKey, Object> map =
          PersiDict.over(
                  new PrefixStore(store, "map" + made++ + "/"),
                  new KeyLayout(8, "json"),
                  new JsonFormat<>(Object.class),
                  Object.class)
              .asMap();
      for (Object object : entries) {
        Map.Entry<?, ?> entry = (Map.Entry<?, ?>) object;
        map.put((DictKey) entry.getKey(), entry.getValue());
      }
      return map;
    }

    @Override
    public SampleElements<Map.Entry<DictKey, Object>> samples() {
      return new SampleElements<>(
          Map.entry(DictKey.of("a"), "one"),
          Map.entry(DictKey.of("a", "b"), 2L),
          Map.entry(DictKey.of("A"), List.of(3L)),
          Map.entry(DictKey.of("b", "c"), true),
          Map.entry(DictKey.of("d"), 5.5));
    }

    @Override
    @SuppressWarnings({"unchecked", "rawtypes"})
    public Map.Entry<DictKey, Object>[] createArray(int length) {
      return new Map.Entry[length];
    }

    @Override
    public DictKey[] createKeyArray(int length) {
      return new DictKey[length];
    }

    @Override
    public Object[] createValueArray(int length) {
      return new Object[length];
    }

    @Override
    public Iterable<Map.Entry<DictKey, Object>> order(List<Map.Entry<DictKey, Object>> entries) {
      return entries;
    }
  }
}
