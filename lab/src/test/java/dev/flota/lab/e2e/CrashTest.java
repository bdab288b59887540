package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.Unique;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The daemon is killed at random moments under load, started again, and nothing is lost. The seed
 * is printed; {@code -Dflota.seed=} repeats it.
 */
@EndToEnd
@Timeout(value = 400, unit = TimeUnit.SECONDS)
class CrashTest {
  private static final long SEED = Long.getLong("flota.seed", System.nanoTime());
  private static final int COUNTERS = 3;
  private static final int CLIENTS = 3;
  private static final String COUNT = "i=0; while :; do echo $i; i=$((i+1)); usleep 10000; done";

  private final Docker docker;
  private final LabHost host;

  CrashTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void images() {
    docker.need("busybox", "hello-world");
  }

  @RepeatedTest(2)
  void nothingIsLost(RepetitionInfo repetition) throws InterruptedException {
    Random random = new Random(SEED + repetition.getCurrentRepetition());
    System.out.println(
        "crash test: -Dflota.seed=" + SEED + ", repetition " + repetition.getCurrentRepetition());
    List<String> counters =
        IntStream.range(0, COUNTERS).mapToObj(number -> counter(number)).toList();
    Map<String, String> processes = new HashMap<>();
    counters.forEach(name -> processes.put(name, process(name)));

    Load load = new Load(random.nextLong());
    load.awaitFirstRound();
    // The moment itself is what the seed varies.
    LockSupport.parkNanos(Duration.ofMillis(random.nextInt(1500)).toNanos());
    host.killDaemon();
    load.end();
    host.labUp();

    counters.forEach(name -> assertThat(process(name)).as(name).isEqualTo(processes.get(name)));
    load.check();
    counters.forEach(this::checkThatNoLineIsLost);
    checkThatNothingIsHalfMade();
    docker.ok("run --rm busybox true");
  }

  private String counter(int number) {
    String name = Unique.name("counter");
    docker.ok(
        "run -d --name {} --runtime {} busybox sh -c {}",
        name,
        number % 2 == 0 ? "crun" : "runc",
        COUNT);
    return name;
  }

  /** Its number and the moment of its start: the same only for the same process. */
  private String process(String name) {
    String state =
        docker.inspect(
            "{{.State.Pid}} {{.State.StartedAt}} {{.State.Status}} {{.RestartCount}}", name);
    return state + " " + host.startTime(Long.parseLong(state.split(" ", -1)[0]));
  }

  private void checkThatNoLineIsLost(String name) {
    docker.ok("kill {}", name);
    docker.ok("wait {}", name);
    List<String> lines = docker.run("logs {}", name).exited(0).lines();
    assertThat(lines)
        .as(name)
        .hasSizeGreaterThan(10)
        .isEqualTo(IntStream.range(0, lines.size()).mapToObj(String::valueOf).toList());
  }

  private void checkThatNothingIsHalfMade() {
    Set<String> known = Set.copyOf(docker.run("ps -aq --no-trunc").exited(0).lines());
    Await.until(
        "only known containers have directories",
        () -> directories() + " but known are " + known,
        () -> known.containsAll(directories()));
    Set<String> running = Set.copyOf(docker.run("ps -q --no-trunc").exited(0).lines());
    assertThat(host.ok("ps -eo args | grep -c '^[^ ]*conmon ' || true"))
        .as("conmon processes for %s", running)
        .isEqualTo(String.valueOf(running.size()));
  }

  private List<String> directories() {
    return host.shell("ls /var/lib/flota/containers").lines();
  }

  @Test
  void aContainerEndsWithItsConmon() {
    String name = Unique.name("orphan");
    docker.ok("run -d --name {} busybox sleep 31415", name);
    endConmon(name);
    assertThat(docker.ok("wait {}", name)).isEqualTo("137");

    docker.ok("start {}", name);
    host.killDaemon();
    host.labUp();
    endConmon(name);
    assertThat(docker.ok("wait {}", name)).isEqualTo("137");
    assertThat(host.shell("pgrep -f '[s]leep 31415'").out()).isBlank();
  }

  private void endConmon(String name) {
    String id = docker.inspect("{{.Id}}", name);
    host.ok("kill -9 $(pgrep -f '[c]onmon .*-c " + id + "')");
  }

  @Test
  void whatEndsMeanwhileIsToldAfterwards() {
    String flag = host.ok("mktemp -d /tmp/e2e-crash-XXXXXX");
    String ending = Unique.name("ending");
    docker.ok(
        "run -d --name {} -v {}:/flag busybox sh -c {}",
        ending,
        flag,
        "until [ -e /flag/go ]; do usleep 10000; done; echo last words; exit 7");
    String killed = Unique.name("killed");
    docker.ok("run -d --name {} busybox sleep 600", killed);
    String returning = Unique.name("returning");
    docker.ok("run -d --restart always --name {} busybox sleep 600", returning);
    String vanishing = Unique.name("vanishing");
    docker.ok("run -d --rm --name {} busybox sleep 600", vanishing);
    String stopped = Unique.name("stopped");
    docker.ok("run -d --restart unless-stopped --name {} busybox sleep 600", stopped);
    docker.ok("stop -t 0 {}", stopped);
    String paused = Unique.name("paused");
    docker.ok("run -d --name {} busybox sleep 600", paused);
    docker.ok("pause {}", paused);
    long endingProcess = pid(ending);
    List<Long> processes = Stream.of(killed, returning, vanishing).map(this::pid).toList();

    host.killDaemon();
    host.ok("touch " + flag + "/go");
    processes.forEach(process -> host.ok("kill -9 " + process));
    Await.until("the container has ended", () -> !host.isRunning(endingProcess));
    host.labUp();

    assertThat(docker.inspect("{{.State.Status}} {{.State.ExitCode}}", ending))
        .isEqualTo("exited 7");
    assertThat(docker.run("logs {}", ending).out()).isEqualTo("last words\n");
    assertThat(docker.inspect("{{.State.Status}} {{.State.ExitCode}}", killed))
        .isEqualTo("exited 137");
    Await.until("it is back", () -> docker.inspect("{{.State.Running}}", returning).equals("true"));
    Await.until("it is removed", () -> docker.run("inspect {}", vanishing).exit() == 1);
    assertThat(docker.inspect("{{.State.Running}}", stopped)).isEqualTo("false");
    assertThat(docker.inspect("{{.State.Status}}", paused)).isEqualTo("paused");
    docker.ok("unpause {}", paused);
    assertThat(docker.ok("exec {} echo works", paused)).isEqualTo("works");
    host.ok("rm -r " + flag);
  }

  private long pid(String name) {
    return Long.parseLong(docker.inspect("{{.State.Pid}}", name));
  }

  @Test
  void networkAndVolumesGoOnWorking() {
    String name = Unique.name("serving");
    docker.ok(
        "run -d -i -t --name {} -v {}:/data -p 18200:80 busybox sh -c {}",
        name,
        Unique.name("kept"),
        "echo answer >/index.html; httpd -p 80 -h /; exec sh");
    Await.until(
        "it answers",
        () -> host.shell("curl -s 127.0.0.1:18200/index.html").text().equals("answer"));

    host.killDaemon();

    assertThat(host.ok("curl -s 127.0.0.1:18200/index.html")).isEqualTo("answer");
    host.labUp();
    assertThat(host.ok("curl -s 127.0.0.1:18200/index.html")).isEqualTo("answer");
    assertThat(docker.ok("exec {} echo works", name)).isEqualTo("works");
    assertThat(docker.run("run --rm -p 18200:80 busybox true").exit()).isEqualTo(125);
    try (var terminal = docker.terminal("attach {}", name)) {
      terminal.enter("echo still$((40+2))").await("still42");
    }
    docker.ok("rm -f -v {}", name);
    assertThat(host.shell("curl -s --max-time 2 127.0.0.1:18200/index.html").exit()).isEqualTo(7);
  }

  /** Clients that create, run, remove and pull, and remember what they were promised. */
  private final class Load {
    private final Set<String> created = ConcurrentHashMap.newKeySet();
    private final Set<String> removed = ConcurrentHashMap.newKeySet();
    private final Map<String, Integer> ended = new ConcurrentHashMap<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final CountDownLatch firstRounds = new CountDownLatch(CLIENTS);
    private final List<Thread> clients = new ArrayList<>();

    Load(long seed) {
      for (int number = 0; number < CLIENTS; number++) {
        Random random = new Random(seed + number);
        clients.add(Thread.ofPlatform().start(() -> work(random)));
      }
    }

    private void work(Random random) {
      while (!over.get()) {
        step(random.nextInt(6));
        firstRounds.countDown();
      }
    }

    private void step(int kind) {
      String name = Unique.name("load");
      switch (kind) {
        case 0, 1 -> {
          if (docker.run("create --name {} busybox true", name).exit() == 0) {
            created.add(name);
          }
        }
        case 2 -> {
          Output run = docker.run("run --name {} busybox sh -c {}", name, "exit 9");
          if (run.exit() == 9) {
            ended.put(name, 9);
          }
        }
        case 3 -> {
          if (docker.run("run -d --name {} busybox sleep 600", name).exit() == 0
              && docker.run("rm -f {}", name).exit() == 0) {
            removed.add(name);
          }
        }
        case 4 -> docker.run("run --rm --name {} -v /data busybox true", name);
        default -> {
          docker.run("rmi -f hello-world");
          docker.run("pull hello-world");
        }
      }
    }

    void awaitFirstRound() throws InterruptedException {
      assertThat(firstRounds.await(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    }

    void end() throws InterruptedException {
      over.set(true);
      for (Thread client : clients) {
        client.join();
      }
    }

    void check() {
      Map<String, String> found = new HashMap<>();
      for (String line :
          docker
              .run("ps -a --no-trunc --filter name=e2e-load --format {}", "{{.Names}} {{.State}}")
              .exited(0)
              .lines()) {
        String[] words = line.split(" ", -1);
        assertThat(found.put(words[0], words[1])).as("twice: " + words[0]).isNull();
      }
      assertThat(found.keySet())
          .containsAll(created)
          .containsAll(ended.keySet())
          .noneMatch(removed::contains);
      created.forEach(name -> assertThat(found.get(name)).as(name).isEqualTo("created"));
      ended.forEach(
          (name, code) ->
              assertThat(docker.inspect("{{.State.Status}} {{.State.ExitCode}}", name))
                  .as(name)
                  .isEqualTo("exited " + code));
      docker.run("rmi -f hello-world");
      docker.ok("pull -q hello-world");
      assertThat(docker.ok("run --rm hello-world")).contains("Hello from Docker!");
      Stream.concat(created.stream(), ended.keySet().stream())
          .forEach(name -> docker.ok("rm -f {}", name));
      found.keySet().stream()
          .filter(name -> !created.contains(name) && !ended.containsKey(name))
          .forEach(name -> docker.run("rm -f {}", name));
    }
  }
}
