package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.Unique;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random faults while clients of all hosts run, stop and execute; then nothing is lost, doubled or
 * unknown. The seed is printed; {@code -Dflota.seed=} repeats the faults and what the clients try.
 */
@FleetEndToEnd
@Tag("faults")
@Tag("slow")
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class RandomFaultsTest {
  private static final long SEED = Long.getLong("flota.seed", System.nanoTime());
  private static final int FAULTS = Integer.getInteger("flota.faults", 20);
  private static final int HOSTS = 3;

  private final FleetLab fleet;

  RandomFaultsTest(FleetLab fleet) {
    this.fleet = fleet;
  }

  @BeforeEach
  void images() {
    fleet.dockers().forEach(docker -> docker.need("busybox"));
  }

  /** What is done to the fleet; the host is the one that suffers most. */
  private enum Fault {
    CUT,
    SCATTER,
    LOSS,
    KILL_DAEMON,
    KILL_HOST,
    KILL_ALL_DAEMONS
  }

  @Test
  void leaveNothingLostAndNothingTwice() throws InterruptedException {
    System.out.println("random faults: -Dflota.seed=" + SEED);
    Random random = new Random(SEED);
    Load load = new Load(random.nextLong());
    for (int number = 0; number < FAULTS; number++) {
      Fault fault = Fault.values()[random.nextInt(Fault.values().length)];
      int host = random.nextInt(HOSTS) + 1;
      // How long each lasts is what the seed varies: shorter and longer than a host is waited for.
      Duration lasting = Duration.ofMillis(random.nextInt(10_000));
      Duration pause = Duration.ofMillis(random.nextInt(4_000));
      System.out.printf("fault %d: %s of host-%d for %s%n", number, fault, host, lasting);
      cause(fault, host);
      LockSupport.parkNanos(lasting.toNanos());
      undo(fault, host);
      LockSupport.parkNanos(pause.toNanos());
    }
    load.end();
    fleet.mend();

    load.checkThatAllCallsEnded();
    load.check(new FleetCheck(fleet).consistent());
    for (int host = 1; host <= HOSTS; host++) {
      fleet.docker(host).ok("run --rm busybox true");
    }
  }

  private void cause(Fault fault, int host) {
    int next = host % HOSTS + 1;
    switch (fault) {
      case CUT -> fleet.cut(host);
      case SCATTER -> {
        fleet.cut(host);
        fleet.cut(next);
      }
      case LOSS -> fleet.lose(20);
      case KILL_DAEMON -> fleet.killDaemon(host);
      case KILL_HOST -> fleet.kill(host);
      case KILL_ALL_DAEMONS -> fleet.killDaemon(1, 2, 3);
    }
  }

  private void undo(Fault fault, int host) {
    switch (fault) {
      case CUT, SCATTER, LOSS -> fleet.heal();
      case KILL_DAEMON, KILL_HOST -> fleet.start(host);
      case KILL_ALL_DAEMONS -> fleet.start(1, 2, 3);
    }
  }

  /** One client for each host, each with containers of its own, that remember what was promised. */
  private final class Load {
    /** What a refusal looks like: the engine's own words, or that nobody listens. */
    private static final Pattern CLEAR =
        Pattern.compile(
            "Error response from daemon: .+|Cannot connect to the Docker daemon|error during connect"
                + "|Error: No such |error waiting for container: |unexpected EOF|connection reset by peer"
                + "|no such file or directory|connection refused"
                + "|unable to upgrade to tcp, received 503", // says the command line of an exec
            Pattern.CASE_INSENSITIVE);

    private static final Duration AFTER_A_REFUSAL = Duration.ofMillis(200);

    private final Set<String> promised = ConcurrentHashMap.newKeySet();
    private final Set<String> removed = ConcurrentHashMap.newKeySet();
    private final Queue<String> unclear = new ConcurrentLinkedQueue<>();
    private final Map<String, Integer> outcomes = new ConcurrentHashMap<>();
    private final AtomicBoolean over = new AtomicBoolean();
    private final List<Thread> clients = new ArrayList<>();

    Load(long seed) {
      for (int number = 0; number < HOSTS; number++) {
        Random random = new Random(seed + number);
        clients.add(Thread.ofPlatform().name("client-" + number).start(() -> work(random)));
      }
    }

    private void work(Random random) {
      List<String> own = new ArrayList<>();
      while (!over.get()) {
        Docker docker = fleet.docker(random.nextInt(HOSTS) + 1);
        int kind = own.size() > 6 ? 3 : random.nextInt(6);
        String any = own.isEmpty() ? "" : own.get(random.nextInt(own.size()));
        switch (any.isEmpty() ? 0 : kind) {
          case 0 -> run(docker, own, random.nextInt(2) == 0 ? "--restart always" : "");
          case 1 -> call(docker, "stop", "stop -t 1 {}", any);
          case 2 -> call(docker, "start", "start {}", any);
          case 3 -> remove(docker, own, any);
          default -> execute(docker, any);
        }
      }
    }

    private void run(Docker docker, List<String> own, String options) {
      String name = Unique.name("load");
      Output ran = call(docker, "run", "run -d --name {} " + options + " busybox sleep 3600", name);
      if (ran.exit() == 0) {
        promised.add(name);
        own.add(name);
      }
    }

    private void remove(Docker docker, List<String> own, String name) {
      own.remove(name);
      // From now on it may be there or not, unless the answer says more.
      promised.remove(name);
      // The command line is content with "No such container", which a host may say that has just
      // begun to learn what the others have.
      Output answer = call(docker, "rm", "rm -f {}", name);
      if (answer.exit() == 0 && answer.text().equals(name)) {
        removed.add(name);
      }
    }

    private void execute(Docker docker, String name) {
      Output executed = call(docker, "exec", "exec {} echo hello", name);
      if (executed.exit() == 0 && !executed.text().equals("hello")) {
        unclear.add("exec lost its output: " + executed);
      }
    }

    /** A call that does not end is one that fails the test. */
    private Output call(Docker docker, String kind, String line, String name) {
      try {
        Output output = docker.run(line, name);
        boolean good = output.exit() == 0;
        outcomes.merge(kind + (good ? " done" : " refused"), 1, Integer::sum);
        if (!good) {
          LockSupport.parkNanos(
              AFTER_A_REFUSAL.toNanos()); // a client that is refused does not storm
        }
        if (!good && !daemonDied(kind, output) && !CLEAR.matcher(output.all()).find()) {
          unclear.add("no clear refusal: " + output);
        }
        return output;
      } catch (AssertionError hung) {
        unclear.add(String.valueOf(hung.getMessage()));
        return new Output(List.of(line), -1, "", "");
      }
    }

    /** docker ends so, without a word, when nobody is there to tell it the exec's exit code. */
    private static boolean daemonDied(String kind, Output output) {
      return kind.equals("exec") && output.exit() == 255;
    }

    void end() throws InterruptedException {
      over.set(true);
      for (Thread client : clients) {
        client.join();
      }
      System.out.println("calls: " + outcomes);
    }

    void checkThatAllCallsEnded() {
      assertThat(unclear).isEmpty();
      assertThat(outcomes.keySet()).contains("run done", "stop done", "exec done", "rm done");
    }

    void check(List<FleetCheck.Seen> there) {
      Set<String> names =
          there.stream().map(FleetCheck.Seen::name).collect(Collectors.toUnmodifiableSet());
      assertThat(names).containsAll(promised).doesNotContainAnyElementsOf(removed);
      for (String name : removed) {
        Await.until(
            "the name is free",
            () -> fleet.docker(1).run("create --name {} busybox", name).exit() == 0);
      }
    }
  }
}
