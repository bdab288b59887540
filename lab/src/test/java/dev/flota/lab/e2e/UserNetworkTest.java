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

/** Networks that users make. */
@EndToEnd
class UserNetworkTest {
  private static final String SERVE = "echo answer >/index.html; exec httpd -f -p 80 -h /";

  private final Docker docker;
  private final LabHost host;
  private final String network = Unique.name("unet");
  private final String other = Unique.name("unet");
  private final String name = Unique.name("unet");

  UserNetworkTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  private void sleeping(String container, String options) {
    docker.ok("run -d --name {} " + options + " busybox sleep 600", container);
  }

  private String serving(String options) {
    docker.ok("run -d --name {} " + options + " busybox sh -c {}", name, SERVE);
    String address = address(name, network);
    Await.until(
        "it serves", () -> docker.run("exec {} wget -q -O - 127.0.0.1", name).exit() == 0);
    return address;
  }

  private String address(String container, String in) {
    return endpoint(container, in, "IPAddress");
  }

  private String endpoint(String container, String in, String field) {
    return docker.inspect(
        "{{with index .NetworkSettings.Networks \"" + in + "\"}}{{." + field + "}}{{end}}",
        container);
  }

  private boolean fetches(String container, String address) {
    return docker
        .run("exec {} wget -q -T 2 -O - http://{}/index.html", container, address)
        .text()
        .equals("answer");
  }

  private String defaultRoute(String container) {
    return docker.ok("exec {} sh -c {}", container, "ip route | grep default || echo none");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bridge", "overlay"})
  void aNetworkIsMadeShownAndRemoved(String driver) {
    String id =
        docker.ok(
            "network create -d {} --subnet 10.77.1.0/24 --gateway 10.77.1.9 --ip-range"
                + " 10.77.1.128/25 --label a=b --attachable -o com.docker.network.driver.mtu=1300"
                + " {}",
            driver,
            network);

    assertThat(id).matches("[0-9a-f]{64}");
    assertThat(
            docker.ok(
                "network inspect -f {} {}",
                "{{.Id}} {{.Driver}} {{.Scope}} {{.Attachable}} {{.Internal}} {{.Labels}}"
                    + " {{with index .IPAM.Config 0}}{{.Subnet}} {{.Gateway}} {{.IPRange}}{{end}}"
                    + " {{.Options}}",
                network))
        .isEqualTo(
            id
                + " "
                + driver
                + " local true false map[a:b] 10.77.1.0/24 10.77.1.9 10.77.1.128/25"
                + " map[com.docker.network.driver.mtu:1300]");
    assertThat(docker.ok("network ls -q --no-trunc --filter label=a=b --filter name={}", network))
        .isEqualTo(id);
    assertThat(docker.ok("network ls -q --no-trunc --filter dangling=true")).contains(id);
    assertThat(docker.ok("network ls -q --no-trunc --filter type=builtin")).doesNotContain(id);
    assertThat(docker.ok("network ls -q --no-trunc --filter type=custom")).contains(id);
    assertThat(host.ok("ip -o -4 addr show br-" + id.substring(0, 12))).contains("10.77.1.9/24");

    sleeping(name, "--network " + network);
    assertThat(address(name, network)).isEqualTo("10.77.1.128");
    assertThat(docker.ok("exec {} cat /sys/class/net/eth0/mtu", name)).isEqualTo("1300");
    assertThat(docker.ok("network inspect -f {} {}", "{{range .Containers}}{{.Name}}{{end}}", id))
        .isEqualTo(name);
    assertThat(docker.run("network rm {}", network).exited(1).err())
        .contains(
            "error while removing network: network "
                + network
                + " id "
                + id
                + " has active endpoints");
    docker.ok("rm -f {}", name);
    assertThat(docker.ok("network rm {}", network)).isEqualTo(network);
    assertThat(docker.run("network inspect {}", id).exited(1).err())
        .contains("network " + id + " not found");
    assertThat(host.shell("ip link show br-" + id.substring(0, 12)).exit()).isEqualTo(1);
  }

  @Test
  void subnetsAreChosenWithoutOverlap() {
    docker.ok("network create {}", network);
    docker.ok("network create {}", other);
    String format = "{{(index .IPAM.Config 0).Subnet}}";
    String first = docker.ok("network inspect -f {} {}", format, network);
    String second = docker.ok("network inspect -f {} {}", format, other);

    assertThat(first)
        .matches("172\\.[0-9]+\\.0\\.0/16|192\\.168\\.[0-9]+\\.0/20")
        .isNotEqualTo(second)
        .as("the lab's own wire")
        .doesNotStartWith("172.30.");
    String third = Unique.name("unet");
    assertThat(docker.run("network create --subnet {} {}", first, third).exited(1).err())
        .contains("invalid pool request: Pool overlaps with other one on this address space");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bridge | operation is not permitted on predefined bridge network",
        "-d nosuch x | could not find plugin nosuch in v1 plugin registry",
        "-d macvlan x | not implemented",
        "-d host x | only one instance of \"host\" network is allowed",
        "--ipv6 x | IPv6 networks are not implemented",
        "--subnet 10.78.0.0/33 x | invalid subnet 10.78.0.0/33: invalid CIDR block notation",
        "--subnet 10.78.0.1/24 x | invalid subnet 10.78.0.1/24: it should be 10.78.0.0/24",
        "--subnet 10.78.0.0/24 --gateway 10.79.0.1 x | invalid gateway 10.79.0.1: parent subnet"
            + " 10.78.0.0/24 doesn't contain this address",
        "--subnet 10.78.0.0/24 --ip-range 10.79.0.0/25 x | invalid ip-range 10.79.0.0/25",
        "-o com.docker.network.driver.mtu=x y | invalid value \"x\" for the option"
      })
  void whatCannotBeIsRefused(String arguments, String text) {
    assertThat(docker.run("network create " + arguments).exited(1).err()).contains(text);
  }

  @Test
  void namesAreUnique() {
    docker.ok("network create {}", network);

    assertThat(docker.run("network create {}", network).exited(1).err())
        .contains("network with name " + network + " already exists");
    assertThat(docker.run("network rm host").exited(1).err())
        .contains("host is a pre-defined network and cannot be removed");
  }

  @Test
  void neighboursReachEachOtherAndOtherNetworksDoNot() {
    docker.ok("network create {}", network);
    docker.ok("network create {}", other);
    String address = serving("--network " + network + " -p 18200:80");
    sleeping(name + "-near", "--network " + network);
    sleeping(name + "-far", "--network " + other);
    sleeping(name + "-default", "");

    assertThat(fetches(name + "-near", address)).isTrue();
    assertThat(fetches(name + "-far", address)).isFalse();
    assertThat(fetches(name + "-default", address)).isFalse();
    assertThat(fetches(name + "-far", host.address() + ":18200")).as("as published").isTrue();
    assertThat(host.ok("curl -s --max-time 5 127.0.0.1:18200/index.html")).isEqualTo("answer");
    assertThat(
            docker.ok(
                "exec {} wget -q -T 5 -O - http://172.30.0.254:5000/v2/_catalog", name + "-far"))
        .as("the world")
        .contains("repositories");
  }

  @Test
  void anInternalNetworkHasNoWayOutNorIn() {
    docker.ok("network create --internal {}", network);
    String address = serving("--network " + network + " -p 18201:80");
    sleeping(name + "-near", "--network " + network);
    sleeping(name + "-out", "");

    assertThat(fetches(name + "-near", address)).isTrue();
    assertThat(fetches(name + "-out", address)).isFalse();
    assertThat(defaultRoute(name)).isEqualTo("none");
    assertThat(endpoint(name, network, "Gateway")).isEmpty();
    String gateway =
        docker.ok("network inspect -f {} {}", "{{(index .IPAM.Config 0).Gateway}}", network);
    docker.ok(
        "run --rm --privileged --network container:{} busybox ip route add default via {}",
        name,
        gateway);
    assertThat(fetches(name, "172.30.0.254:5000")).as("with a route of its own").isFalse();
    assertThat(docker.ok("port {}", name)).as("nothing is published").isEmpty();
  }

  @Test
  void neighboursMayBeKeptApart() {
    docker.ok("network create -o com.docker.network.bridge.enable_icc=false {}", network);
    String address = serving("--network " + network + " -p 18202:80");
    sleeping(name + "-near", "--network " + network);

    assertThat(fetches(name + "-near", address)).isFalse();
    assertThat(fetches(name + "-near", host.address() + ":18202")).isTrue();
  }

  @Test
  void aContainerIsInSeveralNetworks() {
    docker.ok("network create --subnet 10.77.2.0/24 {}", network);
    docker.ok("network create --subnet 10.77.3.0/24 {}", other);
    sleeping(
        name,
        "--network name=%s,ip=10.77.2.50,alias=first,mac-address=02:00:00:00:00:50"
                .formatted(network)
            + " --network name=%s,alias=second,gw-priority=5".formatted(other));

    assertThat(address(name, network)).isEqualTo("10.77.2.50");
    assertThat(endpoint(name, network, "MacAddress")).isEqualTo("02:00:00:00:00:50");
    assertThat(endpoint(name, network, "Aliases")).isEqualTo("[first]");
    String shortId = docker.inspect("{{.Id}}", name).substring(0, 12);
    assertThat(endpoint(name, other, "DNSNames"))
        .isEqualTo("[" + name + " second " + shortId + "]");
    assertThat(docker.ok("exec {} ls /sys/class/net", name)).contains("eth0", "eth1");
    assertThat(defaultRoute(name)).contains("10.77.3.1");
    assertThat(docker.ok("exec {} cat /etc/hosts", name))
        .contains("10.77.2.50\t" + shortId, "10.77.3.2\t" + shortId);
    docker.ok("stop -t 0 {}", name);
    docker.ok("start {}", name);
    assertThat(address(name, network)).isEqualTo("10.77.2.50");
    assertThat(docker.ok("ps -q --no-trunc --filter network={}", other))
        .isEqualTo(docker.inspect("{{.Id}}", name));
  }

  @Test
  void addressesAreWhatTheNetworkCanGive() {
    docker.ok("network create {}", network);
    docker.ok("network create --subnet 10.77.4.0/24 {}", other);

    assertThat(docker.run("run --rm --network {} --ip 172.18.0.9 busybox", network).err())
        .contains(
            "user specified IP address is supported only when connecting to networks with user"
                + " configured subnets");
    assertThat(docker.run("run --rm --network {} --ip 10.78.0.9 busybox", other).err())
        .contains("no configured subnet or ip-range contain the IP address 10.78.0.9");
    sleeping(name, "--network " + other + " --ip 10.77.4.9");
    assertThat(docker.run("run --rm --network {} --ip 10.77.4.9 busybox", other).err())
        .contains("Address already in use");
    assertThat(docker.run("run --rm --network-alias x busybox").err())
        .contains("network-scoped alias is supported only for containers in user defined networks");
  }

  @Test
  void aRunningContainerIsConnectedAndDisconnected() {
    docker.ok("network create --subnet 10.77.5.0/24 {}", network);
    String address = serving("--network " + network);
    sleeping(name + "-far", "");
    assertThat(fetches(name + "-far", address)).isFalse();

    docker.ok("network connect --ip 10.77.5.77 --alias far {} {}", network, name + "-far");

    assertThat(fetches(name + "-far", address)).isTrue();
    assertThat(docker.ok("exec {} ip -4 -o addr show eth1", name + "-far")).contains("10.77.5.77");
    assertThat(docker.ok("exec {} cat /etc/hosts", name + "-far")).contains("10.77.5.77\t");
    assertThat(docker.ok("exec {} ping -c 1 -W 5 10.77.5.77", name)).contains("1 packets received");
    assertThat(docker.run("network connect {} {}", network, name + "-far").exited(1).err())
        .contains("endpoint with name " + name + "-far already exists in network " + network);
    docker.ok("network disconnect {} {}", network, name + "-far");
    assertThat(fetches(name + "-far", address)).isFalse();
    assertThat(docker.ok("exec {} ls /sys/class/net", name + "-far")).doesNotContain("eth1");
    assertThat(docker.ok("exec {} cat /etc/hosts", name + "-far")).doesNotContain("10.77.5.77");
    assertThat(docker.run("network disconnect {} {}", network, name + "-far").exited(1).err())
        .contains("is not connected to network " + network);
    assertThat(
            docker.ok(
                "events --since 10m --until 0s --filter network={} --format {}",
                network,
                "{{.Action}} {{.Actor.Attributes.type}}"))
        .isEqualTo("create bridge\nconnect bridge\nconnect bridge\ndisconnect bridge");
  }

  @Test
  void publishedPortsFollowTheGateway() {
    String first = network + "-a";
    String second = network + "-b";
    docker.ok("network create --subnet 10.77.6.0/24 {}", first);
    docker.ok("network create --subnet 10.77.7.0/24 {}", second);
    docker.ok(
        "run -d --name {} --network {} -p 18203:80 busybox sh -c {}", name, second, SERVE);
    String url = "curl -s --max-time 5 127.0.0.1:18203/index.html";
    Await.until("it answers", () -> host.shell(url).text().equals("answer"));

    docker.ok("network connect {} {}", first, name);

    assertThat(defaultRoute(name)).contains("10.77.6.1");
    docker.ok("network disconnect {} {}", second, name);
    assertThat(host.ok(url)).isEqualTo("answer");
    assertThat(docker.ok("port {}", name)).isEqualTo("80/tcp -> 0.0.0.0:18203");
    docker.ok("network disconnect {} {}", first, name);
    assertThat(docker.ok("port {}", name)).isEmpty();
    assertThat(host.shell(url).exit()).isEqualTo(7);
    docker.ok("network connect {} {}", second, name);
    assertThat(host.ok(url)).isEqualTo("answer");
  }

  @Test
  void aContainerThatDoesNotRunIsConnectedForItsStart() {
    docker.ok("network create {}", network);
    docker.ok("create --name {} busybox sleep 600", name);

    docker.ok("network connect {} {}", network, name);
    docker.ok("start {}", name);

    assertThat(address(name, network)).isNotEmpty();
    docker.ok("stop -t 0 {}", name);
    docker.ok("network disconnect {} {}", network, name);
    assertThat(docker.run("network disconnect {} {}", network, name).exited(1).err())
        .contains("is not connected to the network " + network);
    docker.ok("start {}", name);
    assertThat(docker.ok("exec {} ls /sys/class/net", name)).doesNotContain("eth1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--network host | bridge | cannot be connected to any other network",
        "--network none | bridge | private (none) mode",
        "        | host | cannot connect container to host network",
        "        | none | private (none) mode"
      })
  void networksThatDoNotGoTogether(String options, String to, String text) {
    sleeping(name, options == null ? "" : options);

    assertThat(docker.run("network connect {} {}", to, name).exited(1).err()).contains(text);
  }

  @Test
  void aLinkIsAnotherNameOnTheNetwork() {
    docker.ok("network create {}", network);
    String address = serving("--network " + network);

    assertThat(
            docker.ok(
                "run --rm --network {} --link {}:web busybox cat /etc/hosts", network, name))
        .contains(address + "\tweb");
  }

  @Test
  void aNetworkThatWasMadeAnewTakesItsContainersBack() {
    docker.ok("network create --subnet 10.77.8.0/24 {}", network);
    sleeping(name, "--network " + network);
    docker.ok("stop -t 0 {}", name);

    docker.ok("network rm {}", network);
    assertThat(docker.run("start {}", name).exited(1).err()).contains("not found");
    docker.ok("network create --subnet 10.77.9.0/24 {}", network);
    docker.ok("start {}", name);

    assertThat(address(name, network)).startsWith("10.77.9.");
  }

  @Test
  void whatNobodyRunsInIsPruned() {
    docker.ok("network create --label prune={} {}", name, network);
    docker.ok("network create --label prune={} {}", name, other);
    docker.ok("network create {}", other + "-unlabelled");
    sleeping(name, "--network " + network);

    String told = docker.ok("network prune -f --filter label=prune={}", name);

    assertThat(told).contains(other).doesNotContain(network).doesNotContain("unlabelled");
    assertThat(docker.ok("network ls --format {{.Name}}"))
        .contains(network, other + "-unlabelled")
        .doesNotContain(other + "\n");
  }

  @Test
  void allSurvivesTheDaemon() {
    docker.ok("network create --subnet 10.77.10.0/24 {}", network);
    docker.ok("network create --internal {}", other);
    String address = serving("--network " + network + " --ip 10.77.10.33 -p 18204:80");
    docker.ok("network connect {} {}", other, name);
    sleeping(name + "-near", "--network " + other);
    String inside = address(name, other);
    String before = docker.inspect("{{json .NetworkSettings.Networks}}", name);

    host.killDaemon();
    assertThat(host.ok("curl -s --max-time 5 127.0.0.1:18204/index.html"))
        .as("while there is no daemon")
        .isEqualTo("answer");
    host.labUp();

    assertThat(docker.inspect("{{json .NetworkSettings.Networks}}", name)).isEqualTo(before);
    assertThat(host.ok("curl -s --max-time 5 127.0.0.1:18204/index.html")).isEqualTo("answer");
    assertThat(fetches(name + "-near", inside)).isTrue();
    assertThat(fetches(name + "-near", address)).isFalse();
    sleeping(name + "-next", "--network " + network);
    assertThat(address(name + "-next", network)).isEqualTo("10.77.10.2");
    docker.ok("network disconnect {} {}", other, name);
    docker.ok("rm -f {} {} {}", name, name + "-near", name + "-next");
    docker.ok("network rm {} {}", network, other);
  }
}
