package io.persidict.jcache;

import io.persidict.ConsistencyChecks;
import io.persidict.maintenance.StoreMaintenance;
import io.persidict.maintenance.StoreRound;
import java.lang.management.ManagementFactory;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToLongFunction;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.management.CacheMXBean;
import javax.management.InstanceAlreadyExistsException;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/**
 * The MXBeans of one cache. Their names are as JSR-107 section 12 gives them: a dot stands for each
 * character that has a meaning in an object name. Where another open cache has that name already,
 * the cache's own name stands there in quotes.
 */
final class Management implements AutoCloseable {
  static final String CONFIGURATION = "javax.cache:type=CacheConfiguration";
  static final String STATISTICS = "javax.cache:type=CacheStatistics";
  static final String CHECKS = "io.persidict:type=ConsistencyChecks";

  static final String STORE = "io.persidict:type=Store";

  private final Cache<?, ?> cache;
  private final MBeanServer server = ManagementFactory.getPlatformMBeanServer();
  private final Map<String, ObjectName> shown = new HashMap<>();

  Management(Cache<?, ?> cache) {
    this.cache = cache;
  }

  /** Shows {@code bean} as the {@code type} of the cache, in place of an earlier one. */
  synchronized void show(String type, Object bean) {
    hide(type);
    String name = cache.getName();
    try {
      if (!register(type, bean, safe(name))) {
        for (int i = 1; !register(type, bean, ObjectName.quote(i == 1 ? name : name + " " + i)); ) {
          i++;
        }
      }
    } catch (JMException e) {
      throw new CacheException("cannot show the " + type + " of cache " + name, e);
    }
  }

  private boolean register(String type, Object bean, String name) throws JMException {
    String manager = safe(cache.getCacheManager().getURI().toString());
    try {
      ObjectName registered =
          server
              .registerMBean(
                  bean, new ObjectName(type + ",CacheManager=" + manager + ",Cache=" + name))
              .getObjectName();
      shown.put(type, registered);
      return true;
    } catch (InstanceAlreadyExistsException e) {
      return false;
    }
  }

  /** Takes down what is shown as the {@code type} of the cache, if anything is. */
  synchronized void hide(String type) {
    ObjectName name = shown.remove(type);
    if (name != null) {
      try {
        server.unregisterMBean(name);
      } catch (InstanceNotFoundException e) {
        // taken down by somebody else
      } catch (JMException e) {
        throw new CacheException("cannot take down " + name, e);
      }
    }
  }

  /** Takes down all that is shown of the cache. */
  @Override
  public synchronized void close() {
    List.copyOf(shown.keySet()).forEach(this::hide);
  }

  private static String safe(String text) {
    return text.replaceAll("[,:=\\n\"*?]", ".");
  }

  /** The comparisons of a cache as JMX shows them. */
  record ChecksBean(ConsistencyChecks checks) implements ConsistencyChecksMXBean {
    @Override
    public long getChecksAttempted() {
      return checks.attempted();
    }

    @Override
    public long getChecksPassed() {
      return checks.passed();
    }

    @Override
    public long getChecksFailed() {
      return checks.failed();
    }
  }

  /** The store of a cache as JMX shows it. */
  record StoreBean(StoreMaintenance maintenance) implements StoreMXBean {
    private long last(ToLongFunction<StoreRound> what) {
      return maintenance.last().map(what::applyAsLong).orElse(0L);
    }

    @Override
    public long getEntries() {
      return maintenance.entries();
    }

    @Override
    public long getBytes() {
      return maintenance.bytes();
    }

    @Override
    public long getMaxEntries() {
      return maintenance.limits().maxEntries().orElse(-1);
    }

    @Override
    public long getMaxBytes() {
      return maintenance.limits().maxBytes().orElse(-1);
    }

    @Override
    public @Nullable Date getLastRound() {
      return maintenance.last().map(round -> Date.from(round.began())).orElse(null);
    }

    @Override
    public long getLastRoundMillis() {
      return last(round -> round.took().toMillis());
    }

    @Override
    public long getLastRoundExpired() {
      return last(StoreRound::expired);
    }

    @Override
    public long getLastRoundEvicted() {
      return last(StoreRound::evicted);
    }

    @Override
    public long getLastRoundLeftovers() {
      return last(StoreRound::leftovers);
    }
  }

  /**
   * The configuration of a cache as JMX shows it.
   *
   * @param configuration as it is now; statistics and management may be switched later
   */
  record ConfigurationBean(CompleteConfiguration<?, ?> configuration) implements CacheMXBean {
    @Override
    public String getKeyType() {
      return configuration.getKeyType().getName();
    }

    @Override
    public String getValueType() {
      return configuration.getValueType().getName();
    }

    @Override
    public boolean isReadThrough() {
      return configuration.isReadThrough();
    }

    @Override
    public boolean isWriteThrough() {
      return configuration.isWriteThrough();
    }

    @Override
    public boolean isStoreByValue() {
      return configuration.isStoreByValue();
    }

    @Override
    public boolean isStatisticsEnabled() {
      return configuration.isStatisticsEnabled();
    }

    @Override
    public boolean isManagementEnabled() {
      return configuration.isManagementEnabled();
    }
  }
}
