package dev.flota.lab.harness;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.flota.engine.image.PlainDoor;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process of its own: stands before a real registry and misbehaves as the first part of the
 * repository's name says. Prints its port, then a line per request.
 */
public final class OddRegistryServer {
  private static final Pattern REQUEST = Pattern.compile("/v2/([a-z]+)/(.+/(manifests|blobs)/.+)");

  private final URI upstream;
  private final HttpClient client = HttpClient.newHttpClient();
  private final AtomicBoolean hung = new AtomicBoolean();
  private final Set<String> asked = ConcurrentHashMap.newKeySet();

  private OddRegistryServer(URI upstream) {
    this.upstream = upstream;
  }

  /** Serves the registry whose URL is the only argument until standard input ends. */
  public static void main(String[] arguments) throws IOException {
    OddRegistryServer odd = new OddRegistryServer(URI.create(arguments[0]));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", odd::serve);
    server.start();
    @SuppressWarnings("resource") // open as long as the process
    PlainDoor door = new PlainDoor(server.getAddress());
    System.out.println("port " + door.port());
    int read = System.in.read();
    while (read >= 0) {
      read = System.in.read();
    }
    System.exit(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    Matcher request = REQUEST.matcher(path);
    try (exchange) {
      if (request.matches()) {
        System.out.println(exchange.getRequestMethod() + " " + path);
        answer(exchange, request.group(1), request.group(2), request.group(3).equals("blobs"));
      } else {
        exchange.sendResponseHeaders(path.equals("/v2/") ? 200 : 404, -1);
      }
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(HttpExchange exchange, String mode, String rest, boolean blob)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(upstream.resolve("/v2/library/" + rest))
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.noBody());
    exchange
        .getRequestHeaders()
        .getOrDefault("Accept", java.util.List.of())
        .forEach(type -> request.header("Accept", type));
    HttpResponse<byte[]> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    for (String header : new String[] {"Content-Type", "Docker-Content-Digest"}) {
      response
          .headers()
          .firstValue(header)
          .ifPresent(value -> exchange.getResponseHeaders().set(header, value));
    }
    byte[] body = response.body();
    boolean firstTime = asked.add(mode + rest);
    if (exchange.getRequestMethod().equals("HEAD")) {
      response
          .headers()
          .firstValue("Content-Length")
          .ifPresent(value -> exchange.getResponseHeaders().set("Content-Length", value));
      exchange.sendResponseHeaders(response.statusCode(), -1);
    } else if (!blob || response.statusCode() != 200 || mode.equals("plain")) {
      send(exchange, response.statusCode(), body, body.length);
    } else {
      misbehave(exchange, mode, firstTime, body);
    }
  }

  private void misbehave(HttpExchange exchange, String mode, boolean firstTime, byte[] body)
      throws IOException, InterruptedException {
    switch (mode) {
      case "lying" -> {
        byte[] other = Arrays.copyOf(body, body.length);
        other[other.length / 2] ^= 1;
        send(exchange, 200, other, other.length);
      }
      case "truncating" -> send(exchange, 200, body, body.length / 2);
      case "flaky" -> send(exchange, 200, body, firstTime ? body.length / 2 : body.length);
      case "hanging" -> {
        boolean first = hung.compareAndSet(false, true);
        send(exchange, 200, body, first ? body.length / 2 : body.length);
        if (first) {
          System.out.println("hanging");
          new CountDownLatch(1).await();
        }
      }
      case "erring" -> send(exchange, 500, new byte[0], 0);
      default -> send(exchange, 404, new byte[0], 0);
    }
  }

  /** Announces the whole body; sends so many bytes of it. */
  private static void send(HttpExchange exchange, int status, byte[] body, int count)
      throws IOException {
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    OutputStream stream = exchange.getResponseBody();
    stream.write(body, 0, count);
    stream.flush();
  }
}
