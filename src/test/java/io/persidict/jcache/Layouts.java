package io.persidict.jcache;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Properties;

/** The layouts that what a cache does must not depend on, for classes that run once in each. */
final class Layouts {
  static final String ENTRY = "entry";
  static final String PLAIN = "plain";

  private Layouts() {}

  /** Skips a test about something that only the layout entry can do. */
  static void assumeEntry(String layout, String what) {
    assumeTrue(layout.equals(ENTRY), "layout " + layout + " refuses " + what);
  }

  /** The settings of a manager whose caches have that layout. */
  static Properties settings(String layout) {
    Properties settings = new Properties();
    settings.setProperty("persidict.layout", layout);
    return settings;
  }
}
