package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.faults.FaultPoints;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever breaks at whichever step of a move: the container runs once, with its memory, or it is
 * known to have ended with its host.
 */
@FleetEndToEnd
@Tag("slow")
@Tag("matrix")
class TeleportMatrixTest {
  private static final int FAULTS = Integer.getInteger("flota.teleport.faults", 100);

  /** In MB. */
  private static final int MEMORY = 80;

  /**
   * Counts, tells how far it is, and looks at a MB of its memory each time; answers each line with
   * it and the number of lines that this client has sent.
   */
  private static final String COUNT =
      """
      import socket, threading, time
      server = socket.create_server(('', 9000))
      def answer(connection):
        stream = connection.makefile('rwb', buffering=0)
        for seen, line in enumerate(stream, 1):
          stream.write(b'%%d %%d\\n' %% (int(line), seen))
      def accept():
        while True:
          threading.Thread(target=answer, args=(server.accept()[0],), daemon=True).start()
      threading.Thread(target=accept, daemon=True).start()
      MB = 1 << 20
      memory = bytearray(b"x") * (%d * MB)
      count = at = 0
      while memory.count(b"x", at, at + MB) == MB:
        count += 1
        at = (at + MB) %% len(memory)
        print(count, flush=True)
        time.sleep(0.02)
      """
          .formatted(MEMORY);

  private static final String TELEPORT = "dev.flota.cluster.teleport.";
  private static final String RELOCATION = "dev.flota.engine.container.Relocation";

  /** The hosts of a move. */
  private enum Side {
    SOURCE,
    DESTINATION
  }

  /** A step at whose beginning something happens, in the order of a move. */
  private enum Point {
    PREPARE(Side.SOURCE, TELEPORT + "Departure#tell", "stop postcopy"),
    MAKE_READY(Side.DESTINATION, TELEPORT + "Arrivals#prepare", "stop postcopy"),
    COPY(Side.SOURCE, TELEPORT + "Departure#tell", "stop postcopy"),
    TAKE_FILES(Side.DESTINATION, TELEPORT + "Arrivals#receiveFiles", "stop postcopy"),
    OPEN_PAGES(Side.DESTINATION, TELEPORT + "Arrivals#openPages", "stop"),
    FREEZE(Side.SOURCE, TELEPORT + "Departure#tell", "stop postcopy"),
    DUMP(Side.SOURCE, TELEPORT + "Departure#tell", "stop postcopy"),
    SEND(Side.SOURCE, TELEPORT + "Departure#tell", "stop postcopy"),
    SEND_IMAGES(Side.SOURCE, RELOCATION + "#sendImages", "stop postcopy"),
    TAKE_IMAGES(Side.DESTINATION, TELEPORT + "Arrivals#receiveImages", "stop postcopy"),
    HAND_OVER(Side.SOURCE, TELEPORT + "Departure#tell", "stop postcopy"),
    RESTORE(Side.SOURCE, TELEPORT + "Departure#tell", "stop postcopy"),
    OWN(Side.DESTINATION, RELOCATION + "$Arrival#own", "stop postcopy"),
    RUN(Side.DESTINATION, RELOCATION + "$Arrival#restore", "stop postcopy"),
    SETTLE(Side.DESTINATION, "dev.flota.cluster.custody.Custodian#settle", "stop postcopy"),
    ARRIVED(Side.DESTINATION, RELOCATION + "$Arrival#done", "stop postcopy"),
    DECIDE(Side.SOURCE, TELEPORT + "Departure#decided", "stop postcopy"),
    MEMORY(Side.SOURCE, TELEPORT + "Departure#tell", "postcopy");

    final Side side;
    final String method;
    private final String modes;

    Point(Side side, String method, String modes) {
      this.side = side;
      this.method = method;
      this.modes = modes;
    }

    /** In which it is come to. */
    List<String> modes() {
      return List.of(modes.split(" ", -1));
    }

    String text() {
      String simple = method.replaceFirst(".*[.$]", "").replace('#', '.');
      return simple.equals("Departure.tell") ? simple + "." + name() : simple;
    }

    boolean atOrAfter(Point other) {
      return compareTo(other) >= 0;
    }
  }

  /** Where a container that arrives is written down: room for a few files more. */
  private static final String FILL_RUN =
      "mount -o remount,size=$(($(df --output=used -k /run | tail -1) + 64))k /run";

  /** What finds the criu that begins its work at a step: one that holds on to a process, or is. */
  private static final Map<Point, String> WORK =
      Map.of(
          Point.DUMP,
          "awk '/^TracerPid:/ && $2 { print $2; exit }' /proc/[0-9]*/status 2>/dev/null",
          Point.RUN,
          "pgrep -f '^[^ ]*criu swrk'");

  /** What breaks. */
  private enum Harm {
    SOURCE_DAEMON,
    DESTINATION_DAEMON,
    LEADER_DAEMON,
    SOURCE_HOST,
    DESTINATION_HOST,
    SOURCE_CUT_OFF,
    DESTINATION_CUT_OFF,
    STEP_FAILS,
    DESTINATION_FULL,
    CRIU_DIES,
    CONMON_DIES;

    /** Which side of the move the others lose by it, if any. */
    Optional<Side> lost() {
      return switch (this) {
        case SOURCE_HOST, SOURCE_CUT_OFF -> Optional.of(Side.SOURCE);
        case DESTINATION_HOST, DESTINATION_CUT_OFF -> Optional.of(Side.DESTINATION);
        default -> Optional.empty();
      };
    }

    /** A host's end. */
    static Harm host(Side side) {
      return side == Side.SOURCE ? SOURCE_HOST : DESTINATION_HOST;
    }

    boolean canHappenAt(Point point, String mode) {
      return switch (this) {
        // What only tells that a step begins, or that it has ended, does not fail.
        case STEP_FAILS -> !point.method.contains("Departure") && point != Point.ARRIVED;
        case CRIU_DIES ->
            mode.equals("stop")
                ? List.of(Point.FREEZE, Point.DUMP, Point.RUN).contains(point)
                : List.of(Point.DUMP, Point.RESTORE, Point.OWN, Point.RUN, Point.MEMORY)
                    .contains(point);
        case CONMON_DIES -> List.of(Point.DUMP, Point.HAND_OVER, Point.SETTLE).contains(point);
        default -> true;
      };
    }
  }

  private record Cell(Point point, Harm harm, String mode) {
    /** Whether what breaks takes the container with it. */
    boolean mayEnd() {
      boolean lazily = mode.equals("postcopy") && point.atOrAfter(Point.RESTORE);
      return switch (harm) {
        case SOURCE_HOST -> !point.atOrAfter(Point.ARRIVED) || lazily;
        case DESTINATION_HOST -> point.atOrAfter(Point.RESTORE);
        case SOURCE_CUT_OFF, DESTINATION_CUT_OFF, CRIU_DIES -> lazily;
        case CONMON_DIES -> true;
        case SOURCE_DAEMON, DESTINATION_DAEMON, LEADER_DAEMON, DESTINATION_FULL, STEP_FAILS ->
            false;
      };
    }

    @Override
    public String toString() {
      return String.join("/", mode, harm.name(), point.name());
    }
  }

  private final FleetLab fleet;
  private final String name = Unique.name("moved");
  private final Traveller traveller;
  private int from;
  private int to;

  TeleportMatrixTest(FleetLab fleet) {
    this.fleet = fleet;
    traveller = new Traveller(fleet, name);
  }

  @BeforeAll
  static void allowPoints() {
    FleetLab.get().restart(FaultPoints.JAVA_OPTIONS);
  }

  @AfterAll
  static void forgetPoints() {
    FleetLab.get().restart("");
  }

  static Stream<Cell> cells() {
    Pattern only = Pattern.compile(System.getProperty("flota.teleport.cells", ""));
    return Arrays.stream(Point.values())
        .flatMap(
            point ->
                Arrays.stream(Harm.values())
                    .flatMap(
                        harm ->
                            point.modes().stream()
                                .filter(mode -> harm.canHappenAt(point, mode))
                                .map(mode -> new Cell(point, harm, mode))))
        .filter(cell -> only.matcher(cell.toString()).find());
  }

  @ParameterizedTest
  @MethodSource("cells")
  void everyStepAndEveryHarm(Cell cell) {
    System.out.println(cell); // an hour's work shows how far it is
    begin();
    harm(cell);
  }

  /** One container goes through many of them, and is run anew when it has ended with its host. */
  @Test
  @Timeout(value = 3, unit = TimeUnit.HOURS)
  void someAtRandom() {
    long seed = Long.getLong("flota.seed", System.nanoTime());
    System.out.println("faults in teleports: -Dflota.seed=" + seed);
    Random random = new Random(seed);
    List<Cell> cells = new ArrayList<>(cells().toList());
    Collections.shuffle(cells, random);
    begin();
    for (int fault = 0; fault < FAULTS; fault++) {
      Cell cell = cells.get(fault % cells.size());
      System.out.println("fault " + fault + ": " + cell);
      if (!harm(cell)) {
        begin();
      }
    }
  }

  private void begin() {
    Docker docker = fleet.docker(1);
    docker.need("python");
    Await.until(
        "the last one is gone", // right after a fault it may still be somebody's to decide
        () -> docker.run("rm -f {}", name).all(),
        () -> docker.run("rm -f {}", name).exit() == 0);
    docker.ok("run -d --name {} python python3 -u -c {}", name, COUNT);
  }

  /** Whether it still runs. */
  private boolean harm(Cell cell) {
    from = traveller.holder();
    to = from % fleet.hosts().size() + 1;
    String point = cell.point().text();
    LabHost host = fleet.host(number(cell.point().side));
    FaultPoints points =
        FaultPoints.in(
            host, Arrays.stream(Point.values()).map(each -> each.method).distinct().toList());
    if (cell.harm() == Harm.STEP_FAILS) {
      points.fail(point);
    } else {
      points.halt(point);
    }
    LabHost third = fleet.host(6 - from - to);
    try (RunningCommand client = talkTo(third);
        RunningCommand move =
            third.start(
                "curl -sN --max-time 50 -X POST --unix-socket /run/flota/flota.sock"
                    + " 'http://flota/containers/%s/teleport?host=%s&mode=%s'"
                        .formatted(name, fleet.host(to).name(), cell.mode()))) {
      points.awaitReached(point, move);
      String work = WORK.get(cell.point());
      if (cell.harm() == Harm.CRIU_DIES && work != null) {
        try (RunningCommand hunter =
            host.start(
                "until found=$(%s); [ \"$found\" ] || [ $SECONDS -gt 30 ]; do :; done; kill -9 $found"
                    .formatted(work))) {
          points.release(point);
          hunter.endInput().await().exited(0);
        }
      } else {
        breakSomething(cell.harm());
      }
      if (cell.harm() != Harm.host(cell.point().side)) {
        points.release(point);
      }
      System.out.println("  " + move.endInput().await().out().strip().replaceAll("(?s).*\n", ""));
      if (cell.harm() == Harm.DESTINATION_FULL) {
        fleet.host(to).ok("mount -o remount,size=50% /run");
      }
      cell.harm().lost().ifPresent(side -> awaitRest(from + to - number(side)));
      fleet.mend();
      boolean runs = awaitOnce(cell);
      if (runs) {
        client.awaitMore();
      }
      return runs;
    }
  }

  /** By one connection for as long as nothing breaks it; it is outside the container's network. */
  private RunningCommand talkTo(LabHost host) {
    String address = "{{.NetworkSettings.Networks.bridge.IPAddress}}";
    RunningCommand client =
        host.startOnItsNetwork(
            List.of(
                "python3", "-u", "-c", Traveller.TALK, fleet.docker(from).inspect(address, name)));
    client.awaitMore();
    return client;
  }

  /** Long before the other side is back, the one that is left has done what it can. */
  private void awaitRest(int left) {
    LabHost host = fleet.host(left);
    List<String> rest = List.of("", processes(left));
    Await.until(
        host.name() + " is done with the move",
        () -> remains(host),
        () -> rest.contains(remains(host)));
    if (!remains(host).isEmpty()) {
      traveller.awaitCounting(fleet.docker(left), 1);
    }
  }

  private int number(Side side) {
    return side == Side.SOURCE ? from : to;
  }

  private void breakSomething(Harm harm) {
    switch (harm) {
      case SOURCE_DAEMON -> fleet.killDaemon(from);
      case DESTINATION_DAEMON -> fleet.killDaemon(to);
      case LEADER_DAEMON -> fleet.killDaemon(fleet.leader(from).orElseThrow());
      case SOURCE_HOST -> fleet.kill(from);
      case DESTINATION_HOST -> fleet.kill(to);
      case SOURCE_CUT_OFF -> fleet.cut(from);
      case DESTINATION_CUT_OFF -> fleet.cut(to);
      case DESTINATION_FULL -> fleet.host(to).ok(FILL_RUN);
      case CRIU_DIES -> end("criu");
      case CONMON_DIES -> end("conmon");
      case STEP_FAILS -> {} // by itself
    }
  }

  private void end(String program) {
    String script = "for each in $(pgrep -x " + program + "); do kill -9 $each; echo $each; done";
    String ended = fleet.host(from).ok(script) + fleet.host(to).ok(script);
    assertThat(ended).as("processes of " + program).isNotBlank();
  }

  private boolean awaitOnce(Cell cell) {
    int host = traveller.holder();
    Docker docker = fleet.docker(host);
    Await.until(
        "it is known what it does",
        () -> docker.run("inspect {}", name).text(),
        () -> List.of("running", "exited").contains(status(docker)));
    boolean runs = status(docker).equals("running");
    for (Docker each : fleet.dockers()) {
      Await.until(
          "all hosts say the same",
          () -> docker.run("inspect {}", name).all() + each.run("inspect {}", name).all(),
          () -> status(each).equals(status(docker)));
    }
    if (runs) {
      traveller.awaitCounting(docker, MEMORY);
    } else {
      assertThat(cell.mayEnd())
          .as("it may end by %s: %s", cell, docker.inspect("{{json .State}}", name))
          .isTrue();
      traveller.counted(docker);
    }
    assertThat(docker.inspect("{{.RestartCount}}", name)).isEqualTo("0");
    Await.until(
        "it runs nowhere else, and nothing is left of its move",
        this::remains,
        () -> remains().equals(runs ? processes(host) : ""));
    return runs;
  }

  private String status(Docker docker) {
    return docker.run("inspect -f {} {}", "{{.State.Status}}", name).text();
  }

  private String remains() {
    return fleet.hosts().stream().map(TeleportMatrixTest::remains).collect(Collectors.joining());
  }

  /** What a host has of containers' processes and of moves. */
  private static String remains(LabHost host) {
    String script =
        "cat /sys/fs/cgroup/pids/flota/*/cgroup.procs | grep -q . && echo processes;"
            + " ls /run/flota/teleport; pgrep -ax criu";
    return host.shell(script).lines().stream()
        .map(line -> "%s: %s%n".formatted(host.name(), line))
        .collect(Collectors.joining());
  }

  private String processes(int host) {
    return "%s: processes%n".formatted(fleet.host(host).name());
  }
}
