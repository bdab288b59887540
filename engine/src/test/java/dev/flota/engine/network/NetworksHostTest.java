package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The network of a host as the kernel really makes it; needs root and libnftables. */
@Tag("host")
@EnabledIfEnvironmentVariable(named = "FLOTA_HOST_TESTS", matches = "1")
final class NetworksHostTest {
  private static final int CONNECT_MILLIS = 5000;

  @TempDir Path directory;

  @Test
  void aContainerHasItsAddressAndReachesTheGateway() throws Exception {
    onHost(
        networks -> {
          ContainerRecord web = create(networks, "web", "{}", "{}");
          Attached attached = networks.attach(web);
          Path namespace = namespace(attached);
          String address = address(web);
          try (ServerSocket gateway = listen("10.9.0.1", 7000)) {
            assertThat(
                    TestHost.in(
                        namespace,
                        () -> {
                          try (Socket socket = connect("10.9.0.1", 7000)) {
                            return socket.getLocalAddress().getHostAddress();
                          }
                        }))
                .isEqualTo(address)
                .isEqualTo("10.9.0.2");
            assertThat(gateway.getLocalPort()).isEqualTo(7000);
          }
          assertThat(TestHost.in(namespace, () -> read("/proc/thread-self/net/dev")))
              .contains("eth0:")
              .contains("lo:");
          assertThat(
                  TestHost.in(
                      namespace, () -> read("/proc/sys/net/ipv4/ip_unprivileged_port_start")))
              .isEqualTo("0");
          networks.detach(web);
          assertThat(namespace).doesNotExist();
          networks.detach(web);
        });
  }

  @Test
  void whatAContainerSendsBeforeItIsPluggedInWaitsForThat() throws Exception {
    onHost(
        networks -> {
          ContainerRecord web = create(networks, "web", "{}", "{}");
          Path namespace = namespace(networks.attachUnplugged(web));
          InetSocketAddress gateway = new InetSocketAddress("10.9.0.1", 7000);
          try (DatagramSocket server = new DatagramSocket(gateway)) {
            server.setSoTimeout(CONNECT_MILLIS);
            TestHost.in(namespace, () -> sendUnanswered("early", gateway));
            networks.plug(web);
            networks.settle(web);
            assertThat(receive(server)).isEqualTo("early");
          }
          String pause = "/proc/sys/net/ipv4/neigh/%s/retrans_time_ms";
          assertThat(TestHost.in(namespace, () -> lines(pause.formatted("eth0"))))
              .isEqualTo(TestHost.in(namespace, () -> lines(pause.formatted("lo"))))
              .isEqualTo(List.of("1000"));
          networks.detach(web);
        });
  }

  /** Returns when the kernel has asked some times who that is. */
  private static boolean sendUnanswered(String word, SocketAddress to) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      send(socket, word, to);
    }
    int before = sent("eth0");
    while (sent("eth0") < before + 5) {
      Thread.onSpinWait();
    }
    assertThat(read("/proc/thread-self/net/arp")).contains("00:00:00:00:00:00");
    return true;
  }

  private static int sent(String device) throws IOException {
    String counters =
        read("/proc/thread-self/net/dev")
            .lines()
            .filter(line -> line.contains(device + ":"))
            .findFirst()
            .orElseThrow();
    return Integer.parseInt(
        counters.substring(counters.indexOf(':') + 1).strip().split(" +", -1)[9]);
  }

  @Test
  void aPublishedPortAnswersOnTheHostOnLoopbackAndFromTheContainerItself() throws Exception {
    onHost(
        networks -> {
          ContainerRecord web =
              create(
                  networks,
                  "web",
                  "{}",
                  "{\"PortBindings\": {\"80/tcp\": [{\"HostPort\": \"8080\"}]}}");
          Attached attached = networks.attach(web);
          assertThat(attached.endpoints().getFirst().published())
              .containsEntry("80/tcp", List.of(new EndpointRecord.Published("0.0.0.0", 8080)));
          Path namespace = namespace(attached);
          try (ServerSocket server = TestHost.in(namespace, () -> listen("0.0.0.0", 80))) {
            assertThat(greeting(server, "127.0.0.1", 8080)).isEqualTo("web");
            assertThat(greeting(server, "10.9.0.1", 8080)).isEqualTo("web");
            assertThat(TestHost.in(namespace, () -> greeting(server, "10.9.0.1", 8080)))
                .isEqualTo("web");
          }
          networks.detach(web);
          assertThatThrownBy(() -> connect("127.0.0.1", 8080).close())
              .isInstanceOf(IOException.class);
        });
  }

  @Test
  void aPortOfOneAddressAnswersThereOnly() throws Exception {
    onHost(
        networks -> {
          ContainerRecord web =
              create(
                  networks,
                  "web",
                  "{}",
                  "{\"PortBindings\": {\"80/tcp\": [{\"HostIp\": \"127.0.0.1\", \"HostPort\":"
                      + " \"8080\"}], \"90/sctp\": [{\"HostPort\": \"9000\"}]}}");
          Attached attached = networks.attach(web);
          try (ServerSocket server =
              TestHost.in(namespace(attached), () -> listen("0.0.0.0", 80))) {
            assertThat(greeting(server, "127.0.0.1", 8080)).isEqualTo("web");
            assertThatThrownBy(() -> connect("10.9.0.1", 8080).close())
                .isInstanceOf(IOException.class);
          }
          networks.detach(web);
        });
  }

  @Test
  void aRestartedDaemonTakesOverWithoutTouchingTheLivingAndRemovesTheDead() throws Exception {
    onHost(
        networks -> {
          String publish = "{\"PortBindings\": {\"80/tcp\": [{\"HostPort\": \"8080\"}]}}";
          ContainerRecord web = create(networks, "web", "{}", publish);
          ContainerRecord dead = create(networks, "dead", "{}", "{\"PublishAllPorts\": false}");
          Attached attached = networks.attach(web);
          networks.attach(dead);
          networks.close();
          ContainerRecord living = Samples.running(web.withEndpoints(attached.endpoints()));
          try (ServerSocket server =
              TestHost.in(namespace(attached), () -> listen("0.0.0.0", 80))) {
            assertThat(greeting(server, "127.0.0.1", 8080)).isEqualTo("web");
            try (Networks next = new Networks(Samples.settings(directory))) {
              next.open(List.of(living, dead));
              assertThat(greeting(server, "127.0.0.1", 8080)).isEqualTo("web");
              ContainerRecord other = create(next, "other", "{}", publish);
              assertThat(address(other)).isEqualTo("10.9.0.4");
              assertThatThrownBy(() -> next.attach(other))
                  .hasMessageEndingWith("Bind for 0.0.0.0:8080 failed: port is already allocated")
                  .hasMessageContaining("on endpoint other (" + endpointId(other) + ")");
              assertThat(names(next)).containsExactly(living.id().substring(0, 12));
              next.detach(living);
              assertThat(next.attach(other).endpoints().getFirst().published()).hasSize(1);
              next.detach(other);
            }
          }
        });
  }

  @Test
  void aPortThatAForeignProcessHasIsRefusedAndNothingIsLeft() throws Exception {
    onHost(
        networks -> {
          ContainerRecord web =
              create(
                  networks,
                  "web",
                  "{}",
                  "{\"PortBindings\": {\"80/tcp\": [{\"HostPort\": \"8080\"}]}}");
          try (ServerSocket foreign = listen("0.0.0.0", 8080)) {
            assertThatThrownBy(() -> networks.attach(web))
                .hasMessageEndingWith(
                    "failed to bind host port for 0.0.0.0:8080:10.9.0.2:80/tcp:"
                        + " address already in use");
            assertThat(foreign.isClosed()).isFalse();
          }
          assertThat(names(networks)).isEmpty();
          assertThat(networks.attach(web).namespace()).isNotNull();
          networks.detach(web);
        });
  }

  @Test
  void aRestartDoesNotWaitForTheDeletionOfTheOldInterface() throws Exception {
    onHost(
        networks -> {
          ContainerRecord web = create(networks, "web", "{}", "{}");
          for (int i = 0; i < 20; i++) {
            assertThat(networks.attach(web).namespace()).isNotNull();
            networks.detach(web);
          }
          awaitNoInterfaces();
        });
  }

  @Test
  void noNetworkMeansLoopbackOnlyAndHostMeansNoNamespace() throws Exception {
    onHost(
        networks -> {
          ContainerRecord none = create(networks, "none", "{}", "{\"NetworkMode\": \"none\"}");
          Path namespace = namespace(networks.attach(none));
          assertThat(TestHost.in(namespace, () -> read("/proc/thread-self/net/dev")))
              .contains("lo:")
              .doesNotContain("eth0");
          networks.detach(none);
          ContainerRecord host = create(networks, "host", "{}", "{\"NetworkMode\": \"host\"}");
          assertThat(networks.attach(host).namespace()).isNull();
          networks.detach(host);
        });
  }

  @Test
  void aFlushedPacketFilterIsMadeAnew() throws Exception {
    onHost(
        networks -> {
          try (Nftables foreign = new Nftables()) {
            foreign.apply("flush ruleset");
          }
          ContainerRecord web =
              create(
                  networks,
                  "web",
                  "{}",
                  "{\"PortBindings\": {\"80/tcp\": [{\"HostPort\": \"8080\"}]}}");
          Attached attached = networks.attach(web);
          try (ServerSocket server =
              TestHost.in(namespace(attached), () -> listen("0.0.0.0", 80))) {
            assertThat(greeting(server, "127.0.0.1", 8080)).isEqualTo("web");
          }
          networks.detach(web);
        });
  }

  @Test
  void aDatagramFlowThatBeganBeforeTheContainerReachesIt() throws Exception {
    onHost(
        networks -> {
          ContainerRecord names =
              create(
                  networks,
                  "names",
                  "{}",
                  "{\"PortBindings\": {\"53/udp\": [{\"HostPort\": \"5300\"}]}}");
          try (DatagramSocket client = new DatagramSocket()) {
            client.setSoTimeout(CONNECT_MILLIS);
            SocketAddress host = new InetSocketAddress("10.9.0.1", 5300);
            send(client, "early", host);
            Attached attached = networks.attach(names);
            try (DatagramSocket server =
                TestHost.in(namespace(attached), () -> new DatagramSocket(53))) {
              server.setSoTimeout(CONNECT_MILLIS);
              send(client, "again", host);
              assertThat(receive(server)).isEqualTo("again");
            }
          }
          networks.detach(names);
        });
  }

  private static void send(DatagramSocket socket, String word, SocketAddress to)
      throws IOException {
    byte[] data = word.getBytes(StandardCharsets.UTF_8);
    socket.send(new DatagramPacket(data, data.length, to));
  }

  private static String receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[64], 64);
    socket.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void theWorldReachesPublishedPortsOnlyAndContainersReachTheWorld(String bridgedFilter)
      throws Exception {
    onHost(
        networks -> {
          Path filter = Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");
          if (Files.exists(filter)) {
            Files.writeString(filter, bridgedFilter, StandardOpenOption.WRITE);
          }
          Path world = outside();
          ContainerRecord web =
              create(
                  networks,
                  "web",
                  "{\"ExposedPorts\": {\"80\": {}}}",
                  "{\"PublishAllPorts\": true}");
          Attached attached = networks.attach(web);
          int port = port(attached, "80/tcp");
          Path namespace = namespace(attached);
          try (ServerSocket server = TestHost.in(namespace, () -> listen("0.0.0.0", 80))) {
            assertThat(TestHost.in(world, () -> greeting(server, "192.168.77.1", port)))
                .isEqualTo("web");
            assertThatThrownBy(() -> TestHost.in(world, () -> connect("10.9.0.2", 80)))
                .as("not past the published port")
                .isInstanceOf(IOException.class);
            ContainerRecord other = create(networks, "other", "{}", "{}");
            Path second = namespace(networks.attach(other));
            assertThat(TestHost.in(second, () -> greeting(server, "10.9.0.1", port)))
                .as("by the host's port")
                .isEqualTo("web");
            assertThat(TestHost.in(second, () -> greeting(server, "10.9.0.2", 80)))
                .as("directly")
                .isEqualTo("web");
            networks.detach(other);
          }
          try (ServerSocket server = TestHost.in(world, () -> listen("192.168.77.2", 90))) {
            assertThat(TestHost.in(namespace, () -> peer(server, "192.168.77.2", 90)))
                .as("as the host")
                .isEqualTo("192.168.77.1");
          }
          networks.detach(web);
          NetworkNamespace.delete(world);
        });
  }

  /** A machine beside the host, 192.168.77.2, that would route to containers by the host. */
  private Path outside() throws Exception {
    Path file = directory.resolve("run/netns/world");
    NetworkNamespace.create(file, descriptor -> {});
    ip("link add world type veth peer name lan netns " + file);
    ip("addr add 192.168.77.1/24 dev world");
    ip("link set world up");
    TestHost.in(
        file,
        () -> {
          ip("addr add 192.168.77.2/24 dev lan");
          ip("link set lan up");
          ip("route add default via 192.168.77.1");
          return true;
        });
    return file;
  }

  private static void ip(String arguments) throws Exception {
    Process process = new ProcessBuilder(("ip " + arguments).split(" ", -1)).inheritIO().start();
    assertThat(process.waitFor()).as(arguments).isZero();
  }

  private static String peer(ServerSocket server, String address, int port) throws IOException {
    try (Socket client = connect(address, port);
        Socket accepted = server.accept()) {
      assertThat(client.isConnected()).isTrue();
      return accepted.getInetAddress().getHostAddress();
    }
  }

  @Test
  void aNamespaceThatAnotherContainerSharesLosesItsInterface() throws Exception {
    onHost(
        networks -> {
          ContainerRecord web = create(networks, "web", "{}", "{}");
          Path namespace = namespace(networks.attach(web));
          int held = NetworkNamespace.hold(namespace).orElseThrow(); // as a process in it does
          networks.detach(web);
          boolean gone =
              TestHost.in(
                  Path.of("/proc/self/fd/" + held),
                  () -> {
                    awaitGone("eth0");
                    return true;
                  });
          SystemCalls.close(held);
          assertThat(gone).isTrue();
        });
  }

  private interface HostTest {
    void run(Networks networks) throws Exception;
  }

  private void onHost(HostTest test) throws Exception {
    Callable<Boolean> body =
        () -> {
          try (Networks networks = new Networks(Samples.settings(directory))) {
            networks.open(List.of());
            test.run(networks);
          }
          return true;
        };
    assertThat(TestHost.inNew(body)).isTrue();
  }

  private static ContainerRecord create(
      Networks networks, String name, String config, String hostConfig) {
    List<EndpointRecord> endpoints =
        networks.reserve(
            Samples.id(name),
            Samples.hostConfig(hostConfig),
            Samples.config(config),
            Samples.networking("{}"));
    return Samples.container(name, config, hostConfig, endpoints);
  }

  private static Path namespace(Attached attached) {
    Path namespace = attached.namespace();
    if (namespace == null) {
      throw new AssertionError("no namespace");
    }
    return namespace;
  }

  private static String address(ContainerRecord container) {
    return String.valueOf(container.endpoints().getFirst().address());
  }

  private static int port(Attached attached, String containerPort) {
    return attached
        .endpoints()
        .getFirst()
        .published()
        .getOrDefault(containerPort, List.of())
        .getFirst()
        .hostPort();
  }

  private static String endpointId(ContainerRecord container) {
    return container.endpoints().getFirst().endpointId();
  }

  private static List<String> names(Networks networks) throws IOException {
    Path files = networks.namespace(Samples.id("any")).resolveSibling(".");
    try (Stream<Path> found = Files.list(files.normalize())) {
      return found.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static void awaitNoInterfaces() throws IOException {
    awaitGone("(flotax|v[0-9a-f]{12})");
  }

  private static void awaitGone(String interfaces) throws IOException {
    long end = System.nanoTime() + 10_000_000_000L;
    while (read("/proc/thread-self/net/dev").matches("(?s).*" + interfaces + ".*")) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static ServerSocket listen(String address, int port) throws IOException {
    return new ServerSocket(port, 5, InetAddress.getByName(address));
  }

  private static Socket connect(String address, int port) throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
    return socket;
  }

  private static String greeting(ServerSocket server, String address, int port) throws IOException {
    try (Socket client = connect(address, port);
        Socket accepted = server.accept()) {
      accepted.getOutputStream().write("web".getBytes(StandardCharsets.UTF_8));
      accepted.shutdownOutput();
      return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** In one read, unlike {@link #read}: a second one of a setting finds nothing. */
  private static List<String> lines(String file) throws IOException {
    return Files.readAllLines(Path.of(file));
  }

  private static String read(String file) throws IOException {
    return Files.readString(Path.of(file)).strip();
  }
}
