package dev.flota.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** A registry that misbehaves as told; it plays the part a real one would not play on demand. */
final class BadRegistry implements AutoCloseable {
  /** What is done with a request in place of answering it. */
  @FunctionalInterface
  interface Fault {
    void answer(HttpExchange exchange, byte[] content) throws IOException;
  }

  private static final class Stored {
    final byte[] content;
    final String mediaType;

    Stored(byte[] content, String mediaType) {
      this.content = content;
      this.mediaType = mediaType;
    }
  }

  private final HttpServer server;
  private final @Nullable PlainDoor door;
  private final String scheme;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closing = new CountDownLatch(1);
  private final Map<String, Stored> content = new ConcurrentHashMap<>();
  private final Map<String, Deque<Fault>> faults = new ConcurrentHashMap<>();
  final List<String> requests = new CopyOnWriteArrayList<>();
  volatile @Nullable String bearer;
  volatile @Nullable String basic;
  volatile @Nullable String challenge;

  BadRegistry() throws IOException {
    this((HttpsConfigurator) null);
  }

  BadRegistry(SSLContext tls) throws IOException {
    this(new HttpsConfigurator(tls));
  }

  BadRegistry(@Nullable HttpsConfigurator tls) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
    if (tls == null) {
      server = HttpServer.create(address, 0);
      scheme = "http";
    } else {
      HttpsServer secure = HttpsServer.create(address, 0);
      secure.setHttpsConfigurator(tls);
      server = secure;
      scheme = "https";
    }
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
    door = tls == null ? new PlainDoor(server.getAddress()) : null;
  }

  String host() {
    return "127.0.0.1:" + (door == null ? server.getAddress().getPort() : door.port());
  }

  String url() {
    return scheme + "://" + host();
  }

  BadRegistry push(String repository, String tag, TestImage image) {
    image.blobs().forEach((digest, blob) -> blob(repository, digest, blob));
    return manifest(
        repository, tag, image.manifest(), "application/vnd.oci.image.manifest.v1+json");
  }

  void blob(String repository, String digest, byte[] blob) {
    put("/v2/" + repository + "/blobs/" + digest, blob, "application/octet-stream");
  }

  BadRegistry manifest(String repository, String tag, byte[] manifest, String mediaType) {
    put("/v2/" + repository + "/manifests/" + tag, manifest, mediaType);
    put("/v2/" + repository + "/manifests/" + TestImage.digest(manifest), manifest, mediaType);
    return this;
  }

  void put(String path, byte[] bytes, String mediaType) {
    content.put(path, new Stored(bytes, mediaType));
  }

  /** The next request for a path that ends so gets this. */
  BadRegistry fault(String pathEnd, Fault fault) {
    faults.computeIfAbsent(pathEnd, each -> new ArrayDeque<>()).addLast(fault);
    return this;
  }

  long count(String part) {
    return requests.stream().filter(each -> each.contains(part)).count();
  }

  /** Sends so many bytes of the answer and closes the connection. */
  static Fault dropAfter(int count) {
    return (exchange, body) -> {
      int from = rangeStart(exchange);
      nameRange(exchange, from, body.length);
      exchange.sendResponseHeaders(from > 0 ? 206 : 200, body.length - from);
      exchange.getResponseBody().write(body, from, count);
      exchange.getResponseBody().flush();
      exchange.close();
    };
  }

  /** Sends so many bytes of the answer and then nothing more, until the registry closes. */
  Fault hangAfter(int count) {
    return (exchange, body) -> {
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body, 0, count);
      exchange.getResponseBody().flush();
      awaitClosing();
    };
  }

  /** Sends another content of the same length. */
  static Fault lie() {
    return (exchange, body) -> {
      byte[] other = body.clone();
      other[other.length / 2] ^= 1;
      send(exchange, 200, other);
    };
  }

  /** Ignores the range that was asked for. */
  static Fault all() {
    return (exchange, body) -> send(exchange, 200, body);
  }

  static Fault status(int status, String body) {
    return (exchange, ignored) -> send(exchange, status, body.getBytes(UTF_8));
  }

  static Fault redirect(String location) {
    return (exchange, ignored) -> {
      exchange.getResponseHeaders().set("Location", location);
      send(exchange, 307, new byte[0]);
    };
  }

  private void awaitClosing() {
    try {
      closing.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    String range = exchange.getRequestHeaders().getFirst("Range");
    requests.add(
        exchange.getRequestMethod()
            + " "
            + exchange.getRequestURI()
            + (range == null ? "" : " " + range)
            + (authorization == null ? "" : " " + authorization));
    if (path.equals("/token")) {
      token(exchange, authorization);
    } else if (challenge != null && !isAuthorized(authorization)) {
      refuse(exchange);
    } else {
      answer(exchange, path);
    }
  }

  private boolean isAuthorized(@Nullable String authorization) {
    return authorization != null
        && (authorization.equals("Bearer " + bearer) || authorization.equals("Basic " + basic));
  }

  private void refuse(HttpExchange exchange) throws IOException {
    exchange.getResponseHeaders().set("WWW-Authenticate", String.valueOf(challenge));
    send(
        exchange,
        401,
        "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"authentication required\"}]}"
            .getBytes(UTF_8));
  }

  private void token(HttpExchange exchange, @Nullable String authorization) throws IOException {
    boolean wrong = basic != null && !("Basic " + basic).equals(authorization);
    if (wrong && exchange.getRequestMethod().equals("GET")) {
      send(
          exchange,
          401,
          "{\"errors\":[{\"code\":\"UNAUTHORIZED\",\"message\":\"incorrect username or password\"}]}"
              .getBytes(UTF_8));
      return;
    }
    String form = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    requests.add("FORM " + form);
    send(
        exchange,
        200,
        ("{\"token\":\"" + bearer + "\",\"refresh_token\":\"again\"}").getBytes(UTF_8));
  }

  void demandToken(String token) {
    bearer = token;
    challenge = "Bearer realm=\"" + url() + "/token\",service=\"here\",scope=\"repository:x:pull\"";
  }

  void demandPassword(String user, String password) {
    basic = Base64.getEncoder().encodeToString((user + ":" + password).getBytes(UTF_8));
    challenge = "Basic realm=\"here\"";
  }

  private void answer(HttpExchange exchange, String path) throws IOException {
    Stored stored = content.get(path);
    Fault fault = nextFault(path);
    if (fault != null) {
      fault.answer(exchange, stored == null ? new byte[0] : stored.content);
    } else if (path.equals("/v2/")) {
      send(exchange, 200, "{}".getBytes(UTF_8));
    } else if (stored == null) {
      send(
          exchange,
          404,
          "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\"}]}"
              .getBytes(UTF_8));
    } else {
      exchange.getResponseHeaders().set("Content-Type", stored.mediaType);
      exchange.getResponseHeaders().set("Docker-Content-Digest", TestImage.digest(stored.content));
      sendRange(exchange, stored.content);
    }
  }

  private @Nullable Fault nextFault(String path) {
    for (Map.Entry<String, Deque<Fault>> each : faults.entrySet()) {
      if (path.endsWith(each.getKey())) {
        synchronized (each.getValue()) {
          return each.getValue().pollFirst();
        }
      }
    }
    return null;
  }

  private static int rangeStart(HttpExchange exchange) {
    String range = exchange.getRequestHeaders().getFirst("Range");
    return range == null ? 0 : Integer.parseInt(range.replace("bytes=", "").replace("-", ""));
  }

  private static void nameRange(HttpExchange exchange, int from, int length) {
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + from + "-" + (length - 1) + "/" + length);
  }

  private static void sendRange(HttpExchange exchange, byte[] body) throws IOException {
    int from = rangeStart(exchange);
    if (from == 0) {
      send(exchange, 200, body);
      return;
    }
    nameRange(exchange, from, body.length);
    send(exchange, 206, Arrays.copyOfRange(body, from, body.length));
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set("Content-Length", Integer.toString(body.length));
      exchange.sendResponseHeaders(status, -1);
    } else {
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      exchange.getResponseBody().write(body);
    }
    exchange.close();
  }

  List<String> requests() {
    return Collections.unmodifiableList(requests);
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    if (door != null) {
      door.close();
    }
    server.stop(0);
    threads.shutdownNow();
  }
}
