package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Census;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Unique;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two hundred containers leave no trace. */
@EndToEnd
class LeakTest {
  private static final int CONTAINERS = 200;

  /** Connection pools and class loading open a few files once. */
  private static final int FILES_OF_THE_DAEMON = 12;

  private final Docker docker;
  private final LabHost host;

  LeakTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @Test
  @Timeout(value = 600, unit = TimeUnit.SECONDS)
  void nothingIsLeftOfContainersThatCameAndWent() throws InterruptedException, ExecutionException {
    docker.need("busybox");
    for (int number = 0; number < Way.values().length * 2; number++) {
      live(number);
    }
    Census before = Census.of(host);

    try (ExecutorService two = Executors.newFixedThreadPool(2)) {
      List<Future<?>> lives = new ArrayList<>();
      for (int number = 0; number < CONTAINERS; number++) {
        int which = number;
        Callable<Void> life =
            () -> {
              live(which);
              return null;
            };
        lives.add(two.submit(life));
      }
      for (Future<?> life : lives) {
        life.get();
      }
    }

    Await.until(
        "all is as before",
        () -> String.join("\n", Census.of(host).newSince(before)),
        () -> Census.of(host).newSince(before).isEmpty());
    Await.until(
        "the daemon's files are closed",
        () -> before.openFiles() + " before, now " + Census.of(host).openFiles(),
        () -> Census.of(host).openFiles() <= before.openFiles() + FILES_OF_THE_DAEMON);
    assertThat(docker.ok("ps -aq --filter name=e2e-leak")).isEmpty();
  }

  private enum Way {
    RUN,
    RUN_INTERACTIVE,
    BACKGROUND,
    PUBLISHED,
    EXEC,
    FAILING,
    RUNC,
    NETWORK_OF_ANOTHER
  }

  private void live(int number) {
    String name = Unique.name("leak");
    Way[] ways = Way.values();
    switch (ways[number % ways.length]) {
      case RUN -> docker.ok("run --rm --name {} -v /data -m 32m busybox true", name);
      case RUN_INTERACTIVE ->
          docker.input(new byte[10000], "run --rm -i --name {} busybox cat", name).exited(0);
      case BACKGROUND -> {
        docker.ok("run -d --name {} --tmpfs /t busybox sleep 600", name);
        docker.ok("rm -f {}", name);
      }
      case PUBLISHED -> {
        docker.ok("run -d --name {} -p 80 busybox sleep 600", name);
        docker.ok("stop -t 0 {}", name);
        docker.ok("start {}", name);
        docker.ok("rm -f {}", name);
      }
      case EXEC -> {
        docker.ok("run -d --rm --name {} busybox sleep 600", name);
        docker.ok("exec {} true", name);
        docker.run("exec {} nosuch", name).exited(127);
        docker.ok("kill {}", name);
      }
      case FAILING -> docker.run("run --rm --name {} busybox nosuch", name).exited(127);
      case RUNC -> docker.ok("run --rm --runtime runc --name {} busybox true", name);
      case NETWORK_OF_ANOTHER -> {
        docker.ok("run -d --name {} busybox sleep 600", name);
        docker.ok("run --rm --network container:{} busybox true", name);
        docker.ok("rm -f {}", name);
      }
    }
  }
}
