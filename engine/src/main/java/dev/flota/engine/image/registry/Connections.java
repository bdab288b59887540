package dev.flota.engine.image.registry;

import dev.flota.engine.EngineSettings;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;

/**
 * The HTTP clients of one piece of work, a pull or a login: one for each endpoint that needs
 * certificates of its own, one for all others. Closing ends their connections and threads.
 *
 * <p>HTTP/1.1 only: layers come in parallel over connections of their own, which no shared
 * flow-control window slows.
 */
public final class Connections implements AutoCloseable {
  private static final int THREADS = 4;
  private static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);

  private final EngineSettings.Registry settings;
  private final ExecutorService executor;
  private final Map<Endpoint, HttpClient> clients = new HashMap<>();

  /** No connection is made yet. */
  public Connections(EngineSettings.Registry settings) {
    this.settings = settings;
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("registry-", 0).factory());
    pool.allowCoreThreadTimeOut(true);
    this.executor = pool;
  }

  EngineSettings.Registry settings() {
    return settings;
  }

  /** How long an answer, or its next bytes, may keep us waiting. */
  Duration idle() {
    return Duration.ofSeconds(settings.idleSeconds());
  }

  /** The client for an endpoint. */
  synchronized HttpClient client(Endpoint endpoint) throws IOException {
    HttpClient known = clients.get(endpoint);
    if (known != null) {
      return known;
    }
    HttpClient client = make(endpoint);
    clients.put(endpoint, client);
    return client;
  }

  private HttpClient make(Endpoint endpoint) throws IOException {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(shorter(idle(), CONNECT_LIMIT))
            .executor(executor);
    Path directory = settings.certificates().resolve(endpoint.host());
    SSLContext context = RegistryCertificates.context(directory, endpoint.verified());
    if (context != null) {
      builder.sslContext(context);
    }
    return builder.build();
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  @Override
  public synchronized void close() {
    clients.values().forEach(HttpClient::shutdownNow);
    clients.clear();
    executor.shutdown();
  }
}
