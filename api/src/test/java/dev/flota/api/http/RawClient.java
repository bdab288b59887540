package dev.flota.api.http;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A client that writes what it is told and reads what comes: no HTTP library in between. */
public final class RawClient implements AutoCloseable {
  private static final int READ_WITHIN_MILLIS = 20_000;

  private final InputStream in;
  private final OutputStream out;
  private final HalfClose halfClose;
  private final Closeable socket;

  private interface HalfClose {
    void run() throws IOException;
  }

  private RawClient(InputStream in, OutputStream out, HalfClose halfClose, Closeable socket) {
    this.in = in;
    this.out = out;
    this.halfClose = halfClose;
    this.socket = socket;
  }

  /** Over a unix socket. */
  public static RawClient unix(Path path) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
    return new RawClient(
        Channels.newInputStream(channel),
        Channels.newOutputStream(channel),
        channel::shutdownOutput,
        channel);
  }

  /** Over TCP or TLS. */
  public static RawClient over(Socket socket) throws IOException {
    socket.setSoTimeout(READ_WITHIN_MILLIS);
    return new RawClient(
        socket.getInputStream(), socket.getOutputStream(), socket::shutdownOutput, socket);
  }

  /** Writes text. */
  public RawClient send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Writes bytes. */
  public RawClient send(byte[] bytes) throws IOException {
    out.write(bytes);
    out.flush();
    return this;
  }

  /** Sends no more. */
  public RawClient endInput() throws IOException {
    halfClose.run();
    return this;
  }

  /** Reads up to and including the empty line after the headers. */
  public String head() throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("ended in the head: " + head);
      }
      head.append((char) next);
    }
    return head.toString();
  }

  /** Reads so many bytes. */
  public String read(int count) throws IOException {
    return new String(in.readNBytes(count), StandardCharsets.UTF_8);
  }

  /** Reads to the end. */
  public byte[] readAll() throws IOException {
    return in.readAllBytes();
  }

  /** The socket's input. */
  public InputStream input() {
    return in;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
