package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.network.NetworkDefinition.AddressWish;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** Networks of users as the kernel really makes them; needs root and libnftables. */
@Tag("host")
@EnabledIfEnvironmentVariable(named = "FLOTA_HOST_TESTS", matches = "1")
final class UserNetworksHostTest {
  private static final int CONNECT_MILLIS = 2000;
  private static final String PUBLISH =
      "\"PortBindings\": {\"80/tcp\": [{\"HostPort\": \"8080\"}]}";

  @TempDir Path directory;

  @Test
  void containersOfOneNetworkReachEachOtherAndThoseOfOthersDoNot() throws Exception {
    onHost(
        networks -> {
          create(networks, "one", "10.5.1.0/24", false);
          create(networks, "two", "10.5.2.0/24", false);
          ContainerRecord web = start(networks, "web", "\"NetworkMode\": \"one\"");
          ContainerRecord near = start(networks, "near", "\"NetworkMode\": \"one\"");
          ContainerRecord far = start(networks, "far", "\"NetworkMode\": \"two\"");
          ContainerRecord plain = start(networks, "plain", "");
          try (ServerSocket server = listen(networks, web, "10.5.1.2", 80)) {
            assertThat(peer(networks, near, server, "10.5.1.2", 80)).isEqualTo("10.5.1.3");
            assertUnreachable(networks, far, "10.5.1.2", 80);
            assertUnreachable(networks, plain, "10.5.1.2", 80);
          }
          detachAll(networks, web, near, far, plain);
        });
  }

  @Test
  void aRunningContainerChangesItsNetworksAndTheGatewayFollows() throws Exception {
    onHost(
        networks -> {
          create(networks, "one", "10.5.1.0/24", false);
          create(networks, "two", "10.5.2.0/24", false);
          ContainerRecord web = start(networks, "web", "\"NetworkMode\": \"two\", " + PUBLISH);
          assertThat(routes(networks, web)).contains("eth0\t00000000\t0102050A");
          try (ServerSocket server = listen(networks, web, "0.0.0.0", 80)) {
            ContainerRecord both =
                web.withEndpoints(
                    networks.connect(web, "one", EndpointWish.NONE.withMac("02:00:00:00:00:09")));
            assertThat(routes(networks, both)).contains("eth1\t00000000\t0101050A");
            assertThat(both.endpoints())
                .extracting(EndpointRecord::mac)
                .containsExactly("02:42:0a:05:02:02", "02:00:00:00:00:09");
            assertThat(both.endpoints())
                .extracting(endpoint -> endpoint.published().size())
                .as("published by the gateway")
                .containsExactly(0, 1);
            assertThat(peer(server, "127.0.0.1", 8080)).isEqualTo("10.5.1.1");
            ContainerRecord left = both.withEndpoints(networks.disconnect(both, "two", false));
            assertThat(interfaces(networks, left)).contains("eth1:").doesNotContain("eth0:");
            assertThat(peer(server, "127.0.0.1", 8080)).isEqualTo("10.5.1.1");
            ContainerRecord none = left.withEndpoints(networks.disconnect(left, "one", false));
            assertThat(routes(networks, none)).doesNotContain("eth");
            assertThatThrownBy(() -> peer(server, "127.0.0.1", 8080))
                .isInstanceOf(IOException.class);
            assertThat(networks.remove("two", List.of(none)).name()).isEqualTo("two");
            detachAll(networks, none);
          }
        });
  }

  @Test
  void aNetworkInUseStaysAndOneThatIsGoneLeavesNothing() throws Exception {
    onHost(
        networks -> {
          NetworkInfo network = create(networks, "one", "10.5.1.0/24", false);
          String bridge = "br-" + network.id().substring(0, 12);
          ContainerRecord web = start(networks, "web", "\"NetworkMode\": \"one\"");
          assertThatThrownBy(() -> networks.remove("one", List.of(web)))
              .hasMessage(
                  "error while removing network: network one id %s has active endpoints"
                      .formatted(network.id()));
          networks.detach(web);
          ContainerRecord stopped = web.withState(RunState.created());
          networks.remove("one", List.of(stopped));
          assertThat(read("/proc/thread-self/net/dev")).doesNotContain(bridge);
          assertThatThrownBy(() -> networks.attach(stopped))
              .hasMessage(
                  "failed to set up container networking: network %s not found"
                      .formatted(network.id()));
          create(networks, "one", "10.5.3.0/24", false);
          EndpointRecord renewed = networks.attach(stopped).endpoints().getFirst();
          assertThat(renewed.address()).isEqualTo("10.5.3.2");
          networks.detach(web.withEndpoints(List.of(renewed)));
          networks.release(web.withEndpoints(List.of(renewed)));
        });
  }

  @Test
  void aDaemonThatDiedHalfWayIsPutRight() throws Exception {
    onHost(
        networks -> {
          create(networks, "one", "10.5.1.0/24", false);
          NetworkInfo gone = create(networks, "gone", "10.5.2.0/24", false);
          ContainerRecord web = start(networks, "web", "\"NetworkMode\": \"one\"");
          ContainerRecord both =
              web.withEndpoints(networks.connect(web, "bridge", EndpointWish.NONE));
          ContainerRecord plain = start(networks, "plain", "");
          networks.close();
          try (Links links = Links.open()) {
            links.delete(Plugs.name(both.id(), 0)); // the record says more than the kernel
          }
          Files.delete(directory.resolve("lib/networks/" + gone.id() + ".json"));
          try (Networks next = new Networks(Samples.settings(directory))) {
            next.open(List.of(both, Samples.running(plain)));
            assertThat(next.list())
                .extracting(NetworkInfo::name)
                .containsExactly("bridge", "host", "none", "one");
            assertThat(read("/proc/thread-self/net/dev"))
                .doesNotContain("br-" + gone.id().substring(0, 12));
            assertThat(interfaces(next, both)).contains("eth0:", "eth1:");
            assertThat(routes(next, both)).contains("eth1\t00000000\t0100090A");
            try (ServerSocket server = listen(next, both, "10.5.1.2", 80)) {
              ContainerRecord near = start(next, "near", "\"NetworkMode\": \"one\"");
              assertThat(peer(next, near, server, "10.5.1.2", 80)).isEqualTo("10.5.1.3");
              assertUnreachable(next, plain, "10.5.1.2", 80);
              detachAll(next, near);
            }
            detachAll(next, both, plain);
          }
        });
  }

  @Test
  void anInterfaceThatNoRecordKnowsIsRemoved() throws Exception {
    onHost(
        networks -> {
          create(networks, "one", "10.5.1.0/24", false);
          ContainerRecord web = start(networks, "web", "");
          assertThat(networks.connect(web, "one", EndpointWish.NONE)).hasSize(2);
          networks.close();
          try (Networks next = new Networks(Samples.settings(directory))) {
            next.open(List.of(web));
            awaitGone(Plugs.name(web.id(), 1));
            assertThat(interfaces(next, web)).contains("eth0:").doesNotContain("eth1:");
            detachAll(next, web);
          }
        });
  }

  private static void awaitGone(String name) throws IOException {
    long end = System.nanoTime() + 10_000_000_000L;
    while (read("/proc/thread-self/net/dev").contains(name + ":")) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  /** Adds an interface to each network and an address of this host, as a fleet does. */
  private static final class SecondAddress implements Wire {
    @Override
    public Wired attach(NetworkDefinition network, String bridge, int mtu) {
      Ipv4 own = network.network().at(200);
      try (Links links = Links.open()) {
        int index = links.index(bridge);
        links.address(index, network.gatewayAddress(), network.network());
        links.address(index, own, network.network());
      }
      return new Wired(Set.of("gw-" + bridge.substring(0, 6)), own);
    }

    @Override
    public void detach(NetworkDefinition network, String bridge) {
      // The addresses go with the bridge.
    }
  }

  @Test
  void portsOfContainersElsewhereAreReachedWithThisHostsAddress() throws Exception {
    onHost(
        networks -> {
          networks.rewire(new SecondAddress());
          ContainerRecord far = start(networks, "far", "");
          try (ServerSocket server = listen(networks, far, "0.0.0.0", 80)) {
            HostPort port = new HostPort(Protocol.TCP, Ipv4.ANY, 8081);
            Ipv4 address = Ipv4.parse("10.9.0.2").orElseThrow();
            networks.publishElsewhere("far", List.of(new Forward(port, address, 80)));
            assertThat(peer(server, "127.0.0.1", 8081)).isEqualTo("10.9.0.200");
            ContainerRecord near = start(networks, "near", "");
            assertThat(peer(networks, near, server, "10.9.0.1", 8081)).isEqualTo("10.9.0.200");
            networks.withdraw("far");
            assertThatThrownBy(() -> peer(server, "127.0.0.1", 8081))
                .isInstanceOf(IOException.class);
            detachAll(networks, near);
          }
          detachAll(networks, far);
        });
  }

  @Test
  void aBridgeThatSomebodyElseMadeIsNotTouched() throws Exception {
    onHost(
        networks -> {
          try (Links links = Links.open()) {
            links.bridge("foreign0", new MacAddress("02:00:00:00:00:01"), 1500);
          }
          NetworkDefinition wish =
              NetworkDefinition.wish(
                  "one",
                  "bridge",
                  AddressWish.ANY,
                  false,
                  false,
                  Map.of("com.docker.network.bridge.name", "foreign0"),
                  Map.of());
          assertThatThrownBy(() -> networks.create(wish))
              .isInstanceOf(EngineException.class)
              .hasMessageContaining("foreign0 exists and was not made by this engine");
          assertThat(networks.list()).hasSize(3);
          assertThat(read("/proc/thread-self/net/dev")).contains("foreign0:");
        });
  }

  // ---- how it is done

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

  private static NetworkInfo create(
      Networks networks, String name, String subnet, boolean internal) {
    return networks.create(
        NetworkDefinition.wish(
            name,
            "bridge",
            new AddressWish(subnet, null, null, Map.of()),
            internal,
            false,
            Map.of(),
            Map.of()));
  }

  private static ContainerRecord start(Networks networks, String name, String hostConfig) {
    String json = "{" + hostConfig + "}";
    List<EndpointRecord> endpoints =
        networks.reserve(
            Samples.id(name),
            Samples.hostConfig(json),
            Samples.config("{}"),
            Samples.networking("{}"));
    ContainerRecord container = Samples.container(name, "{}", json, endpoints);
    return Samples.running(container.withEndpoints(networks.attach(container).endpoints()));
  }

  private static void detachAll(Networks networks, ContainerRecord... containers) {
    for (ContainerRecord container : containers) {
      networks.detach(container);
      networks.release(container);
    }
  }

  private static <T> T inside(Networks networks, ContainerRecord container, Callable<T> body)
      throws Exception {
    return TestHost.in(networks.namespace(container.id()), body);
  }

  private static ServerSocket listen(
      Networks networks, ContainerRecord container, String address, int port) throws Exception {
    return inside(
        networks, container, () -> new ServerSocket(port, 5, InetAddress.getByName(address)));
  }

  private static String peer(
      Networks networks, ContainerRecord client, ServerSocket server, String address, int port)
      throws Exception {
    return inside(networks, client, () -> peer(server, address, port));
  }

  /** Connects and tells from which address that comes to the server. */
  private static String peer(ServerSocket server, String address, int port) throws IOException {
    try (Socket client = new Socket()) {
      client.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
      try (Socket accepted = server.accept()) {
        return accepted.getInetAddress().getHostAddress();
      }
    }
  }

  private static void assertUnreachable(
      Networks networks, ContainerRecord client, String address, int port) {
    assertThatThrownBy(
            () ->
                inside(
                    networks,
                    client,
                    () -> {
                      try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(address, port), CONNECT_MILLIS);
                      }
                      return true;
                    }))
        .isInstanceOf(IOException.class);
  }

  private static String interfaces(Networks networks, ContainerRecord container) throws Exception {
    return inside(networks, container, () -> read("/proc/thread-self/net/dev"));
  }

  private static String routes(Networks networks, ContainerRecord container) throws Exception {
    return inside(networks, container, () -> read("/proc/thread-self/net/route"));
  }

  private static String read(String file) throws IOException {
    return Files.readString(Path.of(file)).strip();
  }
}
