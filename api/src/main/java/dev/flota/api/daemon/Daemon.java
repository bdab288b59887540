package dev.flota.api.daemon;

import akka.actor.typed.ActorSystem;
import com.typesafe.config.ConfigFactory;
import dev.flota.api.config.DaemonSettings;
import dev.flota.api.docker.DockerApi;
import dev.flota.api.docker.system.DaemonInfo;
import dev.flota.api.http.Endpoint;
import dev.flota.api.http.HttpServer;
import dev.flota.api.http.RequestHandler;
import dev.flota.api.tls.TlsFiles;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.host.HostActor;
import dev.flota.cluster.host.LocalHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon: listener and engine for as long as the process lives, actors between them that may be
 * replaced.
 */
public final class Daemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private final LocalHost host;
  private final HttpServer server;
  private final AtomicReference<Fleet> fleet = new AtomicReference<>();
  private final LastingActors<HostActor.Command> actors;
  private final CountDownLatch ended = new CountDownLatch(1);

  private Daemon(LocalHost host, HttpServer server) {
    this.host = host;
    this.server = server;
    actors =
        new LastingActors<>(
            () ->
                ActorSystem.create(
                    HostActor.create(host), "flota", ConfigFactory.load("flota-actors")),
            system -> fleet.set(new Fleet(system, host)));
  }

  /**
   * Finds what is on this host, and listens.
   *
   * @throws IOException when an address cannot be had; its message names it
   */
  public static Daemon start(DaemonSettings settings) throws IOException {
    LocalHost host = LocalHost.open(settings.engine());
    Daemon daemon = new Daemon(host, HttpServer.start());
    try {
      RequestHandler api =
          DockerApi.create(
              daemon.fleet::get, info(Version.current()), daemon.server.materializer());
      for (DaemonSettings.Listen listen : settings.hosts()) {
        daemon.server.listen(endpoint(listen, settings), api);
      }
      return daemon;
    } catch (IOException | RuntimeException e) {
      daemon.close();
      throw e;
    }
  }

  private static DaemonInfo info(Version version) {
    return new DaemonInfo(version.version(), version.commit(), version.buildTime());
  }

  private static Endpoint endpoint(DaemonSettings.Listen listen, DaemonSettings settings) {
    return switch (listen) {
      case DaemonSettings.Listen.Unix unix -> new Endpoint.Unix(unix.path());
      case DaemonSettings.Listen.PlainLoopback plain ->
          new Endpoint.PlainTcp(new InetSocketAddress(plain.host(), plain.port()));
      case DaemonSettings.Listen.Tls tls -> {
        TlsFiles files = new TlsFiles(settings.tlsDirectory(), Clock.systemUTC());
        files.ensure(serverNames(tls, settings));
        yield new Endpoint.TlsTcp(
            new InetSocketAddress(tls.host(), tls.port()), files.serverContext().context());
      }
    };
  }

  /** The names that the server's certificate answers to. */
  public static List<String> serverNames(DaemonSettings.Listen.Tls tls, DaemonSettings settings) {
    List<String> names = new ArrayList<>(settings.tlsNames());
    names.add(settings.engine().hostName());
    names.add("localhost");
    names.add("127.0.0.1");
    if (!tls.host().equals("0.0.0.0") && !tls.host().equals("::")) {
      names.add(tls.host());
    }
    return names.stream().distinct().toList();
  }

  /** Returns once {@link #close} was called. */
  public void awaitEnd() throws InterruptedException {
    ended.await();
  }

  /** Stops listening and lets go of the containers, which run on. */
  @Override
  public void close() {
    LOG.info("stopping; containers run on");
    server.close();
    try {
      actors.close();
    } finally {
      host.close();
      ended.countDown();
    }
  }
}
