package io.persidict.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Values of which the server takes no more at some point, or takes them slowly. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server takes its time on purpose")
final class StalledUploadTest {
  private static final String NAME = "name.bin";
  private static final Pattern LENGTH = Pattern.compile("(?i)content-length: ([0-9]+)");
  private static final int STEP = 1 << 18;
  private static final long SLOW = 16 << 20;

  /** More than the sockets take that nobody reads from. */
  private static final byte[] VALUE = new byte[24 << 20];

  private final ServerSocket server = new ServerSocket();
  private final Queue<Socket> accepted = new ConcurrentLinkedQueue<>();
  private final CountDownLatch bodyBegun = new CountDownLatch(1);
  private final AtomicInteger uploads = new AtomicInteger();
  private volatile boolean hesitates;

  StalledUploadTest() throws IOException {
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test-secret");
  }

  /** What the server does with a body. */
  private interface Receiver {
    void take(InputStream body, long length) throws IOException, InterruptedException;
  }

  @BeforeEach
  void bind() throws IOException {
    server.setReceiveBufferSize(1 << 16);
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() throws IOException {
    server.close();
    for (Socket each : accepted) {
      each.close();
    }
  }

  private S3Store open(Duration timeout, Receiver receiver) {
    return server(timeout, receiver).open("bucket", "", false);
  }

  private S3Server server(Duration timeout, Receiver receiver) {
    daemon(
        () -> {
          while (true) {
            Socket socket = server.accept();
            accepted.add(socket);
            daemon(() -> serve(socket, receiver));
          }
        });
    URI endpoint = URI.create("http://127.0.0.1:" + server.getLocalPort());
    return S3Server.at(endpoint).region(LoopbackS3.REGION).timeout(timeout);
  }

  private interface Work {
    void run() throws IOException, InterruptedException;
  }

  private static void daemon(Work work) {
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IOException | InterruptedException e) {
                // the connection has ended
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void serve(Socket socket, Receiver receiver) throws IOException, InterruptedException {
    InputStream in = socket.getInputStream();
    for (String head = head(in); !head.isEmpty(); head = head(in)) {
      if (head.startsWith("PUT")) {
        if (head.contains("100-continue")) {
          for (int i = 0; hesitates && i < 400; i++) {
            send(socket, "102 Processing", "");
            Thread.sleep(50);
          }
          send(socket, "100 Continue", "");
        }
        bodyBegun.countDown();
        Matcher length = LENGTH.matcher(head);
        receiver.take(in, length.find() ? Long.parseLong(length.group(1)) : 0);
        send(socket, "200 OK\r\nETag: \"e\"\r\nContent-Length: 0", "");
      } else if (head.startsWith("POST")) {
        Matcher length = LENGTH.matcher(head);
        in.readNBytes(length.find() ? Integer.parseInt(length.group(1)) : 0);
        if (head.contains("?uploads")) {
          uploads.incrementAndGet();
          String begun = "<Upload><UploadId>1</UploadId></Upload>";
          send(socket, "200 OK\r\nContent-Length: " + begun.length(), begun);
        } else {
          complete(socket);
        }
      } else if (head.contains(NAME)) {
        String absent = head.startsWith("HEAD") ? "" : "<Error><Code>NoSuchKey</Code></Error>";
        send(socket, "404 Not Found\r\nContent-Length: " + absent.length(), absent);
      } else {
        String none = "<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>";
        send(socket, "200 OK\r\nContent-Length: " + none.length(), none);
      }
    }
  }

  /** As AWS does, which sends spaces while it puts the parts together. */
  private static void complete(Socket socket) throws IOException, InterruptedException {
    String all = "<All><Key>" + NAME + "</Key><ETag>\"e\"</ETag></All>";
    send(socket, "200 OK\r\nContent-Length: " + (50 + all.length()), "");
    for (int i = 0; i < 50; i++) {
      Thread.sleep(100);
      socket.getOutputStream().write(' ');
    }
    socket.getOutputStream().write(all.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** The next request as far as its body, or nothing. */
  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    for (int next = in.read(); next >= 0; next = in.read()) {
      head.append((char) next);
      if (head.indexOf("\r\n\r\n", head.length() - 4) >= 0) {
        return head.toString();
      }
    }
    return "";
  }

  private static void send(Socket socket, String head, String body) throws IOException {
    socket
        .getOutputStream()
        .write(("HTTP/1.1 " + head + "\r\n\r\n" + body).getBytes(StandardCharsets.ISO_8859_1));
  }

  /**
   * A thread that writes cannot be interrupted; it learns of it afterwards, and of nothing else.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anUploadOfWhichNoMoreIsTakenIsGivenUp(boolean interrupted) throws Exception {
    S3Store store =
        open(
            Duration.ofSeconds(3),
            (body, length) -> {
              body.readNBytes(STEP);
              new CountDownLatch(1).await();
            });
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    AtomicBoolean pending = new AtomicBoolean();
    Thread writer =
        new Thread(
            () -> {
              try {
                store.put(NAME, VALUE, Precondition.absent());
              } catch (Throwable e) {
                thrown.set(e);
              }
              pending.set(Thread.interrupted());
            });
    writer.start();
    bodyBegun.await();
    if (interrupted) {
      writer.interrupt();
    }
    writer.join(Duration.ofMinutes(5).toMillis());
    assertThat(writer.isAlive()).isFalse();
    assertThat(thrown.get())
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("no answer within")
        .hasMessageContaining("it is not known whether that took effect");
    assertThat(pending.get()).isEqualTo(interrupted);
    store.close();
  }

  /** For longer than the timeout, in which there is a sign of life now and then. */
  @Test
  void anUploadInPartsThatTheServerTakesItsTimeToPutTogetherIsNotGivenUp() {
    Receiver all = (body, length) -> body.readNBytes((int) length);
    try (S3Store store =
        server(Duration.ofSeconds(3), all).atomicOverwrite(true).open("bucket", "", false)) {
      assertThat(store.put(NAME, VALUE, Precondition.none())).isInstanceOf(PutResult.Written.class);
      assertThat(uploads).hasValue(1);
    }
  }

  /** And says again and again that it is about to. */
  @Test
  void anUploadWhoseServerDoesNotAskForTheBodyIsGivenUp() {
    Duration timeout = Duration.ofSeconds(1);
    try (S3Store store = open(timeout, (body, length) -> body.readNBytes((int) length))) {
      hesitates = true;
      long begun = System.nanoTime();
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put(NAME, VALUE, Precondition.absent()))
          .withMessageContaining("no answer within");
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(timeout.multipliedBy(10));
    }
  }

  /** For longer than the whole timeout; then the rest at once. */
  @Test
  void anUploadThatIsTakenSlowlyIsNotGivenUp() throws Exception {
    Duration timeout = Duration.ofSeconds(12);
    Queue<Long> taken = new ConcurrentLinkedQueue<>();
    try (S3Store store =
        open(
            timeout,
            (body, length) -> {
              long begun = System.nanoTime();
              long all = 0;
              for (int read = 1; read > 0; all += read) {
                read = body.readNBytes((int) Math.min(STEP, length - all)).length;
                long due = timeout.toNanos() * Math.min(all, SLOW) / SLOW;
                TimeUnit.NANOSECONDS.sleep(begun + due - System.nanoTime());
              }
              taken.add(all);
            })) {
      assertThat(store.put(NAME, VALUE, Precondition.absent()))
          .isInstanceOf(PutResult.Written.class);
      assertThat(taken).containsExactly((long) VALUE.length);
    }
  }
}
