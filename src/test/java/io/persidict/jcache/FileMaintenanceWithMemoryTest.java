package io.persidict.jcache;

import java.util.Properties;

final class FileMaintenanceWithMemoryTest extends FileMaintenanceTest {
  @Override
  Properties properties() {
    Properties properties = new Properties();
    properties.setProperty("persidict.memory.max-entries", "1000");
    return properties;
  }
}
