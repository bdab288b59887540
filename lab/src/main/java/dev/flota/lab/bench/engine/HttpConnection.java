package dev.flota.lab.bench.engine;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/**
 * One HTTP/1.1 connection over a unix socket, kept open between requests. Knows what engines use:
 * bodies with a length, in chunks, or up to the end of the connection, and connections that are
 * taken over by a raw stream. For one thread at a time.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9112">RFC 9112</a>
 */
public final class HttpConnection implements AutoCloseable {
  private static final int LONGEST_LINE = 64 * 1024;

  private final SocketChannel channel;
  private final InputStream input;
  private boolean open = true;

  private HttpConnection(SocketChannel channel) {
    this.channel = channel;
    this.input = new BufferedInputStream(Channels.newInputStream(channel), 64 * 1024);
  }

  public static HttpConnection open(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
    } catch (IOException e) {
      channel.close();
      throw new IOException("cannot connect to " + socket + ": " + e.getMessage(), e);
    }
    return new HttpConnection(channel);
  }

  /** Whether another request can be sent: the other side may have asked for the end. */
  public boolean isOpen() {
    return open;
  }

  /** Sends a request and reads the answer to its end. */
  public HttpAnswer send(String method, String path, String json) throws IOException {
    write(method, path, json, "");
    Head head = readHead();
    byte[] body = readBody(head);
    open &= head.keepsAlive();
    return new HttpAnswer(head.status(), new String(body, StandardCharsets.UTF_8));
  }

  /**
   * Sends a request that takes the connection over, as attach and exec do, and reads the raw stream
   * to its end. The connection is of no use afterwards.
   */
  public HttpAnswer upgrade(String path, String json) throws IOException {
    write("POST", path, json, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
    Head head = readHead();
    open = false;
    byte[] body = head.status() == 101 ? input.readAllBytes() : readBody(head);
    return new HttpAnswer(head.status(), new String(body, StandardCharsets.UTF_8));
  }

  /** The same, for a stream too long to be kept; returns its length. */
  public long drain(String path, String json) throws IOException {
    write("POST", path, json, "Connection: Upgrade\r\nUpgrade: tcp\r\n");
    Head head = readHead();
    open = false;
    if (head.status() != 101) {
      byte[] body = readBody(head);
      throw new IOException(
          "POST %s: %d %s"
              .formatted(path, head.status(), new String(body, StandardCharsets.UTF_8)));
    }
    return input.transferTo(OutputStream.nullOutputStream());
  }

  /**
   * Sends a request and hands over the lines of a successful answer as they come; of another one
   * the text is returned.
   */
  public HttpAnswer follow(String path, Consumer<String> listener) throws IOException {
    write("POST", path, "", "");
    Head head = readHead();
    if (head.status() != 200 || !head.is("transfer-encoding", "chunked")) {
      String text = new String(readBody(head), StandardCharsets.UTF_8);
      open &= head.keepsAlive();
      return new HttpAnswer(head.status(), text);
    }
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    readChunks(chunk -> split(chunk, line, listener));
    open &= head.keepsAlive();
    return new HttpAnswer(head.status(), "");
  }

  /** A line may go on in the next chunk. */
  private static void split(byte[] chunk, ByteArrayOutputStream line, Consumer<String> listener) {
    for (byte next : chunk) {
      if (next == '\n') {
        listener.accept(line.toString(StandardCharsets.UTF_8));
        line.reset();
      } else {
        line.write(next);
      }
    }
  }

  private void write(String method, String path, String json, String headers) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    String head =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: docker\r\n"
            + headers
            + (body.length == 0 ? "" : "Content-Type: application/json\r\n")
            + "Content-Length: "
            + body.length
            + "\r\n\r\n";
    ByteBuffer request = ByteBuffer.allocate(head.length() + body.length);
    request.put(head.getBytes(StandardCharsets.US_ASCII)).put(body).flip();
    while (request.hasRemaining()) {
      channel.write(request);
    }
  }

  private Head readHead() throws IOException {
    String[] status = readLine().split(" ", 3);
    if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
      throw new IOException("not an HTTP answer: " + String.join(" ", status));
    }
    Map<String, String> headers = new HashMap<>();
    for (String line = readLine(); !line.isEmpty(); line = readLine()) {
      int colon = line.indexOf(':');
      if (colon < 0) {
        throw new IOException("not an HTTP header: " + line);
      }
      headers.put(
          line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
    }
    return new Head(Integer.parseInt(status[1]), headers);
  }

  private byte[] readBody(Head head) throws IOException {
    if (head.status() == 204 || head.status() == 304) {
      return new byte[0];
    }
    if (head.is("transfer-encoding", "chunked")) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      readChunks(body::writeBytes);
      return body.toByteArray();
    }
    String length = head.headers().get("content-length");
    if (length == null) {
      open = false;
      return input.readAllBytes();
    }
    return readExactly(Integer.parseInt(length));
  }

  private void readChunks(Consumer<byte[]> reader) throws IOException {
    for (int size = readChunkSize(); size > 0; size = readChunkSize()) {
      reader.accept(readExactly(size));
      readLine();
    }
    while (!readLine().isEmpty()) {
      // trailers say nothing that is needed here
    }
  }

  private int readChunkSize() throws IOException {
    String line = readLine();
    int extension = line.indexOf(';');
    return Integer.parseInt((extension < 0 ? line : line.substring(0, extension)).strip(), 16);
  }

  private byte[] readExactly(int length) throws IOException {
    byte[] bytes = input.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the connection ended in the middle of an answer");
    }
    return bytes;
  }

  private String readLine() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream(80);
    for (int next = input.read(); next != '\n'; next = input.read()) {
      if (next < 0) {
        throw new EOFException("the connection ended before the answer's head did");
      }
      if (line.size() == LONGEST_LINE) {
        throw new IOException("a line of the answer is longer than " + LONGEST_LINE + " bytes");
      }
      if (next != '\r') {
        line.write(next);
      }
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  @Override
  public void close() throws IOException {
    open = false;
    channel.close();
  }

  private record Head(int status, Map<String, String> headers) {
    boolean is(String header, String value) {
      return value.equalsIgnoreCase(headers.getOrDefault(header, ""));
    }

    boolean keepsAlive() {
      return !is("connection", "close");
    }
  }
}
