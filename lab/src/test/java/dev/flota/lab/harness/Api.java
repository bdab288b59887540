package dev.flota.lab.harness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** Single HTTP requests to the engine, for what no client would send. */
public final class Api {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path socket;

  /** Connects anew for every request. */
  public Api(Path socket) {
    this.socket = socket;
  }

  /**
   * An answer.
   *
   * @param body as text
   */
  public record Answer(int status, String contentType, String body, Map<String, String> headers) {
    /** The body as JSON. */
    public JsonNode json() {
      try {
        return JSON.readTree(body);
      } catch (JsonProcessingException failure) {
        throw new AssertionError("not JSON: " + body, failure);
      }
    }

    /** What Docker's errors say. */
    public String message() {
      return json().path("message").asText();
    }
  }

  /** A request without a body. */
  public Answer send(String method, String path) {
    return send(method, path, "");
  }

  /** A request with a body of JSON, well-formed or not; none if empty. */
  public Answer send(String method, String path, String body) {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    String head =
        "%s %s HTTP/1.1\r\nHost: docker\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(method, path, content.length);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      write(channel, head.getBytes(StandardCharsets.US_ASCII));
      write(channel, content);
      return read(method, new BufferedInputStream(Channels.newInputStream(channel)));
    } catch (IOException failure) {
      throw new UncheckedIOException(method + " " + path, failure);
    }
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer);
    }
  }

  private static Answer read(String method, InputStream stream) throws IOException {
    HttpMessage head = HttpMessage.readHead(stream);
    if (head == null) {
      throw new IOException("the connection ended without an answer");
    }
    boolean bodiless = method.equals("HEAD") || head.status() == 204 || head.status() == 304;
    byte[] body = bodiless ? new byte[0] : head.readBody(stream, true);
    return new Answer(
        head.status(),
        head.header("content-type"),
        new String(body, StandardCharsets.UTF_8),
        head.headers());
  }
}
