package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import java.util.List;

/** What holds of a whole fleet whenever nothing is being changed. */
final class FleetCheck {
  /** One container a line: what must be the same on all hosts. */
  private static final String LINE = "{{.ID}} {{.Names}} {{.State}} {{.Label \"flota.node\"}}";

  private static final String ENDPOINTS =
      "{{range $name, $net := .NetworkSettings.Networks}}{{$name}} {{$net.IPAddress}}{{println}}{{end}}";

  private final FleetLab fleet;

  FleetCheck(FleetLab fleet) {
    this.fleet = fleet;
  }

  /** All containers of the fleet as a host tells of them. */
  record Seen(String id, String name, String state, String host) {
    private static Seen of(String line) {
      String[] words = line.split(" ", -1);
      return new Seen(words[0], words[1], words[2], words[3]);
    }

    boolean hasProcess() {
      return state.equals("running") || state.equals("paused");
    }
  }

  /** All containers, as this engine knows them. */
  static List<Seen> seenBy(Docker docker) {
    return docker.run("ps -a --no-trunc --format {}", LINE).exited(0).lines().stream()
        .map(Seen::of)
        .sorted((one, other) -> one.id().compareTo(other.id()))
        .toList();
  }

  /**
   * Waits until the fleet is of one mind and that is what the runtimes say, then checks that
   * nothing is there twice.
   */
  List<Seen> consistent() {
    Await.until(
        "all hosts know what runs where", this::contradiction, () -> contradiction().isEmpty());
    List<Seen> all = seenBy(fleet.docker(1));
    assertThat(all).extracting(Seen::name).doesNotHaveDuplicates();
    assertThat(all).extracting(Seen::id).doesNotHaveDuplicates();
    assertThat(addresses(all)).doesNotHaveDuplicates();
    return all;
  }

  /** Where one host's knowledge is not another's or not the truth; empty if nowhere. */
  private String contradiction() {
    List<Seen> first = seenBy(fleet.docker(1));
    for (Docker docker : fleet.dockers().subList(1, fleet.dockers().size())) {
      List<Seen> other = seenBy(docker);
      if (!first.equals(other)) {
        return "host-1 knows %s%nanother one %s".formatted(first, other);
      }
    }
    for (LabHost host : fleet.hosts()) {
      List<String> told =
          first.stream()
              .filter(container -> container.host().equals(host.name()) && container.hasProcess())
              .map(Seen::id)
              .sorted()
              .toList();
      List<String> running = running(host);
      if (!told.equals(running)) {
        return "%s is told to run %s%nand runs %s".formatted(host.name(), told, running);
      }
    }
    return "";
  }

  /** Ids of the containers whose processes the runtimes of a host have. */
  private static List<String> running(LabHost host) {
    String list =
        """
        for runtime in crun runc; do
          [ ! -d /run/flota/runtimes/$runtime ] || $runtime --root /run/flota/runtimes/$runtime list
        done | awk '$3 == "running" || $3 == "paused" { print $1 }' | sort
        """;
    return host.shell(list).exited(0).lines();
  }

  /** Addresses of the containers that run, each with its network. */
  private List<String> addresses(List<Seen> all) {
    List<String> running = all.stream().filter(Seen::hasProcess).map(Seen::id).toList();
    if (running.isEmpty()) {
      return List.of();
    }
    return fleet
        .docker(2)
        .run("inspect -f {} " + String.join(" ", running), ENDPOINTS)
        .exited(0)
        .lines()
        .stream()
        .filter(line -> !line.isBlank())
        .toList();
  }
}
