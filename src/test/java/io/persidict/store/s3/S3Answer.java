package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer of the server, or what becomes of the connection instead of one. */
@SuppressWarnings("ArrayRecordComponent")
record S3Answer(int status, Map<String, String> headers, byte[] body, Delivery delivery) {
  /** How much of it reaches the client. */
  enum Delivery {
    WHOLE,
    HALF_OF_THE_BODY,
    NOTHING
  }

  /** Thrown to answer with an error from within. */
  static final class Refusal extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final transient S3Answer answer;

    Refusal(S3Answer answer) {
      this.answer = answer;
    }

    S3Answer answer() {
      return answer;
    }
  }

  static S3Answer of(int status, Map<String, String> headers, byte[] body) {
    return new S3Answer(status, headers, body, Delivery.WHOLE);
  }

  static S3Answer of(int status) {
    return of(status, Map.of(), new byte[0]);
  }

  static S3Answer xml(String xml) {
    return of(200, Map.of("Content-Type", "application/xml"), xml.getBytes(UTF_8));
  }

  static S3Answer error(int status, String code, String message) {
    String xml =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>%s</Code><Message>%s</Message></Error>"
            .formatted(code, message);
    return of(status, Map.of("Content-Type", "application/xml"), xml.getBytes(UTF_8));
  }

  static Refusal refusal(int status, String code, String message) {
    return new Refusal(error(status, code, message));
  }

  S3Answer with(String header, String value) {
    Map<String, String> more = new LinkedHashMap<>(headers);
    more.put(header, value);
    return new S3Answer(status, more, body, delivery);
  }

  S3Answer delivered(Delivery how) {
    return new S3Answer(status, headers, body, how);
  }

  void send(HttpExchange http) throws IOException {
    if (delivery == Delivery.NOTHING) {
      http.close();
      return;
    }
    headers.forEach((name, value) -> http.getResponseHeaders().set(name, value));
    boolean head = http.getRequestMethod().equals("HEAD");
    if (head && "".equals(headers.get("Content-Length"))) {
      http.getResponseHeaders().remove("Content-Length");
    } else if (head) {
      http.getResponseHeaders().putIfAbsent("Content-Length", java.util.List.of("" + body.length));
    }
    boolean inChunks = headers.containsKey("Transfer-Encoding");
    boolean bodiless = head || body.length == 0 || status == 204 || status == 304;
    http.sendResponseHeaders(status, inChunks ? 0 : bodiless ? -1 : body.length);
    if (!bodiless) {
      int length = delivery == Delivery.WHOLE ? body.length : body.length / 2;
      http.getResponseBody().write(body, 0, length);
      http.getResponseBody().flush();
    }
    http.close();
  }
}
