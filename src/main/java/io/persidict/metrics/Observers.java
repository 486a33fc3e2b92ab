package io.persidict.metrics;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.WARNING;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Those who want to know of a manager's caches, and what there is to know. */
public final class Observers implements ManagerCounters {
  private static final System.Logger LOGGER = System.getLogger(Observers.class.getName());

  private final RequestCounts requests;
  private final boolean isRemote;

  /** The caches that are open. Guarded by this. */
  private final Map<String, Counting> open = new LinkedHashMap<>();

  /** Guarded by this. */
  private final Set<Observer> observers = new LinkedHashSet<>();

  /**
   * Nobody yet, and no cache.
   *
   * @param requests of the manager's store
   * @param isRemote whether that is in S3
   */
  public Observers(RequestCounts requests, boolean isRemote) {
    this.requests = requests;
    this.isRemote = isRemote;
  }

  /**
   * A cache was opened.
   *
   * @param name which no other open cache has
   * @param counting turned on if anybody observes
   */
  public synchronized void opened(String name, Counting counting) {
    open.put(name, counting);
    tell(observer -> observer.opened(name, counting.begin()));
  }

  /** What one of them throws keeps nobody from anything. */
  private void tell(Consumer<Observer> news) {
    for (Observer observer : observers) {
      try {
        news.accept(observer);
      } catch (Throwable e) {
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt(); // thrown without being declared
        }
        LOGGER.log(
            WARNING,
            "an observer of caches, {0}, failed with {1}",
            observer.getClass().getName(),
            e.getClass().getName());
        LOGGER.log(DEBUG, "the failure of that observer", e);
      }
    }
  }

  /**
   * A cache was closed; passed over if another one was opened by that name meanwhile.
   *
   * @param name as it was opened
   * @param counting as it was opened
   */
  public synchronized void closed(String name, Counting counting) {
    if (open.remove(name, counting)) {
      tell(observer -> observer.closed(name));
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
