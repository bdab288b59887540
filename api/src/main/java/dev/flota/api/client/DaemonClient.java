package dev.flota.api.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks a daemon. One connection for each call, by HTTP/1.0: the answer ends where the connection
 * does.
 */
public final class DaemonClient {
  private final DaemonAddress address;

  /** A client of the daemon at that address. */
  public DaemonClient(DaemonAddress address) {
    this.address = address;
  }

  /**
   * Makes a call.
   *
   * @param body written as JSON; null sends none
   * @return the answer's JSON, a missing node when it has no body
   * @throws EngineException of the kind that the daemon's status means, with its words
   */
  public JsonNode call(String method, String path, @Nullable Object body) {
    try (DaemonAddress.Connection connection = address.connect()) {
      send(connection.out(), method, path, body);
      return answer(connection.in());
    } catch (IOException e) {
      throw silence(e);
    }
  }

  /**
   * Makes a call that is answered by JSON values one after the other.
   *
   * @param each is given each of them as it comes
   * @throws EngineException of the kind that the daemon's status means, with its words
   */
  public void stream(String method, String path, Consumer<JsonNode> each) {
    stream(method, path, null, each);
  }

  /**
   * The same with a body.
   *
   * @param body written as JSON; null sends none
   */
  public void stream(String method, String path, @Nullable Object body, Consumer<JsonNode> each) {
    try (DaemonAddress.Connection connection = address.connect()) {
      send(connection.out(), method, path, body);
      InputStream in = new BufferedInputStream(connection.in());
      String head = answerHead(in);
      int status = Integer.parseInt(head.split(" ", 3)[1]);
      if (status >= 300) {
        throw refusal(status, new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
      try (MappingIterator<JsonNode> values = Json.PLAIN.readerFor(JsonNode.class).readValues(in)) {
        while (values.hasNextValue()) {
          each.accept(values.nextValue());
        }
      }
    } catch (IOException e) {
      throw silence(e);
    }
  }

  private EngineException silence(IOException e) {
    return new EngineException(
        ErrorKind.UNAVAILABLE,
        "no daemon answers at %s: %s; is it running?".formatted(address, e.getMessage()),
        e);
  }

  private static void send(OutputStream out, String method, String path, @Nullable Object body)
      throws IOException {
    byte[] content = body == null ? new byte[0] : Json.PLAIN.writeValueAsBytes(body);
    out.write(head(method, path, content.length).getBytes(StandardCharsets.ISO_8859_1));
    out.write(content);
    out.flush();
  }

  private static String answerHead(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the connection ended without an answer");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static EngineException refusal(int status, String body) throws IOException {
    JsonNode json = body.isBlank() ? MissingNode.getInstance() : Json.PLAIN.readTree(body);
    return new EngineException(ErrorKind.of(status), json.path("message").asText(body));
  }

  private static String head(String method, String path, int length) {
    return "%s %s HTTP/1.0\r\nHost: flota\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        .formatted(method, path, length);
  }

  private static JsonNode answer(InputStream in) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    in.transferTo(all);
    String text = all.toString(StandardCharsets.UTF_8);
    int end = text.indexOf("\r\n\r\n");
    String[] words = text.split(" ", 3);
    if (end < 0 || words.length < 3) {
      throw new IOException("the connection ended without an answer");
    }
    int status = Integer.parseInt(words[1]);
    String body = text.substring(end + 4);
    if (status >= 300) {
      throw refusal(status, body);
    }
    return body.isBlank() ? MissingNode.getInstance() : Json.PLAIN.readTree(body);
  }
}
