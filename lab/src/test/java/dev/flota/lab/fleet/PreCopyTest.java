package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Unique;
import dev.flota.lab.harness.VirtualEndToEnd;
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
  private static final int PAGES = 51_200;
  private static final int PAGE = 4096;
  private static final long MEMORY = (long) PAGES * PAGE;

  /**
   * Answers each line with it and the number of lines that it has seen, and changes a page that it
   * finds as it left it. Now and then prints that number and a sum over pages that never change.
   */
  private static final String SERVER =
      """
      import socket
      pages = 51200
      memory = bytearray(pages * 4096)
      memory[::4096] = bytes(page % 251 for page in range(pages))
      stream = socket.create_server(('', 9000)).accept()[0].makefile('rwb', buffering=0)
      seen = 0
      for line in stream:
        round, page = divmod(seen, pages)
        changing = page * 4096 + 1
        if memory[changing] != round % 256:
          raise AssertionError('page %d was lost' % page)
        memory[changing] = (round + 1) % 256
        seen += 1
        stream.write(b'%s %d\\n' % (line.strip(), seen))
        if seen % 100 == 0:
          print(seen, sum(memory[::4096]), flush=True)
      """;

  /** How many processes there can be with this one. */
  private static final String FORK =
      """
      import os, signal, time
      children = []
      try:
        while len(children) < 100:
          child = os.fork()
          if child == 0:
            time.sleep(1000)
          children.append(child)
      except OSError:
        print(open('/sys/fs/cgroup/pids.current').read())
      for child in children:
        os.kill(child, signal.SIGKILL)
      """;

  /** Python processes of the host with a last argument. */
  private static final String COUNT =
      """
      import glob, sys
      def words(file):
        try:
          return open(file, 'rb').read().split(b'\\0')
        except OSError: # it has ended
          return []
      all = [words(file) for file in glob.glob('/proc/[0-9]*/cmdline')]
      mark = sys.argv[1].encode()
      print(sum(1 for one in all if one[0] == b'python3' and one[-2:] == [mark, b'']))
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
  void memoryIsSentInRoundsThatShrinkWhileItRuns() {
    for (Docker asked : fleet.dockers()) {
      assertThat(asked.ok("info --format {}", "{{.CgroupVersion}}")).isEqualTo("2");
    }
    docker.need("python");
    docker.ok("network create {}", name);
    traveller.run(
        "-e constraint:node==host-1 --network "
            + name
            + " --memory 400m --pids-limit 20 --cpus 1.5",
        "python",
        "python3",
        "-u",
        "-c",
        SERVER,
        name);
    traveller.talkTo(client, name, "host-2");
    String life = docker.inspect("{{.Id}} {{.State.StartedAt}} {{.RestartCount}}", name);
    limitsAreInForce();

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
    nothingIsLostOrDoubled();
    assertThat(fleet.hosts()).extracting(this::processes).containsExactly("0", "1");
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
    assertThat(docker.ok("exec {} python3 -c {}", name, FORK)).isEqualTo("20");
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

  private void nothingIsLostOrDoubled() {
    int sum = IntStream.range(0, PAGES).map(page -> page % 251).sum();
    List<String> lines = docker.run("logs {}", name).exited(0).lines();
    assertThat(lines)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, lines.size())
                .mapToObj(line -> line * 100 + " " + sum)
                .toList());
  }

  /** How often it runs on a host. */
  private String processes(LabHost host) {
    return docker.ok(
        "run --rm --pid host -e constraint:node=={} python python3 -c {} {}",
        host.name(),
        COUNT,
        name);
  }
}
