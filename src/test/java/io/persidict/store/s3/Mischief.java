package io.persidict.store.s3;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

/** What goes wrong on a server: what was ordered for the next requests, or by chance. */
public final class Mischief {
  /** A way in which a request goes wrong. */
  public enum Fault {
    /** None; for orders. */
    NONE,
    /** 409 to a conditional write, which is not carried out. */
    CONFLICT,
    /** 503 SlowDown; the request is not carried out. */
    SLOW_DOWN,
    /** 500 where the answer would have been 412. */
    ERROR_FOR_LOST,
    /** 500 after a write was carried out. */
    ERROR_AFTER_COMMIT,
    /** The answer takes its time. */
    DELAY,
    /** The connection ends before the request is carried out. */
    RESET_BEFORE,
    /** The connection ends after that, without an answer. */
    RESET_AFTER,
    /** The body of an answer ends in the middle. */
    TRUNCATED
  }

  private final Map<Fault, Double> chances = new EnumMap<>(Fault.class);
  private final Queue<Fault> orders = new ArrayDeque<>();
  private Random random = new Random(1);
  private long delayMillis = 5;
  private Runnable beforeNext = () -> {};
  private Runnable afterNext = () -> {};
  private final Queue<S3Answer> instead = new ArrayDeque<>();
  private final Set<String> undeletable = new HashSet<>();
  private final Set<String> unreadable = new HashSet<>();

  /** From now on, {@code fault} befalls a request to which it applies with this probability. */
  public synchronized void befall(Fault fault, double probability) {
    chances.put(fault, probability);
  }

  /** Everything that can go wrong does so, each with this probability; reproducible by its seed. */
  public synchronized void everything(double probability, long seed) {
    random = new Random(seed);
    for (Fault fault : Fault.values()) {
      chances.put(fault, fault == Fault.NONE ? 0 : probability);
    }
  }

  /** Orders what befalls the next requests, one each. */
  public synchronized void next(Fault... faults) {
    orders.addAll(java.util.List.of(faults));
  }

  /** Orders what befalls one of the next requests, which are counted from 0. */
  public synchronized void nth(int request, Fault fault) {
    orders.addAll(Collections.nCopies(request, Fault.NONE));
    orders.add(fault);
  }

  /** Forgets what was ordered and has not happened. */
  public synchronized void forgetOrders() {
    orders.clear();
    instead.clear();
    beforeNext = () -> {};
    afterNext = () -> {};
  }

  /** How long a delayed answer takes. */
  public synchronized void delay(long millis) {
    delayMillis = millis;
  }

  /** Has somebody else act right after the next request came in, before it is carried out. */
  public synchronized void beforeNext(Runnable action) {
    beforeNext = action;
  }

  /** Has the next batch that is to delete {@code key} fail to delete that one. */
  public synchronized void failToDelete(String key) {
    undeletable.add(key);
  }

  /** Has whoever reads {@code key} refused from now on, as of what lies in an archive. */
  public synchronized void refuseToRead(String key) {
    unreadable.add(key);
  }

  /** Has the next requests, which are not carried out, answered in that way, one each. */
  synchronized void answerInstead(S3Answer... answers) {
    instead.addAll(java.util.List.of(answers));
  }

  private synchronized S3Answer takeInstead() {
    return instead.poll();
  }

  synchronized boolean refusesToDelete(String key) {
    return undeletable.remove(key);
  }

  synchronized boolean refusesToRead(String key) {
    return unreadable.contains(key);
  }

  private synchronized Runnable takeBeforeNext() {
    Runnable action = beforeNext;
    beforeNext = () -> {};
    return action;
  }

  /** Has somebody else act right after the next request is carried out, before it is answered. */
  public synchronized void afterNext(Runnable action) {
    afterNext = action;
  }

  private synchronized Set<Fault> draw() {
    Set<Fault> drawn = EnumSet.noneOf(Fault.class);
    Fault ordered = orders.poll();
    if (ordered != null) {
      drawn.add(ordered);
    } else {
      chances.forEach(
          (fault, chance) -> {
            if (random.nextDouble() < chance) {
              drawn.add(fault);
            }
          });
    }
    return drawn;
  }

  private synchronized Runnable takeAfterNext() {
    Runnable action = afterNext;
    afterNext = () -> {};
    return action;
  }

  S3Answer around(S3Request request, Supplier<S3Answer> carryOut) {
    S3Answer other = takeInstead();
    if (other != null) {
      return other;
    }
    Set<Fault> faults = draw();
    Runnable after = takeAfterNext();
    takeBeforeNext().run();
    if (faults.contains(Fault.DELAY)) {
      sleep();
    }
    if (request.isConditionalWrite() && faults.contains(Fault.CONFLICT)) {
      return S3Answer.error(409, "ConditionalRequestConflict", "Please try again.");
    }
    if (faults.contains(Fault.SLOW_DOWN)) {
      return S3Answer.error(503, "SlowDown", "Please reduce your request rate.");
    }
    if (faults.contains(Fault.RESET_BEFORE)) {
      return S3Answer.of(0).delivered(S3Answer.Delivery.NOTHING);
    }
    S3Answer answer = carryOut.get();
    after.run();
    boolean lost = answer.status() == 412;
    if (faults.contains(lost ? Fault.ERROR_FOR_LOST : Fault.ERROR_AFTER_COMMIT)
        && request.isWrite()) {
      return S3Answer.error(500, "InternalError", "We encountered an internal error.");
    }
    if (faults.contains(Fault.RESET_AFTER)) {
      return answer.delivered(S3Answer.Delivery.NOTHING);
    }
    if (answer.body().length > 1 && faults.contains(Fault.TRUNCATED)) {
      return answer.delivered(S3Answer.Delivery.HALF_OF_THE_BODY);
    }
    return answer;
  }

  private void sleep() {
    long millis;
    synchronized (this) {
      millis = delayMillis;
    }
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
