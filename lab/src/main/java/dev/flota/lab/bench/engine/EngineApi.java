package dev.flota.lab.bench.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The calls of the Docker Engine API that the scenarios make, over one connection that is kept
 * open. Every answer is checked: an engine that fails fast is not fast. For one thread at a time.
 *
 * @see <a href="https://docs.docker.com/reference/api/engine/version/v1.50/">Docker Engine API
 *     1.50</a>
 */
public final class EngineApi implements AutoCloseable {
  /** What the benchmark makes carries this label, by which it is found again. */
  private static final String LABEL = "dev.flota.bench";

  private static final String VERSION = "/v1.50";
  private static final JsonMapper JSON = new JsonMapper();

  /** Servers end idle connections after a minute or so: an older one is not relied on. */
  private static final Duration LONGEST_IDLE = Duration.ofSeconds(20);

  private final Engine engine;
  private @Nullable HttpConnection connection;
  private long lastUsed;

  private EngineApi(Engine engine) {
    this.engine = engine;
  }

  /** The connection is made by the first call. */
  public static EngineApi of(Engine engine) {
    return new EngineApi(engine);
  }

  /** The engine's own version. */
  public String version() throws IOException {
    return json(call("GET", "/version", "", 200)).path("Version").asText();
  }

  /** Makes a container and returns its id. */
  public String create(String image, String network, String... command) throws IOException {
    return create(
        Map.of("Image", image, "Cmd", command, "HostConfig", Map.of("NetworkMode", network)));
  }

  /** Makes a container as its body says, with the benchmark's label, and returns its id. */
  public String create(Map<String, Object> body) throws IOException {
    Map<String, Object> labels = new HashMap<>(Map.of(LABEL, "true"));
    if (body.get("Labels") instanceof Map<?, ?> more) {
      more.forEach((name, value) -> labels.put(String.valueOf(name), value));
    }
    Map<String, Object> wish = new HashMap<>(body);
    wish.put("Labels", labels);
    String id = json(call("POST", "/containers/create", write(wish), 201)).path("Id").asText();
    if (id.isEmpty()) {
      throw new UnexpectedAnswerException(engine.name() + " made a container without an id");
    }
    return id;
  }

  /** Returns once the container runs. */
  public void start(String container) throws IOException {
    call("POST", "/containers/" + container + "/start", "", 204);
  }

  /** Returns once the container has ended; it must have done so with 0. */
  public void awaitSuccess(String container) throws IOException {
    HttpAnswer answer = call("POST", "/containers/" + container + "/wait", "", 200);
    expectZero(json(answer).path("StatusCode"), container);
  }

  /** Removes a container, also a running one. */
  public void remove(String container) throws IOException {
    call("DELETE", "/containers/" + container + "?force=1&v=1", "", 204);
  }

  /** Prepares a command in a running container and returns its id. */
  public String createExec(String container, String... command) throws IOException {
    Map<String, Object> wish =
        Map.of("Cmd", command, "AttachStdout", true, "AttachStderr", true, "Tty", false);
    HttpAnswer answer = call("POST", "/containers/" + container + "/exec", write(wish), 201);
    return json(answer).path("Id").asText();
  }

  /** Runs a prepared command, attached to its end, on a connection of its own as the CLI does. */
  public void runExec(String exec) throws IOException {
    try (HttpConnection own = HttpConnection.open(engine.socket())) {
      String path = VERSION + "/exec/" + exec + "/start";
      HttpAnswer answer = own.upgrade(path, "{\"Detach\":false,\"Tty\":false}");
      if (answer.status() != 101) {
        throw unexpected("POST", path, answer);
      }
    }
  }

  /** The command must have ended with 0. */
  public void checkExec(String exec) throws IOException {
    expectZero(json(call("GET", "/exec/" + exec + "/json", "", 200)).path("ExitCode"), exec);
  }

  /** How many containers a listing of all of them has. */
  public int countAll() throws IOException {
    return json(call("GET", "/containers/json?all=1", "", 200)).size();
  }

  /** The containers that the benchmark has made, whatever state they are in. */
  public List<String> ownContainers() throws IOException {
    return ids(call("GET", "/containers/json?all=1&filters=" + labelFilter(""), "", 200));
  }

  /** Those of them that run. */
  public List<String> ownRunning() throws IOException {
    String filter = labelFilter(",\"status\":[\"running\"]");
    return ids(call("GET", "/containers/json?filters=" + filter, "", 200));
  }

  public boolean hasImage(String image) throws IOException {
    return exchange("GET", "/images/" + image + "/json", "").status() == 200;
  }

  /** Pulls and unpacks an image; returns when all is done. */
  public void pull(String image) throws IOException {
    HttpAnswer answer = call("POST", "/images/create?fromImage=" + image + "&tag=latest", "", 200);
    for (String line : answer.text().lines().toList()) {
      if (line.contains("\"errorDetail\"")) {
        throw new UnexpectedAnswerException(engine.name() + " cannot pull " + image + ": " + line);
      }
    }
  }

  public void removeImage(String image) throws IOException {
    call("DELETE", "/images/" + image + "?force=1", "", 200);
  }

  /** The JSON at a path. */
  public JsonNode read(String path) throws IOException {
    return json(call("GET", path, "", 200));
  }

  /** Has something done that is answered with that status. */
  public JsonNode order(String path, Map<String, Object> body, int status) throws IOException {
    HttpAnswer answer = call("POST", path, write(body), status);
    return answer.text().isBlank() ? JSON.nullNode() : json(answer);
  }

  /** Has something done; what is told of it while it goes on is handed over line by line. */
  public HttpAnswer follow(String path, Consumer<String> listener) throws IOException {
    HttpAnswer answer = connection().follow(VERSION + path, listener);
    lastUsed = System.nanoTime();
    return answer;
  }

  /** What a container has written to its standard output, between frames. */
  public String logs(String container) throws IOException {
    return call("GET", "/containers/" + container + "/logs?stdout=1", "", 200).text();
  }

  /** Runs a prepared command and reads its output to the end; returns how much that was. */
  public long drainExec(String exec) throws IOException {
    try (HttpConnection own = HttpConnection.open(engine.socket())) {
      return own.drain(VERSION + "/exec/" + exec + "/start", "{\"Detach\":false,\"Tty\":false}");
    }
  }

  private HttpAnswer call(String method, String path, String json, int expected)
      throws IOException {
    HttpAnswer answer = exchange(method, path, json);
    if (answer.status() != expected) {
      throw unexpected(method, path, answer);
    }
    return answer;
  }

  private HttpAnswer exchange(String method, String path, String json) throws IOException {
    HttpAnswer answer = connection().send(method, VERSION + path, json);
    lastUsed = System.nanoTime();
    return answer;
  }

  private HttpConnection connection() throws IOException {
    HttpConnection current = connection;
    boolean fresh = System.nanoTime() - lastUsed < LONGEST_IDLE.toNanos();
    if (current != null && current.isOpen() && fresh) {
      return current;
    }
    close();
    HttpConnection opened = HttpConnection.open(engine.socket());
    connection = opened;
    return opened;
  }

  private UnexpectedAnswerException unexpected(String method, String path, HttpAnswer answer) {
    return new UnexpectedAnswerException(
        "%s answered %s %s with %d: %s"
            .formatted(engine.name(), method, path, answer.status(), answer.text().strip()));
  }

  private void expectZero(JsonNode code, String what) throws UnexpectedAnswerException {
    if (!code.isInt() || code.asInt() != 0) {
      throw new UnexpectedAnswerException(
          "%s: %s ended with %s instead of 0".formatted(engine.name(), what, code));
    }
  }

  private static String labelFilter(String more) {
    return URLEncoder.encode(
        "{\"label\":[\"" + LABEL + "=true\"]" + more + "}", StandardCharsets.UTF_8);
  }

  private static List<String> ids(HttpAnswer listing) throws IOException {
    List<String> ids = new ArrayList<>();
    json(listing).forEach(container -> ids.add(container.path("Id").asText()));
    return ids;
  }

  private static JsonNode json(HttpAnswer answer) throws IOException {
    return JSON.readTree(answer.text());
  }

  private static String write(Map<String, Object> value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a request is not JSON", e);
    }
  }

  @Override
  public void close() throws IOException {
    if (connection != null) {
      connection.close();
    }
  }
}
