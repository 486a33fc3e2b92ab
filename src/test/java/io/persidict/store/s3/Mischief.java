package io.persidict.store.s3;

import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
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

  /** How long a delayed answer takes. */
  public synchronized void delay(long millis) {
    delayMillis = millis;
  }

  private synchronized boolean strikes(Fault fault) {
    if (!orders.isEmpty()) {
      return orders.peek() == fault;
    }
    return random.nextDouble() < chances.getOrDefault(fault, 0.0);
  }

  private synchronized void orderIsDone() {
    orders.poll();
  }

  S3Answer around(S3Request request, Supplier<S3Answer> carryOut) {
    S3Answer answer = answer(request, carryOut);
    orderIsDone();
    return answer;
  }

  private S3Answer answer(S3Request request, Supplier<S3Answer> carryOut) {
    if (strikes(Fault.DELAY)) {
      sleep();
    }
    if (request.isConditionalWrite() && strikes(Fault.CONFLICT)) {
      return S3Answer.error(409, "ConditionalRequestConflict", "Please try again.");
    }
    if (strikes(Fault.SLOW_DOWN)) {
      return S3Answer.error(503, "SlowDown", "Please reduce your request rate.");
    }
    if (strikes(Fault.RESET_BEFORE)) {
      return S3Answer.of(0).delivered(S3Answer.Delivery.NOTHING);
    }
    S3Answer answer = carryOut.get();
    boolean lost = answer.status() == 412;
    if (lost
        ? strikes(Fault.ERROR_FOR_LOST)
        : request.isWrite() && strikes(Fault.ERROR_AFTER_COMMIT)) {
      return S3Answer.error(500, "InternalError", "We encountered an internal error.");
    }
    if (strikes(Fault.RESET_AFTER)) {
      return answer.delivered(S3Answer.Delivery.NOTHING);
    }
    if (answer.body().length > 1 && strikes(Fault.TRUNCATED)) {
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
