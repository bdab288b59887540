package dev.flota.api.daemon;

import dev.flota.api.config.DaemonSettings;
import dev.flota.api.docker.DockerApi;
import dev.flota.api.docker.Router;
import dev.flota.api.docker.system.DaemonInfo;
import dev.flota.api.fleet.FleetControl;
import dev.flota.api.fleet.FleetPart;
import dev.flota.api.fleet.FleetRoutes;
import dev.flota.api.fleet.Forwarder;
import dev.flota.api.http.Endpoint;
import dev.flota.api.http.HttpServer;
import dev.flota.api.tls.TlsFiles;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.ledger.HostCertificate;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon: listener and engine for as long as the process lives, actors between them that may be
 * replaced.
 */
public final class Daemon implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Daemon.class);

  private final DaemonSettings settings;
  private final HttpServer server;
  private final Version version = Version.current();
  private final AtomicReference<@Nullable Node> node = new AtomicReference<>();
  private final AtomicReference<@Nullable Endpoint> peerEndpoint = new AtomicReference<>();
  private final CountDownLatch ended = new CountDownLatch(1);
  private final QuietCollector collector = QuietCollector.start();
  private final Router api;

  private Daemon(DaemonSettings settings, HttpServer server) {
    this.settings = settings;
    this.server = server;
    FleetControl control =
        new FleetControl(
            settings, version.version(), this::reopen, this::part, () -> fleet().directory());
    api =
        DockerApi.create(
            this::fleet,
            info(version),
            server.materializer(),
            new Forwarder(this::fleet, this::part),
            new FleetRoutes(control, this::fleet).routes());
  }

  /**
   * Finds what is on this host, and listens.
   *
   * @throws IOException when an address cannot be had; its message names it
   */
  public static Daemon start(DaemonSettings settings) throws IOException {
    Daemon daemon = new Daemon(settings, HttpServer.start());
    try {
      daemon.open();
      for (DaemonSettings.Listen listen : settings.hosts()) {
        daemon.server.listen(endpoint(listen, settings), daemon.api);
      }
      return daemon;
    } catch (IOException | RuntimeException e) {
      daemon.close();
      throw e;
    }
  }

  private synchronized void open() throws IOException {
    Node opened = Node.open(settings, version, server);
    node.set(opened);
    if (opened.part().isPresent()) {
      FleetPart part = opened.part().get();
      HostIdentity identity = part.identity();
      peerEndpoint.set(
          server.listen(
              new Endpoint.PeerTcp(
                  new InetSocketAddress(identity.address(), identity.ports().peer()),
                  part.keys().proof().tls(),
                  HostCertificate::hostId),
              api));
    }
  }

  /** In the fleet of which the files tell now. What runs goes on; calls meanwhile get a 503. */
  private synchronized void reopen() {
    closeNode();
    try {
      open();
    } catch (IOException e) {
      throw EngineException.system("cannot listen for other hosts: " + e.getMessage(), e);
    }
  }

  private void closeNode() {
    Endpoint peers = peerEndpoint.getAndSet(null);
    if (peers != null) {
      server.stopListening(peers);
    }
    Node last = node.getAndSet(null);
    if (last != null) {
      last.close();
    }
  }

  private Fleet fleet() {
    Node now = node.get();
    if (now == null) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE, "the engine is being opened anew: try again in a second");
    }
    return now.fleet();
  }

  private Optional<FleetPart> part() {
    Node now = node.get();
    return now == null ? Optional.empty() : now.part();
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
    collector.close();
    server.close();
    try {
      closeNode();
    } finally {
      ended.countDown();
    }
  }
}
