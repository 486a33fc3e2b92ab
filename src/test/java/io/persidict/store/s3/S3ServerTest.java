package io.persidict.store.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.persidict.store.Precondition;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken for granted of a server, and what is refused. */
final class S3ServerTest {
  private static final URI ENDPOINT = URI.create("https://s3.example.com:9000");

  @Test
  void ofAServerNothingIsExpectedThatNotEveryOneCanDo() {
    S3Server server = S3Server.at(ENDPOINT);
    assertThat(server.endpoint()).contains(ENDPOINT);
    assertThat(server.pathStyle()).isTrue();
    assertThat(server.conditionalDelete()).isFalse();
    assertThat(server.atomicOverwrite()).isFalse();
  }

  @Test
  void awsCanDoAll() {
    S3Server aws = S3Server.aws();
    assertThat(aws.endpoint()).isEmpty();
    assertThat(aws.pathStyle()).isFalse();
    assertThat(aws.conditionalDelete()).isTrue();
    assertThat(aws.atomicOverwrite()).isTrue();
  }

  @Test
  void eachPropertyIsChangedAlone() {
    S3Server server =
        S3Server.aws()
            .region("eu-central-1")
            .pathStyle(true)
            .conditionalDelete(false)
            .atomicOverwrite(false)
            .maxConnections(1)
            .timeout(Duration.ofNanos(1));
    assertThat(server)
        .isEqualTo(
            new S3Server(
                Optional.of("eu-central-1"),
                Optional.empty(),
                true,
                false,
                false,
                1,
                Duration.ofNanos(1)));
    assertThat(S3Server.at(ENDPOINT).region("r"))
        .hasToString("https://s3.example.com:9000, region r");
  }

  @Test
  void noTimeAndNoConnectionsAreRefused() {
    S3Server server = S3Server.at(ENDPOINT);
    for (Duration none : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> server.timeout(none))
          .withMessageContaining(none.toString());
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> server.maxConnections(0))
        .withMessageContaining("0 connections");
  }

  @Test
  void aTimeoutMayBeAsLongAsAnyDuration() {
    try (TestS3 s3 = new TestS3()) {
      Duration forever = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);
      try (S3Store store = s3.server().timeout(forever).open(s3.bucket(), "", false)) {
        store.put("name", new byte[1], Precondition.none());
        store.put("name", new byte[1 << 20], Precondition.none());
        assertThat(store.read("name")).isPresent();
        s3.own().mischief().next(Mischief.Fault.SLOW_DOWN);
        assertThat(store.read("name")).isPresent();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://host",
        "host:9000",
        "//host",
        "http:/path",
        "http:host",
        "http://host?secret",
        "http://host#secret",
        "http://host/secret%40host",
        "http://under_score:secret"
      })
  void whatIsNoUrlOfAHostAloneIsRefusedAndNotShown(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> S3Server.at(URI.create(url)))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("secret"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://host", "https://host:1/path", "http://[::1]:9000"})
  void aUrlOfAHostIsTaken(String url) {
    assertThat(S3Server.at(URI.create(url))).hasToString(url);
  }
}
