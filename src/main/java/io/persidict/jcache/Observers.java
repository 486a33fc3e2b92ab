package io.persidict.jcache;

import io.persidict.metrics.Counting;
import io.persidict.metrics.ManagerCounters;
import io.persidict.metrics.RequestCounts;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;

/** Those who want to know of a manager's caches, and what there is to know. */
final class Observers implements ManagerCounters {
  private final RequestCounts requests;
  private final boolean isRemote;

  /** The caches that are open. Guarded by this. */
  private final Map<String, Counting> open = new LinkedHashMap<>();

  /** Guarded by this. */
  private final Set<Observer> observers = new LinkedHashSet<>();

  Observers(RequestCounts requests, boolean isRemote) {
    this.requests = requests;
    this.isRemote = isRemote;
  }

  synchronized void opened(String name, Counting counting) {
    open.put(name, counting);
    observers.forEach(observer -> observer.opened(name, counting.begin()));
  }

  synchronized void closed(String name, Counting counting) {
    if (open.remove(name, counting)) {
      observers.forEach(observer -> observer.closed(name));
    }
  }

  @Override
  public synchronized Observation observe(Observer observer) {
    open.forEach((name, counting) -> observer.opened(name, counting.begin()));
    observers.add(observer);
    return () -> {
      synchronized (this) {
        observers.remove(observer);
      }
    };
  }

  @Override
  public boolean isRemote() {
    return isRemote;
  }

  @Override
  public Map<Request, Long> requests() {
    return requests.requests();
  }

  @Override
  public long retries() {
    return requests.retries();
  }
}
