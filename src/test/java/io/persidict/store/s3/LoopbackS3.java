package io.persidict.store.s3;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.persidict.store.s3.LoopbackBucket.Thing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An S3 server on the loopback address, whose conditions are atomic, and which misbehaves as {@link
 * Mischief} says. As strict as the strictest known: it refuses bodies in chunks, bodies that are
 * not those that were signed, and quoted ETags in conditions of a PUT. Keeps what it is given in
 * memory, counts requests, and checks region, clock and whether a bucket is forbidden, but no
 * signature.
 */
public final class LoopbackS3 implements AutoCloseable {
  static {
    // Otherwise small answers wait for the client's delayed acknowledgements.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    System.setProperty("sun.net.httpserver.maxIdleConnections", "1000");
  }

  /** The region that requests must be signed for. */
  public static final String REGION = "us-east-1";

  final ConcurrentMap<String, LoopbackBucket> buckets = new ConcurrentHashMap<>();
  final Set<String> forbidden = ConcurrentHashMap.newKeySet();
  private final Mischief mischief = new Mischief();
  private final HttpServer server;
  private final ExecutorService executor = Executors.newCachedThreadPool();
  private final Map<String, AtomicInteger> counts = new ConcurrentHashMap<>();
  private final AtomicLong bytesRead = new AtomicLong();
  private final AtomicInteger inFlight = new AtomicInteger();
  private final AtomicInteger mostInFlight = new AtomicInteger();
  private final Set<InetSocketAddress> clients = ConcurrentHashMap.newKeySet();
  private final Set<Quirk> quirks = ConcurrentHashMap.newKeySet();
  private volatile boolean conditionalDelete;
  private volatile Duration clockOffset = Duration.ZERO;

  public LoopbackS3() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1000);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(executor);
    server.createContext("/", this::handle);
    server.start();
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /** From now on, differs from AWS in that way. */
  public void adopt(Quirk quirk) {
    quirks.add(quirk);
  }

  /** From now on, differs from AWS in no way. */
  public void adoptNone() {
    quirks.clear();
  }

  boolean has(Quirk quirk) {
    return quirks.contains(quirk);
  }

  /** Makes an empty bucket. */
  public void createBucket(String name) {
    buckets.put(name, new LoopbackBucket());
  }

  /** Makes a bucket that answers every request with AccessDenied. */
  public void createForbiddenBucket(String name) {
    createBucket(name);
    forbidden.add(name);
  }

  /** Whether {@code If-Match} on DELETE is honoured; it is ignored unless set. */
  public void honourConditionalDeletes() {
    conditionalDelete = true;
  }

  boolean honoursConditionalDeletes() {
    return conditionalDelete;
  }

  /** Moves this server's clock. */
  public void setClockOffset(Duration offset) {
    clockOffset = offset;
  }

  public void advanceClock(Duration step) {
    clockOffset = clockOffset.plus(step);
  }

  /** Puts an object into a bucket, as a program without this library would. */
  public void put(String bucket, String key, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    buckets
        .get(bucket)
        .put(
            key,
            new LoopbackBucket.Thing(bytes, LoopbackBucket.md5(bytes), now(), Map.of()),
            current -> true);
  }

  /** The keys of all objects in a bucket, in order. */
  public List<String> keys(String bucket) {
    return List.copyOf(buckets.get(bucket).list("", "").keySet());
  }

  /** Makes everything in a bucket that much older. */
  public void age(String bucket, Duration by) {
    buckets.get(bucket).age(by);
  }

  /** Deletes what a lifecycle rule for a prefix and an age would delete. */
  public void expire(String bucket, String prefix, Duration age) {
    LoopbackBucket objects = buckets.get(bucket);
    objects
        .list(prefix, "")
        .forEach(
            (key, thing) -> {
              if (!thing.lastModified().isAfter(now().minus(age))) {
                objects.delete(key, current -> true);
              }
            });
  }

  Instant now() {
    return Instant.now().plus(clockOffset);
  }

  /** What goes wrong here. */
  public Mischief mischief() {
    return mischief;
  }

  /** How many requests of each kind were made, by S3's names such as {@code GetObject}. */
  public Map<String, Integer> counts() {
    Map<String, Integer> all = new TreeMap<>();
    counts.forEach((operation, count) -> all.put(operation, count.get()));
    return all;
  }

  /** How many bytes of objects were sent. */
  public long bytesRead() {
    return bytesRead.get();
  }

  /** How many requests were answered at once, at most. */
  public int mostInFlight() {
    return mostInFlight.get();
  }

  /** Forgets what was counted. */
  public void resetCounts() {
    counts.clear();
    bytesRead.set(0);
    mostInFlight.set(0);
    clients.clear();
  }

  /** How many connections there have been since the counts were reset. */
  public int connections() {
    return clients.size();
  }

  private void handle(HttpExchange http) {
    clients.add(http.getRemoteAddress());
    mostInFlight.accumulateAndGet(inFlight.incrementAndGet(), Math::max);
    try {
      S3Request request = S3Request.read(http);
      counts.computeIfAbsent(request.operation(), none -> new AtomicInteger()).incrementAndGet();
      Map<String, Optional<Thing>> before = unconditionallyChanged(request);
      S3Answer answer = mischief.around(request, () -> answer(request, before));
      if (request.operation().equals("GetObject")) {
        bytesRead.addAndGet(answer.body().length);
      }
      Quirks.applied(quirks, request, answer).send(http);
    } catch (IOException e) {
      http.close();
    } finally {
      inFlight.decrementAndGet();
    }
  }

  /** What lies where a request without a condition is to change something; perhaps to be lost. */
  private Map<String, Optional<Thing>> unconditionallyChanged(S3Request request) {
    Map<String, Optional<Thing>> before = new HashMap<>();
    LoopbackBucket bucket = buckets.get(request.bucket());
    if (has(Quirk.LOSES_UNCONDITIONAL) && bucket != null) {
      S3Answers.unconditionallyChanged(request).forEach(key -> before.put(key, bucket.get(key)));
    }
    return before;
  }

  private S3Answer answer(S3Request request, Map<String, Optional<Thing>> before) {
    try {
      return S3Answers.answer(this, request, before).with("x-amz-request-id", "1");
    } catch (S3Answer.Refusal e) {
      return e.answer();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    executor.shutdownNow();
  }
}
