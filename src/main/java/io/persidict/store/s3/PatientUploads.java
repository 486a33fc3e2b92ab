package io.persidict.store.s3;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;

/**
 * Gives a request up whose server has taken nothing of the body for some time, as a socket's
 * timeout does only while it reads. However large the body, it goes on as long as it gets on, which
 * is seen by what the system takes from us: up to some megabytes at once, for it holds as much. A
 * request of which no body is sent, or none yet, is given up after a time of its own, in which it
 * waits for a connection and for the head of an answer, which may trickle.
 *
 * <p>The connection is broken off. The SDK's own timeouts interrupt the thread besides, and then
 * nobody can tell whether somebody else has interrupted it, too.
 */
final class PatientUploads implements SdkHttpClient {
  private final SdkHttpClient client;
  private final Duration patience;
  private final Duration untilAnswer;

  /**
   * @param client closed with this
   * @param patience how long nothing may be taken
   * @param untilAnswer how long a request may take until its body is asked for, or, if it has none,
   *     until its answer's body
   */
  PatientUploads(SdkHttpClient client, Duration patience, Duration untilAnswer) {
    this.client = client;
    this.patience = patience;
    this.untilAnswer = untilAnswer;
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    return request.contentStreamProvider().isPresent()
        ? new Watched(request, request.contentStreamProvider().get())
        : new Watched(request);
  }

  @Override
  public String clientName() {
    return client.clientName();
  }

  @Override
  public void close() {
    client.close();
  }

  /** A request that is given up in time. */
  private final class Watched implements ExecutableHttpRequest, Runnable {
    private final ExecutableHttpRequest request;
    private volatile long lastTaken = System.nanoTime();
    private volatile Duration patience = untilAnswer;
    private volatile boolean givenUp;
    private volatile boolean over;

    /** Of a request without a body. */
    Watched(HttpExecuteRequest whole) {
      request = client.prepareRequest(whole);
    }

    Watched(HttpExecuteRequest whole, ContentStreamProvider body) {
      HttpExecuteRequest.Builder watched =
          HttpExecuteRequest.builder()
              .request(whole.httpRequest())
              .contentStreamProvider(() -> watched(body.newStream()));
      whole.metricCollector().ifPresent(watched::metricCollector);
      request = client.prepareRequest(watched.build());
    }

    /** Notes when it is read from, which is when all that was read before has been taken. */
    private InputStream watched(InputStream body) {
      return new FilterInputStream(body) {
        @Override
        public int read() throws IOException {
          taken();
          return super.read();
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
          taken();
          return super.read(bytes, offset, length);
        }
      };
    }

    private void taken() {
      lastTaken = System.nanoTime();
      patience = PatientUploads.this.patience;
    }

    @Override
    public HttpExecuteResponse call() throws IOException {
      Future<?> looks = Watch.within(PatientUploads.this.patience, this);
      try {
        return request.call();
      } catch (IOException | RuntimeException e) {
        if (!givenUp) {
          throw e;
        }
        IOException stalled =
            new IOException(
                "the server neither took more nor answered for " + patience.toMillis() + " ms");
        stalled.addSuppressed(e);
        throw stalled;
      } finally {
        over = true;
        looks.cancel(false);
      }
    }

    @Override
    public void run() {
      if (over) {
        throw new CancellationException(); // has the executor forget it
      }
      Duration due = patience; // set after lastTaken, so read before it
      if (System.nanoTime() - lastTaken > due.toNanos()) {
        givenUp = true;
        request.abort();
      }
    }

    @Override
    public void abort() {
      request.abort();
    }
  }
}
