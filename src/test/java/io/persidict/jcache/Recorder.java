package io.persidict.jcache;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.cache.Cache;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.Duration;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;

/** A listener, writer, loader and expiry policy that write down what they are called with. */
class Recorder
    implements CacheEntryCreatedListener<String, String>,
        CacheEntryUpdatedListener<String, String>,
        CacheEntryRemovedListener<String, String>,
        CacheEntryExpiredListener<String, String>,
        CacheLoader<String, String>,
        ExpiryPolicy {
  final List<String> events = new CopyOnWriteArrayList<>();
  final List<String> writes = new CopyOnWriteArrayList<>();
  final List<String> loads = new CopyOnWriteArrayList<>();
  final List<String> expiries = new CopyOnWriteArrayList<>();

  volatile Duration creation = Duration.ETERNAL;
  volatile Duration access;
  volatile Duration update;

  /** A configuration with all of them, write-through and counted. */
  MutableConfiguration<String, String> configuration() {
    return new MutableConfiguration<String, String>()
        .setTypes(String.class, String.class)
        .setStatisticsEnabled(true)
        .setWriteThrough(true)
        .setCacheWriterFactory(() -> new Writer())
        .setCacheLoaderFactory(() -> this)
        .setExpiryPolicyFactory(() -> this)
        .addCacheEntryListenerConfiguration(
            new MutableCacheEntryListenerConfiguration<>(() -> this, null, true, true));
  }

  void forget() {
    List.of(events, writes, loads, expiries).forEach(List::clear);
  }

  // ---- listener

  @Override
  public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> created) {
    record("created", created);
  }

  @Override
  public void onUpdated(Iterable<CacheEntryEvent<? extends String, ? extends String>> updated) {
    record("updated", updated);
  }

  @Override
  public void onRemoved(Iterable<CacheEntryEvent<? extends String, ? extends String>> removed) {
    record("removed", removed);
  }

  @Override
  public void onExpired(Iterable<CacheEntryEvent<? extends String, ? extends String>> expired) {
    record("expired", expired);
  }

  /** As {@code updated k:old>new}, without the old value where there is none. */
  private void record(
      String call, Iterable<CacheEntryEvent<? extends String, ? extends String>> told) {
    for (CacheEntryEvent<? extends String, ? extends String> event : told) {
      if (!event.getEventType().name().equalsIgnoreCase(call)
          || event.isOldValueAvailable() != (event.getOldValue() != null)) {
        throw new AssertionError(event);
      }
      String old = event.isOldValueAvailable() ? event.getOldValue() + ">" : "";
      events.add(call + " " + event.getKey() + ":" + old + event.getValue());
    }
  }

  // ---- loader

  @Override
  public String load(String key) {
    loads.add("load " + key);
    return "loaded";
  }

  @Override
  public Map<String, String> loadAll(Iterable<? extends String> keys) {
    TreeSet<String> asked = new TreeSet<>();
    keys.forEach(asked::add);
    loads.add("loadAll " + asked);
    Map<String, String> loaded = new LinkedHashMap<>();
    asked.forEach(key -> loaded.put(key, "loaded"));
    return loaded;
  }

  // ---- writer

  final class Writer implements CacheWriter<String, String> {
    @Override
    public void write(Cache.Entry<? extends String, ? extends String> entry) {
      writes.add("write " + entry.getKey() + ":" + entry.getValue());
    }

    @Override
    public void writeAll(Collection<Cache.Entry<? extends String, ? extends String>> entries) {
      List<String> written = new ArrayList<>();
      entries.forEach(entry -> written.add(entry.getKey() + ":" + entry.getValue()));
      writes.add("writeAll " + new TreeSet<>(written));
      entries.clear();
    }

    @Override
    public void delete(Object key) {
      writes.add("delete " + key);
    }

    @Override
    public void deleteAll(Collection<?> keys) {
      writes.add("deleteAll " + new TreeSet<>(keys));
      keys.clear();
    }
  }

  // ---- expiry policy

  @Override
  public Duration getExpiryForCreation() {
    expiries.add("creation");
    return creation;
  }

  @Override
  public Duration getExpiryForAccess() {
    expiries.add("access");
    return access;
  }

  @Override
  public Duration getExpiryForUpdate() {
    expiries.add("update");
    return update;
  }
}
