package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Networks that span the hosts of a fleet. */
@FleetEndToEnd
@Tag("five")
class NetworkOfTheFleetTest {
  private static final String SERVE = "echo answer >/index.html; exec httpd -f -p 80 -h /";

  private final FleetLab lab;
  private final String name = Unique.name("fnet");
  private final List<String> containers = new ArrayList<>();
  private final List<String> networks = new ArrayList<>();

  NetworkOfTheFleetTest(FleetLab lab) {
    this.lab = lab;
  }

  @BeforeEach
  void images() {
    for (int host = 1; host <= lab.hosts().size(); host++) {
      lab.host(host).awaitAnswer();
      lab.docker(host).need("busybox");
    }
  }

  @AfterEach
  void removeAll() {
    Docker docker = lab.docker(1);
    docker.run("rm -f -v " + String.join(" ", containers));
    networks.forEach(network -> docker.run("network rm {}", network));
  }

  private String network(int host, String options) {
    String network = name + "-net" + networks.size();
    networks.add(network);
    lab.docker(host).ok("network create " + options + " {}", network);
    return network;
  }

  /** Reserves a name; a container of it is removed after the test. */
  private String containerName() {
    String container = name + "-" + containers.size();
    containers.add(container);
    return container;
  }

  private String sleeping(int host, String options) {
    String container = containerName();
    run(host, container, options, "sleep 600");
    return container;
  }

  private String serving(int host, String options) {
    String container = containerName();
    run(host, container, options, SERVE);
    awaitServing(host, container);
    return container;
  }

  private void run(int host, String container, String options, String script) {
    lab.docker(host)
        .ok(
            "run -d --name {} --env constraint:node=={} " + options + " busybox sh -c {}",
            container,
            lab.host(host).name(),
            script);
  }

  private void awaitServing(int host, String container) {
    Await.until(
        "it serves",
        () -> lab.docker(host).run("exec {} wget -q -O - 127.0.0.1", container).exit() == 0);
  }

  private String address(int host, String container) {
    return lab.docker(host)
        .inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", container);
  }

  private boolean pings(int host, String container, String address) {
    return lab.docker(host).run("exec {} ping -c 1 -W 2 {}", container, address).exit() == 0;
  }

  private boolean fetches(int host, String container, String address) {
    return lab.docker(host)
        .run("exec {} wget -q -T 3 -O - http://{}/index.html", container, address)
        .text()
        .equals("answer");
  }

  private boolean answers(LabHost entry, int port) {
    return entry
        .shell("curl -s --max-time 3 http://" + entry.address() + ":" + port + "/index.html")
        .text()
        .equals("answer");
  }

  private static List<Output> ends(List<RunningCommand> commands) {
    return commands.stream().map(command -> command.endInput().await()).toList();
  }

  @Test
  void containersOfAllHostsReachEachOtherOnTheDefaultNetwork() {
    String server = serving(2, "");
    String address = address(2, server);
    for (int host = 1; host <= lab.hosts().size(); host++) {
      String client = sleeping(host, "");
      assertThat(pings(host, client, address)).as("from host-%d", host).isTrue();
      assertThat(fetches(host, client, address)).as("from host-%d", host).isTrue();
      assertThat(pings(2, server, address(host, client))).as("to host-%d", host).isTrue();
    }
  }

  @Test
  void aNetworkMadeOnOneHostIsUsedOnTheOthersAndGoesFromAll() {
    String network = network(1, "");
    String server = serving(2, "--network " + network);
    String client = sleeping(3, "--network " + network);

    assertThat(fetches(3, client, address(2, server))).isTrue();
    assertThat(
            lab.docker(1)
                .ok("network inspect -f {} {}", "{{range .Containers}}{{.Name}} {{end}}", network))
        .contains(server, client);
    assertThat(lab.docker(1).run("network rm {}", network).exited(1).err())
        .contains("has active endpoints");

    String bridge =
        "br-" + lab.docker(1).ok("network inspect -f {} {}", "{{.Id}}", network).substring(0, 12);
    assertThat(lab.host(3).shell("ip link show " + bridge).exit()).isZero();
    lab.docker(2).ok("rm -f {}", server);
    lab.docker(3).ok("rm -f {}", client);
    lab.docker(2).ok("network rm {}", network);
    for (LabHost host : lab.hosts()) {
      Await.until(
          "the bridge is gone from " + host.name(),
          () -> host.shell("ip link show " + bridge).exit() != 0);
    }
    assertThat(lab.docker(3).run("network inspect {}", network).exit()).isEqualTo(1);
  }

  @Test
  void networksAreIsolatedFromEachOtherAcrossHosts() {
    String one = network(1, "");
    String other = network(2, "");
    String server = serving(1, "--network " + one);
    String address = address(1, server);

    assertThat(fetches(2, sleeping(2, "--network " + one), address)).isTrue();
    assertThat(fetches(2, sleeping(2, "--network " + other), address)).isFalse();
    assertThat(fetches(3, sleeping(3, "--network " + other), address)).isFalse();
    assertThat(fetches(3, sleeping(3, ""), address)).as("from the default one").isFalse();
  }

  @Test
  void anInternalNetworkSpansTheFleetAndHasNoWayOut() {
    String internal = network(1, "--internal");
    String server = serving(1, "--network " + internal);
    String client = sleeping(2, "--network " + internal);

    assertThat(fetches(2, client, address(1, server))).isTrue();
    assertThat(lab.docker(2).ok("exec {} ip route", client)).doesNotContain("default");
    assertThat(fetches(3, sleeping(3, ""), address(1, server))).isFalse();
    assertThat(lab.docker(2).run("exec {} ping -c 1 -W 2 {}", client, lab.host(1).address()).exit())
        .as("the world")
        .isEqualTo(1);
  }

  @Test
  void aPublishedPortAnswersOnEveryHost() {
    String server = serving(1, "-p 18310:80");
    lab.hosts().forEach(entry -> Await.until(entry.name(), () -> answers(entry, 18310)));

    lab.docker(1).ok("stop -t 0 {}", server);
    lab.hosts().forEach(entry -> Await.until("not " + entry.name(), () -> !answers(entry, 18310)));

    lab.docker(1).ok("start {}", server);
    awaitServing(1, server);
    lab.hosts().forEach(entry -> Await.until(entry.name(), () -> answers(entry, 18310)));

    lab.docker(1).ok("rm -f {}", server);
    String next = serving(3, "-p 18310:80 --network " + network(2, ""));
    lab.hosts().forEach(entry -> Await.until(entry.name(), () -> answers(entry, 18310)));
    lab.docker(3).ok("rm -f {}", next);
  }

  @Test
  void addressesAreUniqueThoughAllHostsGiveThemAtOnce() {
    List<RunningCommand> creations = new ArrayList<>();
    for (int number = 0; number < 30; number++) {
      int host = number % lab.hosts().size() + 1;
      creations.add(
          lab.docker(host)
              .start(
                  "create --name {} --env constraint:node=={} busybox sleep 600",
                  containerName(),
                  lab.host(host).name()));
    }
    ends(creations).forEach(creation -> creation.exited(0));
    List<RunningCommand> starts = new ArrayList<>();
    for (int number = 0; number < 30; number++) {
      starts.add(
          lab.docker(number % lab.hosts().size() + 1).start("start {}", containers.get(number)));
    }
    ends(starts).forEach(start -> start.exited(0));
    Await.until(
        "all run, as host 2 sees it",
        () -> inspectAll(2, "{{.State.Status}}").stream().allMatch("running"::equals));
    assertThat(inspectAll(2, "{{range .NetworkSettings.Networks}}{{.MacAddress}}{{end}}"))
        .hasSize(30)
        .doesNotHaveDuplicates()
        .doesNotContain("");
  }

  private List<String> inspectAll(int host, String format) {
    return lab.docker(host)
        .ok("inspect -f {} " + String.join(" ", containers), format)
        .lines()
        .toList();
  }

  @Test
  void ofTwoHostsThatWantOneAddressOneGetsIt() {
    String network = network(1, "--subnet 10.83.1.0/24");
    String line =
        "run -d --name {} --env constraint:node=={} --network {} --ip 10.83.1.9 busybox sleep 600";
    List<RunningCommand> both = new ArrayList<>();
    for (int host = 1; host <= 2; host++) {
      both.add(lab.docker(host).start(line, containerName(), lab.host(host).name(), network));
    }
    List<Output> results = ends(both);
    assertThat(results).extracting(Output::exit).containsExactlyInAnyOrder(0, 125);
    assertThat(results)
        .filteredOn(result -> result.exit() != 0)
        .allSatisfy(result -> assertThat(result.err()).contains("Address already in use"));
  }

  @Test
  void ofTwoHostsThatWantOnePortOneGetsIt() {
    String line = "run -d --name {} --env constraint:node=={} -p 18311:80 busybox sleep 600";
    List<RunningCommand> both = new ArrayList<>();
    for (int host = 1; host <= 2; host++) {
      both.add(lab.docker(host).start(line, containerName(), lab.host(host).name()));
    }
    List<Output> results = ends(both);
    assertThat(results).extracting(Output::exit).containsExactlyInAnyOrder(0, 125);
    assertThat(results)
        .filteredOn(result -> result.exit() != 0)
        .allSatisfy(
            result ->
                assertThat(result.err())
                    .contains("Bind for 0.0.0.0:18311 failed: port is already allocated"));
  }
}
