package io.persidict.store.s3;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;

/**
 * Stands before a server and writes the name of one header of its answers as servers in Go do,
 * which the JDK's server cannot.
 */
final class CapitalizingProxy implements AutoCloseable {
  private static final String PLAIN = "X-amz-meta-persidict-writes";
  private static final String CAPITALIZED = "X-Amz-Meta-Persidict-Writes";

  private final ServerSocket socket;
  private final URI server;

  CapitalizingProxy(URI server) {
    this.server = server;
    try {
      socket = new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    start(this::accept);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + socket.getLocalPort());
  }

  private static void start(Runnable work) {
    Thread thread = new Thread(work, "capitalizing-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Socket behind = new Socket(server.getHost(), server.getPort());
        client.setTcpNoDelay(true);
        behind.setTcpNoDelay(true);
        start(() -> pass(client, behind, false));
        start(() -> pass(behind, client, true));
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  private static void pass(Socket from, Socket to, boolean capitalize) {
    byte[] buffer = new byte[1 << 16];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int length = in.read(buffer); length >= 0; length = in.read(buffer)) {
        String text = new String(buffer, 0, length, ISO_8859_1);
        out.write((capitalize ? text.replace(PLAIN, CAPITALIZED) : text).getBytes(ISO_8859_1));
        out.flush();
      }
    } catch (IOException e) {
      return; // one of them has gone
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
