package io.persidict.store.s3;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.CancellationException;
import java.util.concurrent.Future;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.ExecutableHttpRequest;
import software.amazon.awssdk.http.HttpExecuteRequest;
import software.amazon.awssdk.http.HttpExecuteResponse;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.SdkHttpMethod;

/**
 * Breaks answers off that trickle, which a socket's timeout does not notice, and those besides
 * objects, which the SDK reads as a tree in memory, that are longer or nested deeper than any of an
 * S3 server. Nor does closing an answer read what is left of it, but for a little of one that is no
 * object, so that its connection can be used again.
 */
final class BoundedAnswers implements SdkHttpClient {
  /** Of a listing of 1,000 names that are as long as S3 allows, a multiple. */
  static final int MAX_LENGTH = 1 << 24;

  /** Of a refusal, whose tree takes a multiple of that in memory; S3's are shorter by far. */
  static final int MAX_REFUSAL = 1 << 20;

  /** Less than the 100 at which Java's own parser gives up since version 24; S3 needs a few. */
  private static final int MAX_DEPTH = 50;

  /** How much is read of what nobody has read. */
  private static final int REST = 1 << 10;

  private static final int BYTES_PER_SECOND = 1 << 10;

  /** AWS takes minutes to put the parts of an upload together, and sends spaces meanwhile. */
  private static final int TIMEOUTS_TO_COMPLETE = 20;

  private final SdkHttpClient client;
  private final Duration timeout;

  /**
   * @param client closed with this
   * @param timeout how long an answer may take, besides the time for its bytes; some take a
   *     multiple
   */
  BoundedAnswers(SdkHttpClient client, Duration timeout) {
    this.client = client;
    this.timeout = timeout;
  }

  @Override
  public ExecutableHttpRequest prepareRequest(HttpExecuteRequest request) {
    ExecutableHttpRequest prepared = client.prepareRequest(request);
    boolean mayBeObject =
        request.httpRequest().method() == SdkHttpMethod.GET
            && request.httpRequest().firstMatchingRawQueryParameter("list-type").isEmpty();
    boolean completes =
        request.httpRequest().method() == SdkHttpMethod.POST
            && request.httpRequest().firstMatchingRawQueryParameter("uploadId").isPresent();
    Duration time = completes ? timeout.multipliedBy(TIMEOUTS_TO_COMPLETE) : timeout;
    return new ExecutableHttpRequest() {
      @Override
      public HttpExecuteResponse call() throws IOException {
        HttpExecuteResponse answer = prepared.call();
        boolean isSuccessful = answer.httpResponse().isSuccessful();
        boolean isObject = mayBeObject && isSuccessful;
        long longest = isObject ? Long.MAX_VALUE : isSuccessful ? MAX_LENGTH : MAX_REFUSAL;
        return answer
            .responseBody()
            .map(
                body -> {
                  Bounded bounded = new Bounded(body, isObject, longest, time);
                  return with(answer, isObject ? bounded : new Shallow(bounded), bounded);
                })
            .orElse(answer);
      }

      @Override
      public void abort() {
        prepared.abort();
      }
    };
  }

  private static HttpExecuteResponse with(
      HttpExecuteResponse answer, InputStream body, Bounded bounded) {
    return HttpExecuteResponse.builder()
        .response(answer.httpResponse())
        .responseBody(AbortableInputStream.create(body, bounded::breakOff))
        .build();
  }

  @Override
  public String clientName() {
    return client.clientName();
  }

  @Override
  public void close() {
    client.close();
  }

  /**
   * The body of an answer. Once it is over, it leads to nothing of its request, since Java's parser
   * keeps the last text that each thread has read.
   */
  private static final class Bounded extends FilterInputStream implements Runnable {
    private final boolean isObject;
    private final long longest;
    private final Duration time;
    private final long begun = System.nanoTime();
    private final Future<?> looks;
    private volatile AbortableInputStream body;
    private volatile long length;
    private volatile boolean isSlow;
    private volatile boolean isOver;

    Bounded(AbortableInputStream body, boolean isObject, long longest, Duration time) {
      super(body);
      this.body = body;
      this.isObject = isObject;
      this.longest = longest;
      this.time = time;
      this.looks = Watch.within(time, this);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      boolean isRead = false;
      try {
        int read = in.read(bytes, offset, count);
        if (read < 0) {
          release().close();
        } else {
          length = Math.addExact(length, read);
          if (length > longest) {
            throw new IOException("the answer has more than " + longest + " bytes");
          }
        }
        isRead = true;
        return read;
      } catch (IOException e) {
        if (!isSlow) {
          throw e;
        }
        throw new IOException(
            "the answer trickles, with " + length + " bytes in " + due().toSeconds() + " seconds",
            e);
      } finally {
        if (!isRead) {
          breakOff();
        }
      }
    }

    private Duration due() {
      return time.plusSeconds(length / BYTES_PER_SECOND);
    }

    /** Breaks a slow answer off while it is waited for, as what frames its bytes may trickle. */
    @Override
    public void run() {
      if (isOver) {
        throw new CancellationException(); // has the executor forget it
      }
      if (System.nanoTime() - begun > due().toNanos()) {
        isSlow = true;
        body.abort();
      }
    }

    private AbortableInputStream release() {
      AbortableInputStream released = body;
      isOver = true;
      looks.cancel(false);
      body = AbortableInputStream.createEmpty();
      in = body;
      return released;
    }

    void breakOff() {
      AbortableInputStream broken = release();
      broken.abort();
      try {
        broken.close();
      } catch (IOException e) {
        // What comes after it concerns nobody.
      }
    }

    @Override
    public void close() {
      if (!isObject) {
        try {
          readNBytes(REST);
        } catch (IOException e) {
          // It has been broken off.
        }
      }
      breakOff(); // or it would be read to an end that it may not have
    }
  }

  /** Text that is read to its end before any of it is handed on, unless it is nested too deep. */
  private static final class Shallow extends FilterInputStream {
    private boolean isKnown;

    Shallow(InputStream text) {
      super(text);
    }

    @Override
    public int read() throws IOException {
      requireShallow();
      return super.read();
    }

    @Override
    public int read(byte[] bytes, int offset, int count) throws IOException {
      requireShallow();
      return super.read(bytes, offset, count);
    }

    private void requireShallow() throws IOException {
      if (isKnown) {
        return;
      }
      byte[] text = in.readAllBytes();
      if (isDeep(text)) {
        throw new IOException("the answer is nested more than " + MAX_DEPTH + " deep");
      }
      in.close();
      in = new ByteArrayInputStream(text);
      isKnown = true;
    }

    @Override
    public void close() throws IOException {
      in.close();
      in = nullInputStream(); // or the parser would keep the text
    }

    /** By a parser as the SDK's, which is misled by nothing that the SDK's is not. */
    private static boolean isDeep(byte[] text) {
      if (text.length < MAX_DEPTH * "<a>".length()) {
        return false;
      }
      XMLInputFactory factory = XMLInputFactory.newInstance();
      factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
      factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
      int depth = 0;
      try {
        XMLStreamReader parser = factory.createXMLStreamReader(new ByteArrayInputStream(text));
        while (parser.hasNext() && depth <= MAX_DEPTH) {
          int next = parser.next();
          if (next == XMLStreamConstants.START_ELEMENT) {
            depth++;
          } else if (next == XMLStreamConstants.END_ELEMENT) {
            depth--;
          }
        }
      } catch (XMLStreamException e) {
        return false; // the SDK gets no further
      }
      return depth > MAX_DEPTH;
    }
  }
}
