package dev.flota.engine.network;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Hosts in network namespaces of their own, joined by a bridge in the namespace of the test:
 * 192.168.50.1, .2 and so on, each with the network 10.9.0.0/16 and the address 10.9.255.1, .2 and
 * so on in it.
 */
final class OverlayLab {
  static final String GATEWAY = "10.9.0.1";
  static final Subnet SUBNET = Subnet.parse("10.9.0.0/16");
  static final int MTU = 1450;

  private static final int VNI = 4711;
  private static final int TIMEOUT_MILLIS = 3000;
  private static final Path SYSCTL = Path.of("/proc/sys/net");

  private final Path directory;
  private final Host[] hosts;

  /** In the namespaces of the calling thread, which must be its own. */
  OverlayLab(Path directory, int count, boolean bridgedFilter) throws Exception {
    this.directory = Files.createDirectories(directory.resolve("netns"));
    NetworkNamespace.prepare(this.directory);
    ip("link add under0 type bridge");
    ip("link set under0 up");
    hosts = new Host[count];
    for (int index = 0; index < count; index++) {
      hosts[index] = new Host(index + 1);
      hosts[index].prepare(bridgedFilter);
    }
  }

  Host host(int number) {
    return hosts[number - 1];
  }

  /** One more namespace, with a link into that of a host, both ends up. */
  Path beside(Path host, String name, String hostEnd, String inside) throws Exception {
    Path file = directory.resolve(name);
    NetworkNamespace.create(file, descriptor -> {});
    TestHost.in(
        host,
        () -> ip("link add " + hostEnd + " type veth peer name " + inside + " netns " + file));
    TestHost.in(host, () -> ip("link set " + hostEnd + " up"));
    TestHost.in(file, () -> ip("link set " + inside + " up"));
    return file;
  }

  /** Hosts of the fleet as a host sees them: all but itself. */
  Set<Ipv4> othersOf(int number) {
    return IntStream.rangeClosed(1, hosts.length)
        .filter(other -> other != number)
        .mapToObj(other -> address("192.168.50." + other))
        .collect(Collectors.toSet());
  }

  static Ipv4 address(String text) {
    return Ipv4.parse(text).orElseThrow();
  }

  static boolean ip(String arguments) throws Exception {
    Process process =
        new ProcessBuilder(("ip " + arguments).split(" ", -1)).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("ip " + arguments + ": " + output);
    }
    return true;
  }

  /** One machine. */
  final class Host {
    private final int number;
    private final Path namespace;

    Host(int number) {
      this.number = number;
      this.namespace = directory.resolve("host" + number);
    }

    private void prepare(boolean bridgedFilter) throws Exception {
      NetworkNamespace.create(namespace, descriptor -> {});
      ip("link add port" + number + " type veth peer name lan netns " + namespace);
      ip("link set port" + number + " master under0 up");
      in(
          () -> {
            ip("addr add 192.168.50." + number + "/24 dev lan");
            ip("link set lan up");
            set("ipv4/ip_forward", "1");
            set("ipv4/conf/all/rp_filter", "1"); // strict, as many distributions have it
            Path filter = SYSCTL.resolve("bridge/bridge-nf-call-iptables");
            if (Files.exists(filter)) {
              Files.writeString(filter, bridgedFilter ? "1" : "0", StandardOpenOption.WRITE);
            }
            return true;
          });
    }

    <T> T in(Callable<T> body) throws Exception {
      return TestHost.in(namespace, body);
    }

    Path namespace() {
      return namespace;
    }

    OverlayPlan plan() {
      return new OverlayPlan(
          "flota0",
          VNI,
          SUBNET,
          address(GATEWAY),
          address("10.9.255." + number),
          address("192.168.50." + number),
          OverlayPlan.DEFAULT_PORT,
          MTU);
    }

    /** What the host's packet filter does for containers, in short. */
    void filter(String source, int port, String container) throws Exception {
      in(
          () -> {
            try (Nftables firewall = new Nftables()) {
              firewall.apply(
                  """
                  table ip test {
                    chain published {
                      tcp dport %1$d dnat ip to %2$s:80
                    }
                    chain prerouting {
                      type nat hook prerouting priority -100;
                      fib daddr type local jump published
                    }
                    chain output {
                      type nat hook output priority -100;
                      fib daddr type local jump published
                    }
                    chain postrouting {
                      type nat hook postrouting priority 100;
                      oifname "flota0" ct status dnat %3$s
                      oifname != "flota0" ip saddr 10.9.0.0/16 masquerade
                    }
                  }
                  """
                      .formatted(port, container, source));
            }
            return true;
          });
    }

    Overlay open(OverlayRules rules) throws Exception {
      return in(
          () -> {
            Overlay overlay = Overlay.open(plan(), rules);
            overlay.peers(othersOf(number));
            return overlay;
          });
    }

    /** A container's namespace with its interface and address, as {@link Networks} makes it. */
    Path container(String name, String containerAddress) throws Exception {
      Ipv4 own = address(containerAddress);
      Path file = directory.resolve("c" + number + name);
      in(
          () -> {
            try (Links host = Links.open()) {
              NetworkNamespace.create(file, descriptor -> connect(host, descriptor, name, own));
            }
            return true;
          });
      return file;
    }

    private void connect(Links links, int descriptor, String name, Ipv4 own) {
      links.veth("v" + name, links.index("flota0"), MTU, descriptor, "eth0", MacAddress.of(own));
      if (Files.exists(SYSCTL.resolve("bridge/bridge-nf-call-iptables"))) {
        links.hairpin("v" + name);
      }
      try (Links inner = Links.open()) {
        int index = inner.index("eth0");
        inner.address(index, own, SUBNET);
        inner.up(index);
        inner.defaultRoute(address(GATEWAY));
      }
    }

    void removeContainer(String name) throws Exception {
      in(() -> ip("link del v" + name));
      NetworkNamespace.delete(directory.resolve("c" + number + name));
    }
  }

  static void set(String name, String value) throws IOException {
    Files.writeString(SYSCTL.resolve(name), value, StandardOpenOption.WRITE);
  }

  /** A server on port 80 that tells each client who it is, and who asks. */
  static ServerSocket serve(Path namespace, String name) throws Exception {
    ServerSocket server = TestHost.in(namespace, () -> listen(80));
    Thread.ofPlatform().daemon().start(() -> answer(server, name));
    return server;
  }

  static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 50, InetAddress.ofLiteral("0.0.0.0"));
  }

  private static void answer(ServerSocket server, String name) {
    while (!server.isClosed()) {
      try (Socket client = server.accept()) {
        String answer = name + " " + client.getInetAddress().getHostAddress();
        client.getOutputStream().write(answer.getBytes(StandardCharsets.UTF_8));
        client.shutdownOutput();
        client.getInputStream().readAllBytes();
      } catch (SocketException e) {
        // Closed by the test, or a client that left.
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** What the server answers to a client in a namespace. */
  static String ask(Path namespace, String address, int port) throws Exception {
    return TestHost.in(namespace, () -> ask(address, port));
  }

  private static String ask(String address, int port) throws IOException {
    try (Socket client = new Socket()) {
      client.connect(new InetSocketAddress(address, port), TIMEOUT_MILLIS);
      client.setSoTimeout(TIMEOUT_MILLIS);
      return new String(client.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Sends bytes from one namespace to another and compares. */
  static boolean transfers(Path from, Path to, String address, byte[] bytes) throws Exception {
    try (ServerSocket server = TestHost.in(to, () -> listen(81));
        Socket sender = TestHost.in(from, () -> new Socket(address, 81));
        Socket receiver = server.accept()) {
      receiver.setSoTimeout(TIMEOUT_MILLIS);
      Thread writing =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try (OutputStream out = sender.getOutputStream()) {
                      out.write(bytes);
                    } catch (IOException e) {
                      throw new IllegalStateException(e);
                    }
                  });
      byte[] received = receiver.getInputStream().readAllBytes();
      writing.join();
      return Arrays.equals(received, bytes);
    }
  }
}
