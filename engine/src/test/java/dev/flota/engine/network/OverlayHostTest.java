package dev.flota.engine.network;

import static dev.flota.engine.network.OverlayLab.address;
import static dev.flota.engine.network.OverlayLab.ask;
import static dev.flota.engine.network.OverlayLab.ip;
import static dev.flota.engine.network.OverlayLab.serve;
import static dev.flota.engine.network.OverlayLab.transfers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.linux.EventLoop;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The overlay between hosts as the kernel really makes it; needs root and libnftables. */
@Tag("host")
@EnabledIfEnvironmentVariable(named = "FLOTA_HOST_TESTS", matches = "1")
final class OverlayHostTest {
  private static final String GATEWAY_MAC = "02:42:0a:09:00:01";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyWayThroughTheOverlayWorks(boolean bridgedFilter) throws Exception {
    inLab(
        3,
        bridgedFilter,
        lab -> {
          openAll(lab, 3);
          for (int number = 1; number <= 3; number++) {
            lab.host(number).filter("snat ip to 10.9.255." + number, 8080, "10.9.0.3");
          }
          Path one = lab.host(1).container("one", "10.9.0.2");
          Path two = lab.host(2).container("two", "10.9.0.3");
          Path near = lab.host(1).container("near", "10.9.0.4");
          Path world = world(lab, 1);
          try (ServerSocket remote = serve(two, "two");
              ServerSocket local = serve(near, "near");
              ServerSocket outside = serve(world, "world")) {
            assertThat(List.of(remote, local, outside)).noneMatch(ServerSocket::isClosed);
            assertThat(ask(one, "10.9.0.3", 80)).as("other host").isEqualTo("two 10.9.0.2");
            assertThat(ask(one, "10.9.0.4", 80)).as("same host").isEqualTo("near 10.9.0.2");
            assertThat(ask(one, "192.168.77.2", 80)).as("world").isEqualTo("world 192.168.77.1");
            assertThat(ask(lab.host(1).namespace(), "10.9.0.4", 80))
                .as("host to its container")
                .isEqualTo("near 10.9.255.1");
            assertThat(ask(lab.host(3).namespace(), "10.9.0.3", 80))
                .as("host to another's container")
                .isEqualTo("two 10.9.255.3");
            assertThat(ask(world, "192.168.77.1", 8080))
                .as("published port on a host without the container")
                .isEqualTo("two 10.9.255.1");
            assertThat(ask(lab.host(3).namespace(), "192.168.50.2", 8080))
                .as("published port on the container's host")
                .isEqualTo("two 10.9.255.2");
            assertThat(ask(one, "10.9.0.1", 8080))
                .as("published port by the gateway")
                .isEqualTo("two 10.9.255.1");
            assertThat(ask(two, "10.9.0.1", 8080))
                .as("its own published port by the gateway")
                .isEqualTo("two 10.9.255.2");
            assertThat(ask(one, "192.168.50.2", 8080))
                .as("published port of another host from a container")
                .isEqualTo("two 10.9.255.2");
            assertThat(neighbours(one)).contains("10.9.0.1 dev eth0 lladdr " + GATEWAY_MAC);
          }
          byte[] bytes = new byte[5_000_000];
          new Random(1).nextBytes(bytes);
          assertThat(transfers(one, two, "10.9.0.3", bytes)).isTrue();
          try (DatagramSocket server = TestHost.in(two, () -> new DatagramSocket(90))) {
            server.setSoTimeout(3000);
            byte[] whole = new byte[OverlayLab.MTU - 28]; // IP and UDP headers
            assertThat(TestHost.in(one, () -> sendsUnfragmented("10.9.0.3", whole))).isTrue();
            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            server.receive(packet);
            assertThat(packet.getLength()).isEqualTo(whole.length);
          }
          byte[] tooLong = new byte[OverlayLab.MTU - 27];
          assertThatThrownBy(() -> TestHost.in(one, () -> sendsUnfragmented("10.9.0.3", tooLong)))
              .hasMessageContaining("too long");
        });
  }

  @Test
  void aContainerKeepsItsNeighboursWhenItMoves() throws Exception {
    inLab(
        3,
        false,
        lab -> {
          Overlay[] overlays = openAll(lab, 3);
          Path client = lab.host(3).container("client", "10.9.0.2");
          Path neighbour = lab.host(2).container("near", "10.9.0.4");
          Path before = lab.host(1).container("web", "10.9.0.3");
          try (ServerSocket server = serve(before, "before")) {
            assertThat(ask(client, "10.9.0.3", 80)).isEqualTo("before 10.9.0.2");
            assertThat(ask(neighbour, "10.9.0.3", 80)).isEqualTo("before 10.9.0.4");
            assertThat(server.isBound()).isTrue();
          }
          for (int move = 0; move < 4; move++) {
            int from = move % 2 + 1;
            int to = 3 - from;
            lab.host(from).removeContainer("web");
            Path after = lab.host(to).container("web", "10.9.0.3");
            Ipv4 address = address("10.9.0.3");
            lab.host(to).in(() -> sendNowhere(overlays[to - 1], address));
            lab.host(to).in(() -> announce(overlays[to - 1], address));
            // One UDP packet each, never repeated: nothing but the announcement told the way.
            try (DatagramSocket socket = TestHost.in(after, () -> new DatagramSocket(90))) {
              socket.setSoTimeout(1000);
              assertThat(TestHost.in(client, () -> sends("10.9.0.3", "client"))).isTrue();
              assertThat(receive(socket)).isEqualTo("client");
              assertThat(TestHost.in(neighbour, () -> sends("10.9.0.3", "neighbour"))).isTrue();
              assertThat(receive(socket)).isEqualTo("neighbour");
            }
            try (ServerSocket server = serve(after, "after")) {
              assertThat(ask(client, "10.9.0.3", 80)).isEqualTo("after 10.9.0.2");
              assertThat(server.isBound()).isTrue();
            }
          }
        });
  }

  /** Each datagram is sent once: what is lost is not repeated. */
  @ParameterizedTest
  @CsvSource({"false, 1", "false, 2", "true, 1", "true, 2"})
  void whatComesForAContainerThatIsCutOffWaitsForIt(boolean bridgedFilter, int to)
      throws Exception {
    inLab(
        3,
        bridgedFilter,
        lab -> {
          Overlay[] overlays = openAll(lab, 3);
          Ipv4 address = address("10.9.0.3");
          List<Path> clients =
              List.of(
                  lab.host(3).container("far", "10.9.0.2"),
                  lab.host(1).container("near", "10.9.0.4"),
                  lab.host(1).namespace(),
                  lab.host(2).container("there", "10.9.0.5"),
                  lab.host(2).namespace());
          Path before = lab.host(1).container("web", "10.9.0.3");
          List<String> all = List.of("0", "1", "2", "3", "4");
          try (DatagramSocket socket = TestHost.in(before, () -> new DatagramSocket(90));
              EventLoop loop = new EventLoop("held")) {
            socket.setSoTimeout(3000);
            sendEach(clients, "");
            assertThat(received(socket, all.size())).containsExactlyInAnyOrderElementsOf(all);
            HeldFrames held = lab.host(1).in(() -> cutOff(overlays[0], "vweb", address, loop));
            assertThat(received(socket, 1)).containsExactly("not cut off yet");
            sendEach(clients, "");
            Path now = to == 1 ? before : lab.host(to).container("web", "10.9.0.3");
            DatagramSocket there =
                to == 1 ? socket : TestHost.in(now, () -> new DatagramSocket(90));
            there.setSoTimeout(3000);
            TestHost.in(now, () -> ip("neigh replace 10.9.0.2 lladdr 02:42:0a:09:00:02 dev eth0"));
            lab.host(to).in(() -> sendNowhere(overlays[to - 1], address));
            if (to == 1) {
              lab.host(1).in(() -> ip("link set vweb master flota0"));
            }
            peers(lab.host(1), overlays[0], "192.168.50.2", "192.168.50.3");
            sendEach(clients, "connected ");
            lab.host(to).in(() -> announce(overlays[to - 1], address));
            if (to == 1) {
              held.release();
            }
            assertThat(received(there, 2 * all.size()))
                .containsExactlyInAnyOrderElementsOf(
                    Stream.concat(all.stream(), all.stream().map(each -> "connected " + each))
                        .toList());
            try (DatagramSocket far = TestHost.in(clients.get(0), () -> new DatagramSocket(90))) {
              far.setSoTimeout(3000);
              assertThat(TestHost.in(now, () -> sends("10.9.0.2", "answer"))).isTrue();
              assertThat(receive(far)).as("the way back").isEqualTo("answer");
            }
            sendEach(clients, "after ");
            assertThat(received(there, all.size()))
                .as("nothing twice")
                .containsExactlyInAnyOrder("after 0", "after 1", "after 2", "after 3", "after 4");
            there.close();
          }
        });
  }

  private static HeldFrames cutOff(Overlay overlay, String name, Ipv4 address, EventLoop loop)
      throws Exception {
    try (Links links = Links.open()) {
      int bridge = links.index("flota0");
      Map<String, Integer> others = links.ports(bridge);
      assertThat(others).containsKeys(name, "vnear");
      others.remove(name);
      HeldFrames.Ways ways =
          new HeldFrames.Ways(
              bridge,
              links.mac(bridge),
              links.index(name),
              Set.copyOf(others.values()),
              links.index("vx-4711"));
      HeldFrames held = HeldFrames.open(MacAddress.of(address), ways, loop);
      assertThat(sends("10.9.0.3", "not cut off yet")).isTrue();
      overlay.sendNowhere(MacAddress.of(address));
      ip("link set " + name + " nomaster");
      return held;
    }
  }

  private static boolean sendNowhere(Overlay overlay, Ipv4 address) {
    overlay.sendNowhere(MacAddress.of(address));
    return true;
  }

  private static boolean announce(Overlay overlay, Ipv4 address) {
    overlay.announce(address, MacAddress.of(address));
    return true;
  }

  private static void sendEach(List<Path> clients, String text) throws Exception {
    for (int client = 0; client < clients.size(); client++) {
      String whole = text + client;
      assertThat(TestHost.in(clients.get(client), () -> sends("10.9.0.3", whole))).isTrue();
    }
  }

  private static List<String> received(DatagramSocket socket, int count) throws IOException {
    List<String> received = new ArrayList<>();
    while (received.size() < count) {
      received.add(receive(socket));
    }
    return received;
  }

  @Test
  void nothingOfTheGatewayCrossesTheOverlayAndNobodyPassesForIt() throws Exception {
    inLab(
        2,
        false,
        lab -> {
          openAll(lab, 2);
          count(lab.host(1));
          count(lab.host(2));
          Path one = lab.host(1).container("one", "10.9.0.2");
          Path two = lab.host(2).container("two", "10.9.0.3");
          Path near = lab.host(2).container("near", "10.9.0.4");
          try (ServerSocket server = serve(two, "two")) {
            assertThat(ask(one, "10.9.0.3", 80)).isEqualTo("two 10.9.0.2");
            assertThat(ask(near, "10.9.0.3", 80)).isEqualTo("two 10.9.0.4");
            assertThat(server.isBound()).isTrue();
          }
          for (Path container : List.of(one, near)) {
            TestHost.in(container, () -> meetsTheGateway());
          }
          TestHost.in(two, () -> claimsToBeTheGateway());
          // What follows the claim on the same way has arrived: so would the claim have.
          for (Path container : List.of(one, near)) {
            try (DatagramSocket socket = TestHost.in(container, () -> new DatagramSocket(90))) {
              socket.setSoTimeout(3000);
              String own = container.equals(one) ? "10.9.0.2" : "10.9.0.4";
              assertThat(TestHost.in(two, () -> sends(own, "after"))).isTrue();
              assertThat(receive(socket)).isEqualTo("after");
            }
            assertThat(neighbours(container)).contains("10.9.0.1 dev eth0 lladdr " + GATEWAY_MAC);
          }
          for (int number = 1; number <= 2; number++) {
            assertThat(lab.host(number).in(() -> counted("gateway"))).isZero();
            assertThat(lab.host(number).in(() -> counted("others"))).isPositive();
          }
        });
  }

  private static boolean meetsTheGateway() throws Exception {
    // The kernel would else not believe a second answer within a second.
    OverlayLab.set("ipv4/neigh/eth0/locktime", "0");
    ip("neigh flush all");
    assertThat(sends("10.9.0.1", "hello")).isTrue();
    await(() -> output("ip neigh show").contains("10.9.0.1 dev eth0 lladdr"));
    return true;
  }

  private static boolean claimsToBeTheGateway() {
    try (Links links = Links.open()) {
      int index = links.index("eth0");
      GratuitousArp.send(index, address("10.9.0.1"), MacAddress.parse("02:00:00:00:00:09"));
      GratuitousArp.send(index, address("10.9.0.1"), MacAddress.parse(GATEWAY_MAC));
    }
    return true;
  }

  /** Counts what comes in by VXLAN, before any other rule sees it. */
  private static void count(OverlayLab.Host host) throws Exception {
    host.in(
        () -> {
          try (Nftables firewall = new Nftables()) {
            firewall.apply(
                """
                table netdev test {
                  counter gateway { }
                  counter others { }
                  chain in {
                    type filter hook ingress device "vx-4711" priority 0;
                    arp daddr ip 10.9.0.1 counter name gateway accept
                    arp saddr ip 10.9.0.1 counter name gateway accept
                    ether saddr %1$s counter name gateway accept
                    ether daddr %1$s counter name gateway accept
                    counter name others
                  }
                }
                """
                    .formatted(GATEWAY_MAC));
          }
          return true;
        });
  }

  private static long counted(String counter) throws Exception {
    Matcher packets =
        Pattern.compile("packets ([0-9]+)")
            .matcher(output("nft list counter netdev test " + counter));
    assertThat(packets.find()).isTrue();
    return Long.parseLong(packets.group(1));
  }

  @Test
  void aRestartedDaemonTakesOverWithoutTouchingAnything() throws Exception {
    inLab(
        2,
        false,
        lab -> {
          openAll(lab, 2);
          Path one = lab.host(1).container("one", "10.9.0.2");
          Path two = lab.host(2).container("two", "10.9.0.3");
          try (ServerSocket server = serve(two, "two")) {
            assertThat(ask(one, "10.9.0.3", 80)).isEqualTo("two 10.9.0.2");
            assertThat(server.isBound()).isTrue();
          }
          String state = lab.host(1).in(() -> state());
          Process watch =
              lab.host(1)
                  .in(
                      () ->
                          new ProcessBuilder("ip", "monitor", "link", "address", "route").start());
          OverlayRules rules = rules(lab.host(1), List.of(lab.host(1).plan()));
          lab.host(1).open(rules);
          lab.host(1).in(() -> ip("link add last type bridge"));
          List<String> changes = until(watch, "last");
          assertThat(changes).as("deleted or moved").noneMatch(line -> line.contains("Deleted"));
          assertThat(lab.host(1).in(() -> state())).isEqualTo(state);
        });
  }

  /** All lines up to the first with that word. */
  private static List<String> until(Process watch, String last) throws Exception {
    List<String> lines = new ArrayList<>();
    try (BufferedReader reader = watch.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lines.add(line);
        if (line.contains(last)) {
          return lines;
        }
      }
      return lines;
    } finally {
      watch.destroy();
      assertThat(watch.waitFor()).isPositive();
    }
  }

  /** Without the other host itself, which is learned whenever its kernel says something. */
  private static String known() throws Exception {
    return output("bridge fdb show br flota0")
        .lines()
        .filter(line -> !line.startsWith("02:42:0a:09:ff:02 "))
        .collect(Collectors.joining("\n"));
  }

  private static String state() throws Exception {
    return output("ip -o addr show dev flota0")
        + output("ip route show")
        + known()
        + output("ip -o link show dev vx-4711")
        + output("nft list table bridge flota");
  }

  @Test
  void aBridgeThatStoodAloneJoinsAndLeavesWithItsContainersConnected() throws Exception {
    inLab(
        2,
        false,
        lab -> {
          OverlayLab.Host host = lab.host(1);
          host.in(() -> standsAlone());
          lab.host(2).open(rules(lab.host(2), List.of()));
          Path one = host.container("one", "10.9.0.2");
          Path far = lab.host(2).container("far", "10.9.0.3");
          try (ServerSocket gateway = host.in(() -> OverlayLab.listen(7000));
              ServerSocket server = serve(one, "one");
              Socket client = TestHost.in(one, () -> new Socket("10.9.0.1", 7000));
              Socket accepted = gateway.accept()) {
            client.setSoTimeout(5000);
            assertThat(echoes(accepted, client)).isTrue();
            Overlay overlay = host.open(rules(host, List.of()));
            assertThat(echoes(accepted, client)).as("in the overlay").isTrue();
            assertThat(ask(far, "10.9.0.2", 80)).isEqualTo("one 10.9.0.3");
            assertThat(ask(host.namespace(), "10.9.0.2", 80)).isEqualTo("one 10.9.255.1");
            assertThat(host.in(() -> output("ip route show dev flota0")))
                .contains("10.9.0.0/16")
                .contains("src 10.9.255.1");
            host.in(
                () -> {
                  overlay.standAlone();
                  return true;
                });
            assertThat(echoes(accepted, client)).as("alone again").isTrue();
            assertThat(ask(host.namespace(), "10.9.0.2", 80)).isEqualTo("one 10.9.0.1");
            assertThat(host.in(() -> output("ip -o addr show dev flota0")))
                .contains("10.9.0.1/16")
                .doesNotContain("10.9.255.1");
            assertThat(server.isBound()).isTrue();
          }
          assertThat(host.in(() -> output("nft list ruleset"))).doesNotContain("bridge flota");
        });
  }

  private static boolean standsAlone() {
    try (Links links = Links.open()) {
      links.bridge("flota0", MacAddress.parse(GATEWAY_MAC), OverlayLab.MTU);
      links.address(links.index("flota0"), address("10.9.0.1"), OverlayLab.SUBNET);
    }
    return true;
  }

  private static boolean echoes(Socket from, Socket to) throws IOException {
    OutputStream out = from.getOutputStream();
    out.write(7);
    out.flush();
    return to.getInputStream().read() == 7;
  }

  @Test
  void nobodyButAPeerSpeaksVxlanToAHostLeastOfAllAContainer() throws Exception {
    inLab(
        2,
        false,
        lab -> {
          OverlayLab.Host host = lab.host(1);
          OverlayLab.Host stranger = lab.host(2);
          try (OverlayWire wire =
              new OverlayWire(
                  address("192.168.50.1"),
                  OverlayPlan.DEFAULT_PORT,
                  network -> address("10.9.255.1"))) {
            NetworkDefinition network = network();
            host.in(() -> standsAlone());
            Wire.Wired wired =
                host.in(
                    () -> {
                      wire.restore(List.of(network), OverlayLab.MTU);
                      wire.peers(Set.of(address("192.168.50.3")));
                      return wire.attach(network, "flota0", OverlayLab.MTU);
                    });
            assertThat(wired).isEqualTo(new Wire.Wired(Set.of(), address("10.9.255.1")));
            Path victim = host.container("victim", "10.9.0.2");
            Path evil = host.container("evil", "10.9.0.3");
            try (DatagramSocket socket = TestHost.in(victim, () -> new DatagramSocket(90))) {
              byte[] forged = forged();
              stranger.in(() -> sendsVxlan("192.168.50.1", forged));
              TestHost.in(evil, () -> sendsVxlan("192.168.50.1", forged));
              TestHost.in(evil, () -> ip("route add 192.168.50.0/24 via 10.9.255.1"));
              TestHost.in(evil, () -> sendsVxlan("192.168.50.1", forged));
              socket.setSoTimeout(300);
              assertThatThrownBy(() -> receive(socket)).isInstanceOf(SocketTimeoutException.class);
              host.in(
                  () -> {
                    wire.peers(Set.of(address("192.168.50.2")));
                    return true;
                  });
              stranger.in(() -> sendsVxlan("192.168.50.1", forged));
              socket.setSoTimeout(5000);
              assertThat(receive(socket)).as("as a peer it may").isEqualTo("forged");
              TestHost.in(evil, () -> sendsVxlan("192.168.50.1", forged));
              TestHost.in(evil, () -> sends("10.9.0.2", "last"));
              assertThat(receive(socket)).isEqualTo("last");
            }
            host.in(
                () -> {
                  wire.detach(network, "flota0");
                  wire.detach(network, "flota0");
                  return true;
                });
            assertThat(host.in(() -> output("nft list ruleset"))).doesNotContain("flota");
            assertThat(host.in(() -> output("ip -o -br link"))).doesNotContain("vx-");
          }
        });
  }

  private static NetworkDefinition network() {
    return new NetworkDefinition(
        "0123456789abcdef",
        "bridge",
        Instant.EPOCH,
        "bridge",
        "10.9.0.0/16",
        false,
        "10.9.0.1",
        null,
        Map.of(),
        false,
        false,
        Map.of("com.docker.network.bridge.name", "flota0"),
        Map.of(),
        4711);
  }

  /** A VXLAN packet with a UDP packet for the victim, 10.9.0.2 port 90. */
  private static byte[] forged() {
    byte[] text = "forged".getBytes(StandardCharsets.UTF_8);
    ByteBuffer ip =
        ByteBuffer.allocate(20)
            .putShort((short) 0x4500)
            .putShort((short) (28 + text.length))
            .putInt(0)
            .putShort((short) 0x4011) // 64 hops, UDP
            .putShort((short) 0)
            .put(address("10.9.0.9").bytes())
            .put(address("10.9.0.2").bytes());
    int sum = 0;
    for (int offset = 0; offset < 20; offset += 2) {
      sum += Short.toUnsignedInt(ip.getShort(offset));
    }
    ip.putShort(10, (short) ~(sum + (sum >>> 16)));
    return ByteBuffer.allocate(8 + 14 + 28 + text.length)
        .putInt(0x08000000)
        .putInt(4711 << 8)
        .put(MacAddress.parse("02:42:0a:09:00:02").bytes())
        .put(MacAddress.parse("02:42:0a:09:00:09").bytes())
        .putShort((short) 0x0800)
        .put(ip.array())
        .putShort((short) 90)
        .putShort((short) 90)
        .putShort((short) (8 + text.length))
        .putShort((short) 0) // no checksum
        .put(text)
        .array();
  }

  private static boolean sendsVxlan(String to, byte[] bytes) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      InetAddress address = InetAddress.ofLiteral(to);
      socket.send(new DatagramPacket(bytes, bytes.length, address, OverlayPlan.DEFAULT_PORT));
      return true;
    }
  }

  @Test
  void peersComeAndGo() throws Exception {
    inLab(
        3,
        false,
        lab -> {
          Overlay[] overlays = openAll(lab, 3);
          Path one = lab.host(1).container("one", "10.9.0.2");
          Path two = lab.host(2).container("two", "10.9.0.3");
          OverlayLab.Host host = lab.host(1);
          try (ServerSocket server = serve(two, "two")) {
            assertThat(ask(one, "10.9.0.3", 80)).isEqualTo("two 10.9.0.2");
            assertThat(host.in(() -> output("bridge fdb show dev vx-4711")))
                .contains("02:42:0a:09:00:03 dst 192.168.50.2 self");
            peers(lab.host(2), overlays[1]); // else late frames would be learned from again
            peers(host, overlays[0], "192.168.50.3", "192.168.50.4");
            assertThat(host.in(() -> output("bridge fdb show dev vx-4711")))
                .doesNotContain("192.168.50.2")
                .contains("00:00:00:00:00:00 dst 192.168.50.4 self permanent");
            peers(host, overlays[0], "192.168.50.2");
            peers(lab.host(2), overlays[1], "192.168.50.1");
            assertThat(ask(one, "10.9.0.3", 80)).as("again").isEqualTo("two 10.9.0.2");
            peers(lab.host(2), overlays[1]);
            peers(lab.host(3), overlays[2]);
            peers(host, overlays[0]);
            assertThat(host.in(() -> output("bridge fdb show dev vx-4711"))).doesNotContain("dst");
            assertThat(server.isBound()).isTrue();
          }
        });
  }

  private static void peers(OverlayLab.Host host, Overlay overlay, String... addresses)
      throws Exception {
    Set<Ipv4> peers = Stream.of(addresses).map(OverlayLab::address).collect(Collectors.toSet());
    host.in(
        () -> {
          overlay.peers(peers);
          return true;
        });
  }

  @Test
  void removalLeavesNothing() throws Exception {
    inLab(
        1,
        false,
        lab -> {
          OverlayLab.Host host = lab.host(1);
          String before = host.in(() -> output("ip -o -br link") + output("nft list ruleset"));
          OverlayRules rules = rules(host, List.of());
          Overlay overlay = host.open(rules);
          for (int round = 0; round < 2; round++) {
            host.in(
                () -> {
                  overlay.remove();
                  return true;
                });
            assertThat(host.in(() -> output("ip -o -br link") + output("nft list ruleset")))
                .isEqualTo(before);
          }
          host.in(() -> ip("link add vx-4712 type vxlan id 4712 dstport 4789"));
          host.in(() -> ip("link add vx-4713 type vxlan id 4713 dstport 4789"));
          host.in(
              () -> {
                Overlay.removeOthers(vni -> vni == 4712);
                return true;
              });
          assertThat(host.in(() -> output("ip -o -br link")))
              .contains("vx-4712")
              .doesNotContain("vx-4713");
        });
  }

  @Test
  void aHostThatGotAnotherAddressIsPutRight() throws Exception {
    inLab(
        1,
        false,
        lab -> {
          OverlayLab.Host host = lab.host(1);
          host.open(rules(host, List.of()));
          OverlayPlan old = host.plan();
          OverlayPlan changed =
              new OverlayPlan(
                  old.bridge(),
                  old.vni(),
                  old.subnet(),
                  old.gateway(),
                  address("10.9.255.9"),
                  address("127.0.0.1"),
                  4790,
                  1400);
          OverlayRules rules = rules(host, List.of(changed));
          host.in(() -> Overlay.open(changed, rules));
          assertThat(host.in(() -> output("ip -o addr show dev flota0")))
              .contains("10.9.255.9/16")
              .contains("10.9.0.1/32")
              .doesNotContain("10.9.255.1/");
          assertThat(host.in(() -> output("ip -d link show vx-4711")))
              .contains("local 127.0.0.1")
              .contains("dstport 4790")
              .contains("mtu 1400")
              .contains("master flota0");
          assertThat(host.in(() -> output("nft list table bridge flota")))
              .contains("02:42:0a:09:ff:09")
              .doesNotContain("02:42:0a:09:ff:01");
        });
  }

  private static Overlay[] openAll(OverlayLab lab, int hosts) throws Exception {
    Overlay[] overlays = new Overlay[hosts];
    for (int number = 1; number <= hosts; number++) {
      overlays[number - 1] = lab.host(number).open(rules(lab.host(number), List.of()));
    }
    return overlays;
  }

  private static Path world(OverlayLab lab, int host) throws Exception {
    Path namespace = lab.host(host).namespace();
    Path world = lab.beside(namespace, "world", "wan", "wan");
    TestHost.in(namespace, () -> ip("addr add 192.168.77.1/24 dev wan"));
    TestHost.in(world, () -> ip("addr add 192.168.77.2/24 dev wan"));
    return world;
  }

  private static OverlayRules rules(OverlayLab.Host host, List<OverlayPlan> living)
      throws Exception {
    return host.in(
        () -> {
          OverlayRules rules = new OverlayRules(new Nftables());
          rules.restore(living); // also binds the library to the namespace
          return rules;
        });
  }

  private static String neighbours(Path namespace) throws Exception {
    return TestHost.in(namespace, () -> output("ip neigh show"));
  }

  private static String output(String command) throws Exception {
    Process process = new ProcessBuilder(command.split(" ", -1)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }

  private static boolean sends(String to, String text) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.ofLiteral(to), 90));
      return true;
    }
  }

  private static boolean sendsUnfragmented(String to, byte[] bytes) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, true);
      socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.ofLiteral(to), 90));
      return true;
    }
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + 10_000_000_000L;
    while (!condition.call()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private static String receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[64], 64);
    socket.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
  }

  private interface LabTest {
    void run(OverlayLab lab) throws Exception;
  }

  private void inLab(int hosts, boolean bridgedFilter, LabTest test) throws Exception {
    assertThat(
            TestHost.inNew(
                () -> {
                  test.run(new OverlayLab(directory, hosts, bridgedFilter));
                  return true;
                }))
        .isTrue();
  }
}
