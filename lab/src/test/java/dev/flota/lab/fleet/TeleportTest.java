package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Running containers move from host to host. */
@FleetEndToEnd
class TeleportTest {
  private static final String FOR_LIFE =
      "{{.Id}} {{.Name}} {{.State.StartedAt}} {{.RestartCount}} {{.Config.Labels}} {{.Config.Env}}"
          + " {{.HostConfig.RestartPolicy}}"
          + "{{range .NetworkSettings.Networks}} {{.IPAddress}} {{.MacAddress}}{{end}}";

  /** Answers each line with it and the number of lines that this process has seen. */
  private static final String ECHO =
      """
      import socket, threading
      server = socket.create_server(('', 9000))
      seen = 0
      def serve(connection):
        global seen
        stream = connection.makefile('rwb', buffering=0)
        for line in stream:
          seen += 1
          stream.write(line.strip() + b' %d\\n' % seen)
      while True:
        threading.Thread(target=serve, args=(server.accept()[0],)).start()
      """;

  private final FleetLab fleet;
  private final Docker docker;
  private final Api api;
  private final String name = Unique.name("teleport");
  private final String client = Unique.name("client");
  private final Traveller traveller;

  TeleportTest(FleetLab fleet) {
    this.fleet = fleet;
    traveller = new Traveller(fleet, name);
    docker = fleet.docker(1);
    api = new Api(fleet.host(1).socket());
  }

  @BeforeEach
  void images() {
    docker.need("busybox", "nginx", "python", "redis");
  }

  @AfterEach
  void remove() {
    docker.run("rm -f -v {} {}", name, client);
    docker.run("network rm {}", name);
    docker.run("volume rm -f {}", name);
  }

  private void run(String options, String image, Object... command) {
    traveller.run("-e constraint:node==host-1 " + options, image, command);
  }

  private JsonNode teleport(String to) {
    return traveller.teleport(to, "auto");
  }

  private void moved(String to) {
    traveller.moved(to, "auto");
  }

  // ---- what comes along

  @Test
  void connectionsAndMemoryGoOnThroughRoundTrips() {
    goRound(4);
  }

  @Test
  @Tag("faults")
  @Tag("slow")
  void connectionsAndMemoryGoOnThroughTwentyRoundTrips() {
    goRound(20);
  }

  private void goRound(int times) {
    talk();
    String life = docker.inspect(FOR_LIFE, name);

    for (int round = 1; round <= times; round++) {
      for (String host : List.of("host-2", "host-3", "host-1")) {
        moved(host);
      }
      awaitTalk();
    }

    assertThat(docker.inspect(FOR_LIFE, name)).isEqualTo(life);
    String resolve = "import socket, sys; print(socket.gethostbyname(sys.argv[1]))";
    assertThat(docker.ok("exec {} python3 -c {} {}", client, resolve, name))
        .isEqualTo(
            docker.inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name));
    assertThat(traveller.holders()).containsExactly("host-1");
  }

  /** A server on host 1 and a client on host 3. */
  private void talk() {
    docker.ok("network create {}", name);
    run(
        "--network %s --label tier=front -e WORD=kept --restart unless-stopped".formatted(name),
        "python",
        "python3",
        "-u",
        "-c",
        ECHO);
    traveller.talkTo(client, name, "host-3");
  }

  private void awaitTalk() {
    traveller.awaitTalk(client);
  }

  /** Prints a sum over much memory again and again, while a thread changes it in pairs. */
  private static final String SUMS =
      """
      import threading, time
      size = 150 * 1024 * 1024
      memory = bytearray(size)
      for page in range(0, size, 4096):
        memory[page] = page // 4096 % 251
      lock = threading.Lock()
      def change():
        page = 0
        while True:
          with lock:
            if memory[page] and memory[-4096 - page] < 255:
              memory[page] -= 1
              memory[-4096 - page] += 1
          page = (page + 40960) % (size // 2)
          time.sleep(0.0001)
      threading.Thread(target=change, daemon=True).start()
      while True:
        with lock:
          total = sum(memory[::4096])
        print(total, flush=True)
        time.sleep(0.01)
      """;

  @Test
  void muchMemoryFollowsWhenItRunsThereAlready() {
    run("", "python", "python3", "-u", "-c", SUMS);
    traveller.awaitLine();
    String sum = docker.ok("logs --tail 1 {}", name);

    assertThat(traveller.moved("host-2", "auto")).isEqualTo("postcopy");
    traveller.awaitLine();
    assertThat(traveller.moved("host-3", "postcopy")).isEqualTo("postcopy");
    traveller.awaitLine();
    assertThat(traveller.moved("host-1", "stop")).isEqualTo("stop");
    traveller.awaitLine();

    assertThat(docker.run("logs {}", name).exited(0).lines()).containsOnly(sum);
    assertThat(traveller.holders()).containsExactly("host-1");
    for (LabHost host : fleet.hosts()) {
      Await.until(
          "nothing of the moves is left on " + host.name(),
          () -> host.shell("ls /run/flota/teleport").out().isBlank());
    }
  }

  @Test
  void aConnectionGoesOnThroughPostCopy() {
    talk();
    for (String host : List.of("host-2", "host-3", "host-1")) {
      assertThat(traveller.moved(host, "postcopy")).isEqualTo("postcopy");
      awaitTalk();
    }
  }

  @Test
  void filesAndLogsAreComplete() {
    String count = "i=0; while :; do i=$((i+1)); echo $i; echo $i >/kept; sleep 0.05; done";
    run("--tmpfs /scratch", "busybox", "sh", "-c", count);
    docker.ok("exec {} sh -c {}", name, "echo kept >/written; rm /etc/shells; mkdir -p /a/b");
    docker.ok("exec {} sh -c {}", name, "echo memory >/scratch/file; echo shm >/dev/shm/file");
    docker.ok("exec {} sh -c {}", name, "ln /written /linked; ln -s /written /pointer");

    moved("host-2");
    docker.ok("exec {} sh -c {}", name, "echo later >/a/b/c; rm /linked");
    moved("host-3");
    moved("host-1");

    assertThat(
            docker.ok(
                "exec {} sh -c {}",
                name,
                "cat /written /pointer /a/b/c /scratch/file /dev/shm/file; ls /etc/shells /linked"
                    + " 2>&1 | wc -l"))
        .isEqualTo("kept\nkept\nlater\nmemory\nshm\n2");
    List<String> lines = docker.run("logs {}", name).exited(0).lines();
    assertThat(lines)
        .containsExactlyElementsOf(
            IntStream.rangeClosed(1, lines.size()).mapToObj(Integer::toString).toList());
    docker.ok("stop -t 1 {}", name);
    docker.ok("start {}", name);
    assertThat(docker.ok("exec {} cat /written", name)).isEqualTo("kept");
  }

  /** Writes to redis, and ends when a checksum of all that is there is not what was written. */
  private static final String WRITE =
      """
      import hashlib, random, socket, sys, time
      while True:
        try:
          stream = socket.create_connection((sys.argv[1], 6379)).makefile('rwb')
          break
        except OSError:
          time.sleep(0.05)
      def ask(*words):
        parts = b''.join(b'$%d\\r\\n%s\\r\\n' % (len(word), word) for word in words)
        stream.write(b'*%d\\r\\n' % len(words) + parts)
        stream.flush()
        answer = stream.readline()
        return stream.read(int(answer[1:]) + 2)[:-2] if answer[:1] == b'$' else answer
      written = {}
      def checksum(value):
        lines = (key + b'=' + value(key) + b'\\n' for key in sorted(written))
        return hashlib.sha256(b''.join(lines)).hexdigest()
      while True:
        for _ in range(300):
          key, value = b'key%d' % random.randrange(1000), random.randbytes(200).hex().encode()
          if ask(b'set', key, value) != b'+OK\\r\\n':
            sys.exit('was not taken')
          written[key] = value
        there = checksum(lambda key: ask(b'get', key))
        if there != checksum(written.__getitem__):
          sys.exit('it has something else')
        print(there, flush=True)
      """;

  @Test
  void aDatabaseUnderLoadKeepsWhatItHas() {
    docker.ok("network create {}", name);
    run("--network " + name, "redis"); // with the anonymous volume that the image has at /data
    new Traveller(fleet, client)
        .run(
            "--network %s -e constraint:node==host-3".formatted(name),
            "python",
            "python3",
            "-u",
            "-c",
            WRITE,
            name);
    awaitTalk();
    moved("host-2");
    awaitTalk();
    traveller.moved("host-3", "postcopy");
    awaitTalk();
    moved("host-1");
    awaitTalk();
  }

  @Test
  void itsRestartPolicyGoesOnWhereItWas() {
    run(
        "--restart always",
        "busybox",
        "sh",
        "-c",
        "test -e /again || { touch /again; exit 3; }; while :; do sleep 1; done");
    awaitRestarts(1);
    moved("host-2");
    awaitRestarts(1);
    fleet.host(2).ok("kill -9 " + docker.inspect("{{.State.Pid}}", name));
    awaitRestarts(2);
    assertThat(traveller.holders()).containsExactly("host-2");
  }

  private void awaitRestarts(int count) {
    Await.until(
        "it runs, restarted %d times".formatted(count),
        () -> docker.inspect("{{json .State}} {{.RestartCount}}", name),
        () ->
            docker.inspect("{{.State.Status}} {{.RestartCount}}", name).equals("running " + count));
  }

  @Test
  void publishedPortsAnswerOnEveryHostBeforeAndAfter() {
    run("-p 18470:80", "nginx");
    allAnswer();
    moved("host-2");
    allAnswer();
    moved("host-3");
    allAnswer();
  }

  private void allAnswer() {
    for (LabHost host : fleet.hosts()) {
      String ask = "curl -sf --max-time 5 http://" + host.address() + ":18470/";
      Await.until(
          host.name() + " answers", () -> host.shell(ask).out().contains("Welcome to nginx!"));
    }
  }

  @Test
  void limitsStayInForce() {
    run(
        "--memory 64m --pids-limit 50 --cpus 0.5",
        "busybox",
        "sh",
        "-c",
        "while :; do sleep 1; done");
    String limits =
        "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/pids/pids.max"
            + " /sys/fs/cgroup/cpu/cpu.cfs_quota_us";
    String before = docker.ok("exec {} sh -c {}", name, limits);
    assertThat(before).startsWith("67108864\n50\n50000");

    moved("host-2");

    assertThat(docker.ok("exec {} sh -c {}", name, limits)).isEqualTo(before);
  }

  /** Also when a program takes the end of a call that was interrupted for its own. */
  @Test
  void whoSleepsSleepsOn() {
    run("", "busybox", "sh", "-c", "sleep 1000 & sleep 5; echo woke; wait");

    traveller.moved("host-2", "stop");
    traveller.moved("host-3", "postcopy");

    Await.until("it wakes", () -> docker.ok("logs {}", name).equals("woke"));
    assertThat(docker.ok("top {}", name))
        .containsPattern("(?m) sleep 1000$")
        .doesNotContainPattern("(?m) sleep 5$");
  }

  private static final String PRINT_DATAGRAMS =
      """
      import socket
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
      server.bind(('', 9000))
      while True:
        print(server.recv(100).decode(), flush=True)
      """;

  /** Numbers, one in each {@link #PAUSE_MILLIS}; none is sent twice. */
  private static final String SEND_DATAGRAMS =
      """
      import socket, sys, time
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      server.connect((sys.argv[1], 9000))
      number = 0
      while True:
        number += 1
        server.send(b'%d' % number)
        time.sleep(float(sys.argv[2]))
      """;

  private static final int PAUSE_MILLIS = 10;

  @ParameterizedTest
  @CsvSource({"host-1, stop", "host-2, postcopy", "host-3, stop"})
  void whatIsSentToItWhileItIsFrozenWaits(String from, String mode) {
    docker.ok("network create {}", name);
    run("--network " + name, "python", "python3", "-u", "-c", PRINT_DATAGRAMS);
    new Traveller(fleet, client)
        .run(
            "--network %s -e constraint:node==%s".formatted(name, from),
            "python",
            "python3",
            "-c",
            SEND_DATAGRAMS,
            name,
            PAUSE_MILLIS / 1000.0);
    awaitLater(0);

    JsonNode said = traveller.teleport("host-2", mode);

    awaitLater(received().getLast());
    List<Integer> received = received();
    assertThat(received).as("nothing twice").doesNotHaveDuplicates();
    int lost = received.getLast() - received.getFirst() + 1 - received.size();
    assertThat(lost * PAUSE_MILLIS)
        .as("milliseconds of datagrams lost, while it was frozen for so many: " + said)
        .isLessThan(said.path("frozenMillis").asInt() / 2);
  }

  private void awaitLater(int number) {
    Await.until(
        "more datagrams arrive", () -> received().stream().anyMatch(each -> each > number + 50));
  }

  private List<Integer> received() {
    return docker.ok("logs {}", name).lines().map(Integer::valueOf).sorted().toList();
  }

  @Test
  void placementChoosesAHostAndEventsTell() {
    docker.ok("run -d --name {} busybox sh -c {}", name, "while :; do sleep 1; done");
    String from = docker.inspect("{{.Node.Name}}", name);
    try (RunningCommand events =
        docker.start(
            "events --since 10m --filter container={} --format {}",
            name,
            "{{.Action}} {{.Actor.Attributes.frozenMillis}} {{.Actor.Attributes.mode}}")) {
      JsonNode said = teleport("");
      assertThat(said.path("phase").asText()).as(said.toString()).isEqualTo("done");
      assertThat(said.path("host").asText()).isNotEqualTo(from);
      Await.until(
          "it is known there",
          () -> docker.inspect("{{.Node.Name}}", name).equals(said.path("host").asText()));
      events.awaitOut("teleport_commit %s stop\n".formatted(said.path("frozenMillis").asText()));
      assertThat(events.out())
          .containsPattern("(?m)^teleport_start .*\nteleport_frozen \\d+ stop\n");
      Api left = new Api(fleet.host(Integer.parseInt(from.substring("host-".length()))).socket());
      assertThat(left.send("GET", "/metrics").body())
          .containsPattern("flota_teleports_total\\{mode=\"stop\",outcome=\"commit\"} [1-9]");
    }
  }

  @Test
  void dockerTeleportIsAPluginOfTheStockCommandLine(@TempDir Path configuration) {
    run("", "busybox", "sh", "-c", "while :; do sleep 1; done");
    Docker own = docker.withConfiguration(configuration);

    own.shell("../flota plugin install").exited(0);

    assertThat(own.ok("teleport {} host-2", name))
        .matches(name + " is on host-2: mode stop, \\d+ ms in all, frozen for \\d+ ms, .* MB sent");
    assertThat(own.run("teleport {} host-9", name).exited(1).err())
        .contains("no such host: host-9");
    assertThat(own.ok("teleport --help")).contains("Move a container to another host");
    own.shell("../flota plugin remove").exited(0);
    assertThat(configuration.resolve("cli-plugins")).isEmptyDirectory();
  }

  // ---- what is refused, and what fails

  @Test
  void aHostWithoutRoomForItsMemoryRefusesItBeforeItIsFrozen() {
    talk();
    LabHost there = fleet.host(2);
    there.ok(
        "mkdir -p /run/flota/teleport && mount -t tmpfs -o size=4m teleport /run/flota/teleport");
    try {
      assertThat(flota("teleport {} host-2 --mode stop --dry-run").await().exited(1).text())
          .contains("host-2: it has room for ");
      assertThat(traveller.refusal("host-2", "stop"))
          .contains("host-2", "give mode postcopy")
          .containsPattern("it has room for 4(\\.\\d+)?MB of memory until it is restored, ");
      awaitTalk();
      assertThat(traveller.moved("host-2", "postcopy")).isEqualTo("postcopy");
      awaitTalk();
    } finally {
      there.ok("umount -l /run/flota/teleport");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "busybox|host-9|404|no such host: host-9",
        "busybox|host-1|409|is on host-1 already",
        "busybox||409|no host fits",
        "--network host busybox|host-2|409|it uses the network of its host",
        "--privileged busybox|host-2|409|it is privileged",
        "-v /tmp:/data busybox|host-2|409|it has /tmp of its host at /data: a volume would come along",
        "--ipc host busybox|host-2|409|it uses the shared memory of its host"
      })
  void whatCannotMoveIsRefused(String options, String to, int status, String reason) {
    run("", options, "sleep", "1000");
    String before = docker.inspect("{{.State.Pid}} {{.State.Status}}", name);

    Api.Answer answer =
        api.send("POST", "/containers/" + name + "/teleport?host=" + (to == null ? "" : to));

    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.message()).contains(reason);
    assertThat(docker.inspect("{{.State.Pid}} {{.State.Status}}", name)).isEqualTo(before);
    assertThat(traveller.holders()).containsExactly("host-1");
  }

  @Test
  void processesOfExecKeepItUnlessTheyAreKilledOrWaitedFor() {
    run("", "busybox", "sh", "-c", "while :; do sleep 1; done");
    try (RunningCommand exec =
        docker.start("exec -i {} sh -c {}", name, "echo there; read end; true")) {
      exec.awaitOut("there");
      assertThat(traveller.refusal("host-2", "auto"))
          .containsPattern(
              "it runs processes of docker exec, which cannot come along:"
                  + " sh -c echo there; read end; true \\(process \\d+\\)");
      try (RunningCommand moving = flota("teleport {} host-2 --wait-execs --json")) {
        moving.awaitOut("{\"phase\":\"wait\"}");
        exec.endInput().await().exited(0);
        assertThat(moving.await().exited(0).out()).contains("\"host\":\"host-2\"");
      }
    }
    try (RunningCommand exec =
        docker.start("exec -i {} sh -c {}", name, "sleep 1000 & echo there; wait")) {
      exec.awaitOut("there");
      flota("teleport {} host-1 --kill-execs").await().exited(0);
      exec.await().exited(137);
    }
    assertThat(docker.ok("top {}", name)).doesNotContain("sleep 1000");
    assertThat(traveller.holders()).containsExactly("host-1");
  }

  @Test
  void whoeverSharesItsNamespacesKeepsIt() {
    run("", "busybox", "sleep", "1000");
    docker.ok("run -d --name {} --network container:{} busybox sleep 1000", client, name);

    assertThat(traveller.refusal("host-2", "auto"))
        .contains("container " + client + " uses its network");
  }

  @Test
  void isGivenUpInTimeAndLeavesNothing() {
    run("", "busybox", "sh", "-c", "while :; do sleep 1; done");
    docker.ok("exec -d {} sleep 1000", name);
    String id = docker.inspect("{{.Id}}", name);
    try (RunningCommand events =
        docker.start(
            "events --since 10m --filter container={} --filter event=teleport_rollback --format {}",
            name,
            "{{.Action}}: {{.Actor.Attributes.reason}}.")) {
      assertThat(flota("teleport {} host-2 --wait-execs --timeout 3").await().exited(1).err())
          .contains("the move was given up: it took longer than its timeout");
      events.awaitOut(
          "teleport_rollback: the move was given up: it took longer than its timeout.\n");
    }
    assertThat(fleet.host(2).shell("ls /run/flota/teleport /var/lib/flota/containers").out())
        .doesNotContain(id);
    assertThat(traveller.holders()).containsExactly("host-1");
  }

  @Test
  void filesThatDoNotFitKeepIt() {
    String large = "import time; open('/large', 'w').truncate(10 ** 13); print('there')";
    run("", "python", "python3", "-u", "-c", large + "; time.sleep(1000)");
    Await.until("it is there", () -> docker.ok("logs {}", name).contains("there"));

    assertThat(traveller.refusal("host-2", "auto"))
        .containsPattern("host-2: it has room for .* of files, 10TB are needed");
  }

  /** The other host has it as it was when its files were copied. */
  @Test
  void isNotMovedWhenItHasChangedMeanwhile() {
    docker.ok("network create {}", name);
    run("", "busybox", "sh", "-c", "while :; do sleep 1; done");
    try (RunningCommand exec = docker.start("exec -i {} sh -c {}", name, "echo there; read end")) {
      exec.awaitOut("there");
      try (RunningCommand moving = flota("teleport {} host-2 --wait-execs --json")) {
        moving.awaitOut("{\"phase\":\"wait\"}");
        docker.ok("network connect {} {}", name, name);
        exec.endInput().await();
        assertThat(moving.await().exited(1).err())
            .contains("was changed while its files were copied: try again");
      }
    }
    moved("host-2");
    assertThat(docker.ok("exec {} ip -o -4 addr", name)).contains("eth1");
  }

  private RunningCommand flota(String arguments) {
    return docker.flota(arguments, name);
  }

  @Test
  void aPausedOneStaysPausedAndAStoppedOneStopped() {
    run("--restart always", "busybox", "sh", "-c", "while :; do sleep 1; done");
    docker.ok("exec {} sh -c {}", name, "echo kept >/kept");
    docker.ok("pause {}", name);
    moved("host-2");
    assertThat(docker.inspect("{{.State.Status}}", name)).isEqualTo("paused");
    docker.ok("unpause {}", name);
    assertThat(docker.ok("exec {} cat /kept", name)).isEqualTo("kept");

    docker.ok("stop -t 0 {}", name);
    Await.until("all know", () -> docker.inspect("{{.State.Status}}", name).equals("exited"));
    String before = docker.inspect("{{.State}} " + FOR_LIFE, name);
    moved("host-3");
    assertThat(docker.inspect("{{.State}} " + FOR_LIFE, name)).isEqualTo(before);
    docker.ok("start {}", name);
    assertThat(docker.ok("exec {} cat /kept", name)).isEqualTo("kept");
    assertThat(traveller.holders()).containsExactly("host-3");
  }

  @Test
  void aDryRunTellsAndChangesNothing() {
    run("-v /tmp:/data --privileged", "busybox", "sleep", "1000");
    assertThat(flota("teleport {} host-2 --dry-run").await().exited(1).lines())
        .containsExactly(
            name + " cannot be moved to host-2",
            "  against: it is privileged: stop it first, or run it with --cap-add",
            "  against: it has /tmp of its host at /data: a volume would come along",
            "  note: placement would not choose it: it does not meet the constraint node==host-1"
                + " (has host-2)");
    docker.ok("rm -f {}", name);
    run("-v " + name + ":/data", "busybox", "sleep", "1000");
    assertThat(flota("teleport {} host-2 --dry-run").await().exited(0).text())
        .startsWith(name + " can be moved to host-2, mode stop");
    docker.ok("create --name {} -v {}:/data busybox", client, name);
    assertThat(flota("teleport {} host-2 --dry-run").await().exited(1).text())
        .contains(
            "the volume "
                + name
                + " is used by "
                + docker.inspect("{{.Id}}", client).substring(0, 12));
    assertThat(traveller.holders()).containsExactly("host-1");
  }

  @Test
  void itsVolumesComeAlong() {
    run("-v " + name + ":/named -v /anonymous", "busybox", "sh", "-c", "while :; do sleep 1; done");
    docker.ok("exec {} sh -c {}", name, "echo 1 >/named/file; echo 2 >/anonymous/file");
    moved("host-2");
    docker.ok("exec {} sh -c {}", name, "echo more >>/named/file; rm /anonymous/file");
    moved("host-3");

    for (Docker asked : fleet.dockers()) {
      assertThat(asked.ok("exec {} sh -c {}", name, "cat /named/file; ls /anonymous"))
          .isEqualTo("1\nmore");
    }
    for (LabHost host : fleet.hosts()) {
      assertThat(host.shell("ls /var/lib/flota/volumes").out().contains(name))
          .as(host.name())
          .isEqualTo(host.name().equals("host-3"));
    }
    docker.ok("rm -f -v {}", name);
    assertThat(docker.ok("run --rm -v {}:/named busybox cat /named/file", name))
        .isEqualTo("1\nmore");
    docker.ok("volume rm {}", name);
  }

  /** Its memory would follow, but its images do not fit into the memory file system there. */
  @Test
  void goesOnWhereItWasWhenTheOtherHasNoRoom() {
    talk();
    String before = docker.inspect("{{.State.Pid}} {{.State.Status}} " + FOR_LIFE, name);
    LabHost full = fleet.host(2);
    full.ok("mount -o remount,size=$(($(df --output=used -B1 /run | tail -1) + 100000)) /run");
    try {
      assertThat(traveller.teleport("host-2", "postcopy").path("error").asText())
          .contains("No space left on device");
    } finally {
      full.ok("mount -o remount,size=50% /run");
    }
    awaitTalk();
    assertThat(docker.inspect("{{.State.Pid}} {{.State.Status}} " + FOR_LIFE, name))
        .isEqualTo(before);
    assertThat(traveller.holders()).containsExactly("host-1");
    assertThat(full.ok("ls /run/flota/teleport")).isEmpty();
    moved("host-2");
    awaitTalk();
  }
}
