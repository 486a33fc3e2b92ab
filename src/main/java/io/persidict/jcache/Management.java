package io.persidict.jcache;

import java.lang.management.ManagementFactory;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.management.CacheMXBean;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.jspecify.annotations.Nullable;

/** The two MXBeans of a cache and their names, as JSR-107 section 12 gives them. */
final class Management {
  static final String CONFIGURATION = "CacheConfiguration";
  static final String STATISTICS = "CacheStatistics";

  private Management() {}

  /** Shows {@code bean} as the {@code type} of {@code cache}, or takes it down where it is null. */
  static void show(Cache<?, ?> cache, String type, @Nullable Object bean) {
    MBeanServer server = ManagementFactory.getPlatformMBeanServer();
    try {
      ObjectName name = name(cache, type);
      if (server.isRegistered(name)) {
        server.unregisterMBean(name);
      }
      if (bean != null) {
        server.registerMBean(bean, name);
      }
    } catch (JMException e) {
      throw new CacheException("cannot show the " + type + " of cache " + cache.getName(), e);
    }
  }

  private static ObjectName name(Cache<?, ?> cache, String type) throws JMException {
    return new ObjectName(
        "javax.cache:type="
            + type
            + ",CacheManager="
            + safe(cache.getCacheManager().getURI().toString())
            + ",Cache="
            + safe(cache.getName()));
  }

  /** The text with a dot for each character that has a meaning in an object name. */
  private static String safe(String text) {
    return text.replaceAll("[,:=\\n\"*?]", ".");
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
