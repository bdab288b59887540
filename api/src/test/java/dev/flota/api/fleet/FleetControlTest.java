package dev.flota.api.fleet;

import static dev.flota.cluster.ledger.Submission.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.api.config.DaemonSettings;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.api.docker.Router;
import dev.flota.api.docker.Samples;
import dev.flota.api.http.Endpoint;
import dev.flota.api.http.HttpServer;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.ContainerBook;
import dev.flota.cluster.ledger.HostCertificate;
import dev.flota.cluster.ledger.LedgerState;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.ContainerIndex;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A host at 127.0.0.1 that founds or joins, but whose engine cannot be opened in a fleet. The fleet
 * that it asks has a real ledger, and a port that answers as its daemons do.
 */
class FleetControlTest {
  private static final String VERSION = "0.4.0";
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir static Path fleetDirectory;
  private static TestFleet fleet;
  private static HttpServer server;
  private static String door;

  @TempDir Path directory;
  private final ContainerIndex own = new ContainerIndex();
  private final AtomicInteger opened = new AtomicInteger();
  private HostIdentity.Ports ports;
  private FleetControl control;

  @BeforeAll
  static void openFleet() throws IOException {
    fleet = new TestFleet(fleetDirectory);
    server = HttpServer.start();
    HostIdentity first = fleet.first();
    Admission admission =
        new Admission(first, fleet.keys(first), fleet.ledger(first), VERSION, Clock.systemUTC());
    Route members =
        Route.of(
            "POST",
            "/fleet/members",
            call ->
                call.strictBody()
                    .thenCompose(body -> admission.admit(JoinRequest.parse(body.toArray())))
                    .thenApply(FleetRoutes::admitted));
    Route removal =
        Route.of(
            "DELETE",
            "/fleet/hosts/{host}",
            call ->
                fleet
                    .ledger(first)
                    .submit(new Change.RemoveHost(call.path("host"), true))
                    .thenApply(done -> Replies.noContent()));
    Endpoint.PeerTcp endpoint =
        (Endpoint.PeerTcp)
            server.listen(
                new Endpoint.PeerTcp(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    fleet.keys(first).proof().tls(),
                    HostCertificate::hostId),
                new Router(List.of(members, removal), VERSION, server.materializer()));
    door = "127.0.0.1:" + endpoint.address().getPort();
  }

  @AfterAll
  static void closeFleet() {
    server.close();
    fleet.close();
  }

  @BeforeEach
  void prepare() throws IOException {
    List<ServerSocket> free = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      free.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
    }
    ports =
        new HostIdentity.Ports(
            free.get(0).getLocalPort(), free.get(1).getLocalPort(), free.get(2).getLocalPort());
    for (ServerSocket socket : free) {
      socket.close();
    }
    control =
        new FleetControl(
            settings(),
            VERSION,
            this::reopen,
            Optional::empty,
            () -> new Directory(own, "", () -> ContainerBook.EMPTY));
  }

  /** In a fleet it fails, alone it succeeds. */
  private void reopen() {
    opened.incrementAndGet();
    if (Files.exists(state().resolve("cluster/fleet.json"))) {
      throw EngineException.system("no memory left");
    }
  }

  private Path state() {
    return directory.resolve("state");
  }

  private DaemonSettings settings() {
    return new DaemonSettings(
        List.of(),
        directory,
        List.of(),
        new EngineSettings(
            state(),
            directory.resolve("run"),
            "joiner",
            "crun",
            Map.of(),
            Path.of("conmon"),
            Path.of("init"),
            "flota",
            new EngineSettings.Bridge("flota0", "10.0.0.0/24", "10.0.0.1", 1500),
            new EngineSettings.Registry(List.of(), List.of(), directory, 3, 1, 5)),
        new DaemonSettings.FleetSettings(
            "",
            ports,
            4789,
            "keep-majority",
            Duration.ofSeconds(5),
            Duration.ofSeconds(3),
            Duration.ofMillis(1200),
            "spread",
            Duration.ofSeconds(15),
            false));
  }

  private static String token() {
    return fleet.token(Instant.now(), HOUR).toString();
  }

  private List<String> files() throws IOException {
    if (!Files.exists(state())) {
      return List.of();
    }
    try (Stream<Path> all = Files.walk(state())) {
      return all.map(path -> state().relativize(path).toString())
          // Networks are the host's own: the registry makes their directory when it is looked at.
          .filter(path -> !path.isEmpty() && !path.startsWith("networks"))
          .toList();
    }
  }

  /** Refused so, and nothing has changed, neither here nor in the fleet. */
  private void refused(
      String token, String remote, String address, ErrorKind kind, String beginning)
      throws IOException {
    LedgerState before = fleet.ledger(fleet.first()).state();
    assertThatThrownBy(() -> control.join(token, remote, address, Map.of()))
        .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessageStartingWith(beginning);
    assertThat(files()).isEmpty();
    assertThat(opened).hasValue(0);
    assertThat(await(fleet.ledger(fleet.first()).sync())).isEqualTo(before);
  }

  @Test
  void whatIsNoTokenIsRefused() throws IOException {
    refused("nonsense", door, "127.0.0.1", ErrorKind.INVALID, "token: this is no join token");
  }

  @Test
  void aTokenOfAnotherFleetIsRefusedBeforeItsSecretIsTold() throws IOException {
    refused(
        JoinToken.random("0".repeat(64)).toString(),
        door,
        "127.0.0.1",
        ErrorKind.UNAUTHORIZED,
        "token: it was issued by another fleet than that of "
            + door
            + "; 'flota token create' there prints one");
  }

  @Test
  void anExpiredTokenIsRefused() throws IOException {
    refused(
        fleet.token(Instant.now().minus(HOUR), Duration.ofMinutes(1)).toString(),
        door,
        "127.0.0.1",
        ErrorKind.FORBIDDEN,
        "this join token expired at ");
  }

  @ParameterizedTest
  @CsvSource({
    "nowhere,'remote: \"nowhere\" is no address; give HOST:PORT of a host of the fleet'",
    "127.0.0.1:99999,'remote: \"127.0.0.1:99999\" is no address; give HOST:PORT'",
    "127.0.0.1:0,'remote: \"127.0.0.1:0\" is no address; give HOST:PORT'",
    "no-such-host.invalid:2377,'remote: the name in \"no-such-host.invalid:2377\" is unknown'"
  })
  void aRemoteThatIsNoneIsNamed(String remote, String text) throws IOException {
    refused(token(), remote, "127.0.0.1", ErrorKind.INVALID, text);
  }

  @Test
  void whereNobodyListensIsSaidSo() throws IOException {
    String remote = "127.0.0.1:" + ports.peer();
    refused(token(), remote, "127.0.0.1", ErrorKind.UNAVAILABLE, remote + " cannot be reached: ");
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1,'address: 192.0.2.1 is none of this host''s, which are ['",
    "300.1.1.1,'address: \"300.1.1.1\" is no IPv4 address'",
    "joiner,'address: \"joiner\" is no IPv4 address'"
  })
  void anAddressThatIsNotThisHostsIsNamed(String address, String text) throws IOException {
    refused(token(), door, address, ErrorKind.INVALID, text);
    assertThatThrownBy(() -> control.init(address, Map.of()))
        .isInstanceOf(EngineException.class)
        .hasMessageStartingWith(text);
    assertThat(files()).isEmpty();
  }

  @Test
  void aPortThatIsInUseIsNamed() throws IOException {
    InetAddress address = InetAddress.getLoopbackAddress();
    try (ServerSocket taken = new ServerSocket(ports.ledger(), 1, address)) {
      assertThat(taken.isBound()).isTrue();
      refused(
          token(),
          door,
          "127.0.0.1",
          ErrorKind.CONFLICT,
          "ledger-port: this host cannot listen on 127.0.0.1:" + ports.ledger());
    }
  }

  @Test
  void aHostWithContainersDoesNotJoin() throws IOException {
    own.put(Samples.running("a".repeat(64), "web"));
    refused(token(), door, "127.0.0.1", ErrorKind.CONFLICT, "this host has containers");
  }

  @Test
  void aJoinThatFailsInTheEndIsUndoneOnBothSides() throws IOException {
    String token = token();
    assertThatThrownBy(() -> control.join(token, door, "127.0.0.1", Map.of()))
        .isInstanceOf(EngineException.class)
        .hasMessage("no memory left");

    assertThat(files()).isEmpty();
    assertThat(opened).hasValue(2);
    assertThat(await(fleet.ledger(fleet.first()).sync()).hosts().all()).hasSize(1);
  }

  @Test
  void aFoundationThatFailsInTheEndIsUndone() throws IOException {
    assertThatThrownBy(() -> control.init("127.0.0.1", Map.of()))
        .isInstanceOf(EngineException.class)
        .hasMessage("no memory left");

    assertThat(files()).isEmpty();
    assertThat(opened).hasValue(2);
  }

  @Test
  void whoIsInNoFleetIsToldTheWayIntoOne() {
    assertThatThrownBy(() -> control.leave(false))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
        .hasMessage(
            "this host belongs to no fleet: 'flota init' makes one, 'flota join' joins one");
  }
}
