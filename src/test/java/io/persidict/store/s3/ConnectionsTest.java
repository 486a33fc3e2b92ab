package io.persidict.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.persidict.store.ETag;
import io.persidict.store.GetResult;
import io.persidict.store.Precondition;
import io.persidict.store.PutResult;
import io.persidict.store.StoreException;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A request that is over leaves its connection to the next one, and nothing else. */
@DisabledIfSystemProperty(
    named = "test.s3.endpoint",
    matches = ".*",
    disabledReason = "only our own server counts connections")
final class ConnectionsTest {
  private static final String NAME = "name.bin";

  private final TestS3 s3 = new TestS3();
  private final S3Store store = s3.open();

  @AfterEach
  void close() {
    store.close();
    s3.close();
  }

  private void answer(S3Answer answer) {
    s3.own().mischief().answerInstead(answer);
  }

  private static S3Answer inChunks(int status, int size) {
    return S3Answer.of(status, Map.of("Transfer-Encoding", "chunked"), new byte[size])
        .with("x-amz-request-id", "1")
        .with("ETag", "\"e\"")
        .with("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1024, 100_000})
  void allRequestsOfAThreadUseOneConnection(int size) {
    s3.own().resetCounts();
    for (int i = 0; i < 3; i++) {
      assertThat(store.read(NAME)).isEmpty();
      assertThat(store.stat(NAME)).isEmpty();
      assertThat(store.put(NAME, new byte[size], Precondition.absent()))
          .isInstanceOf(PutResult.Written.class);
      assertThat(store.put(NAME, new byte[size], Precondition.absent()))
          .isInstanceOf(PutResult.Lost.class);
      assertThat(store.read(NAME).orElseThrow()).hasSize(size);
      assertThat(store.housekeeping().peek(NAME, 64).orElseThrow()).hasSize(Math.min(size, 64));
      ETag etag = store.stat(NAME).orElseThrow().etag();
      assertThat(store.get(NAME, Optional.of(etag))).isInstanceOf(GetResult.NotModified.class);
      answer(S3Answer.error(503, "SlowDown", "Please try again."));
      assertThat(store.list("")).hasSize(1);
      store.delete(NAME, Precondition.none());
      store.deleteAll(Stream.of(NAME));
    }
    assertThat(s3.own().connections()).isEqualTo(1);
  }

  @Test
  void soDoThoseThatAreAnsweredInChunks() {
    s3.own().resetCounts();
    for (int i = 0; i < 3; i++) {
      answer(inChunks(200, 0));
      store.put(NAME, new byte[1], Precondition.none());
      answer(inChunks(200, 100_000));
      assertThat(store.read(NAME).orElseThrow()).hasSize(100_000);
      answer(inChunks(206, 1024).with("Content-Range", "bytes 0-1023/2000"));
      assertThat(store.housekeeping().peek(NAME, 1024).orElseThrow()).hasSize(1024);
    }
    assertThat(s3.own().counts()).containsEntry("GetObject", 6);
    assertThat(s3.own().connections()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 412, 503})
  void aValueThatIsRefusedIsNotKept(int status) {
    WeakReference<byte[]> value = refused(status);
    await()
        .untilAsserted(
            () -> {
              System.gc();
              assertThat(value.refersTo(null)).isTrue();
            });
  }

  private WeakReference<byte[]> refused(int status) {
    byte[] value = new byte[1 << 20];
    if (status == 412) {
      store.put(NAME, new byte[1], Precondition.none());
    } else {
      answer(S3Answer.error(status, status == 403 ? "AccessDenied" : "SlowDown", "no"));
    }
    if (status == 403) {
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.put(NAME, value, Precondition.absent()));
    } else {
      assertThat(store.put(NAME, value, Precondition.absent())).isNotNull();
    }
    return new WeakReference<>(value);
  }
}
