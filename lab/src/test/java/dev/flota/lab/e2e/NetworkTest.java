package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Unique;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Containers on the wire. */
@EndToEnd
class NetworkTest {
  private static final String SERVE = "echo answer >/index.html; exec httpd -f -p 80 -h /";

  private final Docker docker;
  private final LabHost host;
  private final String name = Unique.name("net");

  NetworkTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  private String serving(String options) {
    docker.ok("run -d --name {} " + options + " busybox sh -c {}", name, SERVE);
    return docker.inspect("{{.NetworkSettings.IPAddress}}", name);
  }

  private void awaitAnswer(String url) {
    Await.until(
        url + " answers",
        () -> host.shell("curl -s --max-time 2 " + url + "/index.html").text().equals("answer"));
  }

  @Test
  void aPublishedPortAnswersOnAllAddresses() {
    serving("-p 18080:80");

    awaitAnswer("127.0.0.1:18080");
    awaitAnswer(host.address() + ":18080");
    assertThat(docker.ok("port {}", name)).contains("80/tcp -> 0.0.0.0:18080");
    assertThat(docker.ok("port {} 80", name)).contains("0.0.0.0:18080");
    docker.ok("stop -t 0 {}", name);
    assertThat(host.shell("curl -s --max-time 2 127.0.0.1:18080").exit()).isEqualTo(7);
    docker.ok("start {}", name);
    awaitAnswer("127.0.0.1:18080");
  }

  @Test
  void aPortIsPublishedOnOneAddressOnly() {
    serving("-p 127.0.0.1:18081:80");

    awaitAnswer("127.0.0.1:18081");
    assertThat(host.shell("curl -s --max-time 2 " + host.address() + ":18081").exit()).isEqualTo(7);
  }

  @Test
  void aRangeIsPublished() {
    docker.ok(
        "run -d --name {} -p 18090-18092:80-82 busybox sh -c {}",
        name,
        "for port in 80 81 82; do echo answer >/index.html; httpd -p $port -h /; done; exec sleep 600");

    for (String port : new String[] {"18090", "18091", "18092"}) {
      awaitAnswer("127.0.0.1:" + port);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"-p 80", "-P --expose 80"})
  void aFreePortIsFound(String option) {
    serving(option);

    String port =
        docker.ok("port {} 80/tcp", name).lines().findFirst().orElseThrow().replaceFirst(".*:", "");

    assertThat(Integer.parseInt(port)).isBetween(32768, 60999);
    awaitAnswer("127.0.0.1:" + port);
  }

  @Test
  void udpIsPublished() {
    docker.need("python");
    docker.ok(
        "run -d --name {} -p 18053:53/udp python python3 -c {}",
        name,
        """
        import socket
        server = socket.socket(type=socket.SOCK_DGRAM)
        server.bind(("", 53))
        print(server.recv(99).decode(), flush=True)
        """);

    // A datagram may come before anyone listens; so there are many.
    Await.until(
        "a datagram arrives",
        () -> {
          host.shell("echo datagram >/dev/udp/127.0.0.1/18053");
          return docker.run("logs {}", name).out().contains("datagram");
        });
  }

  @Test
  void aPortInUseIsRefused() {
    serving("-p 18085:80");

    assertThat(docker.run("run --rm -p 18085:80 busybox true").exited(125).err())
        .containsAnyOf(
            "Bind for 0.0.0.0:18085 failed: port is already allocated", "address already in use");
    String other = Unique.name("refused");
    docker.run("run -d --name {} -p 18085:80 busybox sleep 600", other).exited(125);
    assertThat(docker.inspect("{{.State.Status}}", other)).isEqualTo("created");
    docker.ok("rm -f {}", name);
    docker.ok("start {}", other);
  }

  @Test
  void aPortOfTheHostIsRefused() {
    docker.ok("run -d --network host --name {} busybox nc -l -p 18086", name);
    Await.until("the host's port is taken", () -> host.ok("cat /proc/net/tcp*").contains(":46A6 "));

    assertThat(docker.run("run --rm -p 18086:80 busybox true").exited(125).err())
        .contains("address already in use");
  }

  @Test
  void containersReachEachOtherByAddress() {
    String address = serving("");

    assertThat(address).isNotEmpty();
    Await.until(
        "the neighbour answers",
        () ->
            docker
                .run("run --rm busybox wget -q -T 2 -O - http://{}/index.html", address)
                .text()
                .equals("answer"));
    assertThat(docker.ok("run --rm busybox ping -c 1 -W 5 {}", address))
        .contains("1 packets received");
    awaitAnswer(address);
  }

  @Test
  void aPublishedPortIsReachedFromAContainer() {
    serving("-p 18087:80");
    awaitAnswer("127.0.0.1:18087");

    assertThat(
            docker.ok(
                "run --rm busybox wget -q -T 5 -O - http://{}:18087/index.html", host.address()))
        .isEqualTo("answer");
  }

  @Test
  void theOutsideIsReachedByNat() {
    assertThat(docker.ok("run --rm busybox wget -q -T 5 -O - http://172.30.0.254:5000/v2/_catalog"))
        .contains("repositories");
    assertThat(
            docker
                .run(
                    "run --rm --network none busybox wget -q -T 5 -O - http://172.30.0.254:5000/v2/")
                .exit())
        .isEqualTo(1);
  }

  @Test
  void aNetworkIsShared() {
    serving("-p 18088:80");
    awaitAnswer("127.0.0.1:18088");

    assertThat(
            docker.ok(
                "run --rm --network container:{} busybox wget -q -O - http://127.0.0.1/index.html",
                name))
        .isEqualTo("answer");
    assertThat(
            docker
                .run("run --rm --network container:{} -p 99:99 busybox true", name)
                .exited(125)
                .err())
        .contains("conflicting options: port publishing and the container type network mode");
  }

  @Test
  void addressAndMacStayForLife() {
    docker.ok("run -d --name {} busybox sleep 600", name);
    String format =
        "{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.MacAddress}} {{.Gateway}} {{.IPPrefixLen}}{{end}}";
    String before = docker.inspect(format, name);
    assertThat(before).matches("[0-9.]+ ([0-9a-f]{2}:){5}[0-9a-f]{2} [0-9.]+ [0-9]+");
    docker.ok("run -d --name {}-other busybox sleep 600", name);
    docker.ok("stop -t 0 {}", name);
    docker.ok("run -d --name {}-third busybox sleep 600", name);

    docker.ok("start {}", name);

    assertThat(docker.inspect(format, name)).isEqualTo(before);
    assertThat(docker.ok("exec {} cat /sys/class/net/eth0/address", name))
        .isEqualTo(before.split(" ", -1)[1]);
    assertThat(docker.ok("exec {} ip -4 -o addr show eth0", name))
        .contains(before.split(" ", -1)[0] + "/");
  }

  @ParameterizedTest
  @CsvSource({"bridge, bridge", "host, host", "none, null"})
  void theNetworksOfEveryEngineAreThere(String network, String driver) {
    assertThat(
            docker.ok(
                "network ls --filter name=^{}$ --format {}",
                network,
                "{{.Name}} {{.Driver}} {{.Scope}}"))
        .isEqualTo(network + " " + driver + " local");
    assertThat(docker.ok("network inspect -f {{.Driver}} {}", network)).isEqualTo(driver);
  }

  @Test
  void theBridgeKnowsItsContainers() {
    docker.ok("run -d --name {} busybox sleep 600", name);

    assertThat(
            docker.ok(
                "network inspect -f {} bridge", "{{range .Containers}}{{println .Name}}{{end}}"))
        .contains(name);
    assertThat(docker.run("network rm bridge").exited(1).err())
        .contains("bridge is a pre-defined network and cannot be removed");
    assertThat(docker.run("network inspect nosuch").exited(1).err())
        .contains("network nosuch not found");
  }

  @Test
  void aLinkNamesAnotherContainer() {
    serving("");

    assertThat(docker.ok("run --rm --link {}:db busybox cat /etc/hosts", name))
        .containsPattern("172\\.17\\.[0-9.]+\tdb ");
    assertThat(docker.run("run --rm --link nosuch:db busybox true").exit()).isEqualTo(125);
  }

  @Test
  void publishedPortsAreFoundByTheHostsPortToo() {
    serving("-p 18087:80");

    for (String port : new String[] {"80", "18087", "18087/tcp", "18080-18090"}) {
      assertThat(
              docker.ok("ps --filter publish={} --filter name={} --format {{.Names}}", port, name))
          .as(port)
          .isEqualTo(name);
    }
    assertThat(docker.ok("ps -q --filter publish=18088 --filter name={}", name)).isEmpty();
  }

  @Test
  void aNetworkThatIsNotThereIsNoImageThatIsNotThere() {
    assertThat(docker.run("run --rm --network nosuch busybox true").exited(125).err())
        .contains("network nosuch not found")
        .doesNotContain("Unable to find image");
  }

  @Test
  void predefinedNetworksAreNotPruned() {
    docker.run("network prune -f").exited(0);

    assertThat(docker.ok("network ls --format {{.Name}}")).contains("bridge", "host", "none");
  }
}
