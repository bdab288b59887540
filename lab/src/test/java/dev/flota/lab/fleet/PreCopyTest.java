package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import dev.flota.lab.harness.VirtualEndToEnd;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Memory is sent while its container runs, which needs a kernel that notes what changes. This one
 * has cgroup v2 alone, too.
 */
@VirtualEndToEnd
class PreCopyTest {
  private static final int PIECES = 16_384;
  private static final int PIECE = 4000;
  private static final long MEMORY = (long) PIECES * PIECE;

  // What is emulated is slow: busybox's image comes in a second, and its awk is there at once.

  /**
   * Answers each line with it and the number of lines that it has seen, of which each changes a
   * number somewhere in its memory, whose size stays: to the kernel all of a heap that has grown is
   * new. Writes every hundredth number, and when there are no more lines a sum over what never
   * changes.
   */
  private static final String SERVER =
      """
      BEGIN {
        for (n = 0; n < pieces; n++) {
          memory[n] = sprintf("%4000d", n)
          changes[n] = 0
        }
      }
      {
        n = seen % pieces
        if (length(memory[n]) != 4000 || substr(memory[n], 3990) + 0 != n ||
            changes[n] != int(seen / pieces)) {
          print "piece", n, "was lost" > "/dev/stderr"
          exit 1
        }
        changes[n]++
        print $0, ++seen
        fflush()
        if (seen % 100 == 0) print seen > "/dev/stderr"
      }
      END {
        for (n = 0; n < pieces; n++) sum += substr(memory[n], 3990)
        print "sum", sum > "/dev/stderr"
      }
      """;

  /**
   * Sends a line and waits for its answer, again and again; ends when one is wrong. Writes every
   * hundredth number.
   */
  private static final String CLIENT =
      """
      BEGIN { print ++sent; fflush() }
      {
        if ($0 != sent " " sent) {
          print "line", sent, "was answered by", $0 > "/dev/stderr"
          exit 1
        }
        if (sent % 100 == 0) print sent > "/dev/stderr"
        system("usleep 5000")
        print ++sent
        fflush()
      }
      """;

  /**
   * How many processes there can be beside two; the shell ends with the one that it cannot make.
   */
  private static final String FORK =
      """
      trap 'kill $children; wait; echo $made' EXIT
      made=0
      while [ $made -lt 100 ]; do
        sleep 1000 &
        children="$children $!"
        made=$((made + 1))
      done
      """;

  /** Ends the criu that sends or receives a round, by its host's processes. */
  private static final String END_CRIU =
      """
      echo ready
      until [ "$pid" ]; do
        pid=$(ps -o pid,args | awk '/[c]riu (pre-dump|page-server)/ { print $1 }')
      done
      kill -9 $pid
      """;

  private final FleetLab fleet;
  private final Docker docker;
  private final String name = Unique.name("precopy");
  private final String client = Unique.name("client");
  private final Traveller traveller;

  PreCopyTest(FleetLab fleet) {
    this.fleet = fleet;
    traveller = new Traveller(fleet, name);
    docker = fleet.docker(1);
  }

  @Test
  void whenARoundFailsItGoesOnAndThenMemoryIsSentInRoundsThatShrink() {
    for (Docker asked : fleet.dockers()) {
      assertThat(asked.ok("info --format {}", "{{.CgroupVersion}}")).isEqualTo("2");
    }
    docker.need("busybox");
    docker.ok("network create {}", name);
    traveller.run(
        "-e constraint:node==host-1 --network "
            + name
            + " --memory 400m --pids-limit 20 --cpus 1.5",
        "busybox",
        words("nc -l -p 9000", SERVER, "pieces=" + PIECES));
    Await.until(
        "it listens", () -> docker.run("exec {} netstat -ltn", name).out().contains(":9000"));
    new Traveller(fleet, client)
        .run(
            "-e constraint:node==host-2 --network " + name,
            "busybox",
            words("nc " + name + " 9000", CLIENT, "name=" + name));
    traveller.awaitTalk(client);
    String life = docker.inspect("{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", name);
    limitsAreInForce();

    for (LabHost host : fleet.hosts()) {
      aRoundFails(host);
      traveller.awaitTalk(client);
    }
    List<JsonNode> told = traveller.told("host-2", "precopy");

    JsonNode done = told.getLast();
    assertThat(done.path("phase").asText()).as(told.toString()).isEqualTo("done");
    assertThat(done.path("mode").asText()).isEqualTo("precopy");
    assertThat(done.path("host").asText()).isEqualTo("host-2");
    roundsShrink(told.stream().filter(line -> line.has("round")).toList());
    traveller.awaitTalk(client);
    assertThat(docker.inspect("{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", name))
        .isEqualTo(life);
    limitsAreInForce();
    assertThat(fleet.hosts()).extracting(this::processes).containsExactly("0", "1");
    nothingIsLostOrDoubled();
  }

  /** By the end of the criu that reads memory on the one host, or takes it on the other. */
  private void aRoundFails(LabHost host) {
    try (RunningCommand ending =
        docker.start(
            "run --rm --pid host -e constraint:node=={} busybox sh -c {}", host.name(), END_CRIU)) {
      ending.awaitOut("ready");

      List<JsonNode> told = traveller.told("host-2", "precopy");

      ending.endInput().await().exited(0);
      assertThat(told.getLast().path("error").asText()).as(told.toString()).isNotEmpty();
      assertThat(told).noneMatch(line -> line.path("phase").asText().equals("freeze"));
      assertThat(docker.inspect("{{.Node.Name}} {{.State.Status}}", name))
          .isEqualTo("host-1 running");
    }
  }

  /** One that connects, and lets awk read and write the connection. */
  private static Object[] words(String connect, String program, String variable) {
    List<Object> words = new ArrayList<>(List.of((Object[]) connect.split(" ", -1)));
    words.addAll(List.of("-e", "awk", "-v", variable, program));
    return words.toArray();
  }

  /** Also of what they were told to be, for all of its memory counts. */
  private void limitsAreInForce() {
    List<String> limits =
        docker
            .run(
                "exec {} sh -c {}",
                name,
                "cd /sys/fs/cgroup; cat memory.max pids.max cpu.max memory.current")
            .exited(0)
            .lines();
    assertThat(limits.subList(0, 3)).containsExactly("419430400", "20", "150000 100000");
    assertThat(Long.parseLong(limits.get(3))).isBetween(MEMORY, 400L << 20);
    assertThat(docker.run("exec {} sh -c {}", name, FORK).text()).isEqualTo("18");
  }

  /**
   * The first one has all of it. Each later one has less than the one before, until it is not worth
   * another: the last one while it runs, and the one while it is frozen, may be a little larger.
   */
  private static void roundsShrink(List<JsonNode> rounds) {
    assertThat(rounds)
        .as(rounds.toString())
        .extracting(round -> round.path("round").asInt())
        .containsExactlyElementsOf(IntStream.rangeClosed(1, rounds.size()).boxed().toList())
        .hasSizeGreaterThan(1);
    List<Long> bytes = rounds.stream().map(round -> round.path("roundBytes").asLong()).toList();
    assertThat(bytes.getFirst()).isGreaterThan(MEMORY);
    assertThat(bytes.subList(1, bytes.size())).allMatch(sent -> sent < MEMORY / 2);
    assertThat(bytes.subList(0, Math.max(2, bytes.size() - 2)))
        .isSortedAccordingTo(Comparator.reverseOrder());
  }

  /** With its client the server ends too. */
  private void nothingIsLostOrDoubled() {
    docker.ok("rm -f {}", client);
    assertThat(docker.ok("wait {}", name)).isEqualTo("0");
    List<String> lines = docker.run("logs {}", name).exited(0).err().lines().toList();
    assertThat(lines.getLast()).isEqualTo("sum " + IntStream.range(0, PIECES).sum());
    assertThat(lines.subList(0, lines.size() - 1))
        .containsExactlyElementsOf(
            IntStream.range(1, lines.size()).mapToObj(line -> line + "00").toList());
  }

  /** How often it runs on a host. */
  private String processes(LabHost host) {
    return docker.ok(
        "run --rm --pid host -e constraint:node=={} busybox sh -c {}",
        host.name(),
        "ps -o args | grep -c '[a]wk -v pieces=%d' || true".formatted(PIECES));
  }
}
