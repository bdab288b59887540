package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.Terminal;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every command of the course, in the course's own words, and what the course says happens. */
@EndToEnd
class CourseTest {
  private final Docker docker;

  CourseTest(Docker docker) {
    this.docker = docker;
  }

  @Test
  void theFirstContainerPullsItsImageAndSaysHello() {
    forget("hello-world");

    Output first = docker.run("container run hello-world").exited(0);

    assertThat(first.err())
        .startsWith("Unable to find image 'hello-world:latest' locally\n")
        .contains("latest: Pulling from library/hello-world\n")
        .containsPattern("[0-9a-f]{12}: Pulling fs layer")
        .containsPattern("[0-9a-f]{12}: Pull complete")
        .containsPattern("Digest: sha256:[0-9a-f]{64}\n")
        .contains("Status: Downloaded newer image for hello-world:latest\n");
    assertThat(first.out()).contains("Hello from Docker!");
    Output second = docker.run("container run hello-world").exited(0);
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).isEqualTo(first.out());
  }

  @Test
  void anImageIsPulledAndListed() {
    forget("alpine");

    Output pull = docker.run("image pull alpine").exited(0);

    assertThat(pull.lines())
        .startsWith("Using default tag: latest", "latest: Pulling from library/alpine")
        .anyMatch(line -> line.matches("Digest: sha256:[0-9a-f]{64}"))
        .endsWith(
            "Status: Downloaded newer image for alpine:latest", "docker.io/library/alpine:latest");
    assertThat(docker.run("image pull alpine").exited(0).lines())
        .contains("Status: Image is up to date for alpine:latest");
    Output list = docker.run("image ls").exited(0);
    assertThat(list.lines().getFirst()).matches("REPOSITORY +TAG +IMAGE ID +CREATED +SIZE");
    assertThat(list.lines())
        .anyMatch(line -> line.matches("alpine +latest +[0-9a-f]{12} +.* ago +[0-9.]+[kM]B"));
  }

  @Test
  void aContainerRunsOneCommandAndEnds() {
    docker.need("alpine");

    Output list = docker.run("container run alpine ls -l").exited(0);
    assertThat(list.lines().getFirst()).startsWith("total ");
    assertThat(list.out()).containsPattern("(?m)^drwxr-xr-x .* root +root .* etc$");
    assertThat(docker.run("container run alpine echo {}", "hello from alpine").exited(0).out())
        .isEqualTo("hello from alpine\n");
    Output shell = docker.run("container run alpine /bin/sh").exited(0);
    assertThat(shell.all()).isEmpty();
  }

  @Test
  void aShellOnATerminalTakesCommandsUntilExit() {
    docker.need("alpine");

    try (Terminal terminal = docker.terminal("container run -it alpine /bin/sh")) {
      terminal.await("/ # ").enter("ls -l").await("etc").await("/ # ");
      terminal.enter("uname -a").await("Linux ").await("/ # ").enter("exit");
      assertThat(terminal.awaitExit()).isZero();
    }
  }

  @Test
  void endedContainersAreListedOnlyWithAll() {
    docker.need("alpine", "hello-world");
    docker.ok("container run hello-world");
    docker.ok("container run alpine ls -l");
    docker.ok("container run alpine echo {}", "hello from alpine");
    docker.ok("container run alpine /bin/sh");

    assertThat(docker.run("container ls").exited(0).lines().getFirst())
        .matches("CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES");
    List<String> all = docker.run("container ls -a").exited(0).lines();
    assertThat(all)
        .anyMatch(row("alpine", "\"/bin/sh\""))
        .anyMatch(row("alpine", "\"echo 'hello from al…\""))
        .anyMatch(row("alpine", "\"ls -l\""))
        .anyMatch(row("hello-world", "\"/hello\""));
  }

  private static java.util.function.Predicate<String> row(String image, String command) {
    return Pattern.compile(
            "^[0-9a-f]{12} +"
                + image
                + " +"
                + Pattern.quote(command)
                + " .* Exited \\(0\\) .* [a-z]+_[a-z]+$")
        .asPredicate();
  }

  @Test
  void whatOneContainerWritesStaysInIt() {
    docker.need("alpine");
    try (Terminal terminal = docker.terminal("container run -it alpine /bin/ash")) {
      terminal.await("/ # ").enter("echo \"hello world\" > hello.txt").await("/ # ");
      terminal.enter("ls").await("hello.txt").await("/ # ").enter("exit");
      assertThat(terminal.awaitExit()).isZero();
    }
    String id = docker.ok("container ls -a -l -q");

    assertThat(docker.run("container run alpine ls").exited(0).out()).doesNotContain("hello.txt");

    String fewLetters = id.substring(0, 4);
    assertThat(docker.ok("container start {}", fewLetters)).isEqualTo(fewLetters);
    assertThat(docker.run("container ls").exited(0).lines())
        .anyMatch(line -> line.matches(id + " +alpine +\"/bin/ash\" .* Up .*"));
    assertThat(docker.run("container exec {} ls", fewLetters).exited(0).lines())
        .contains("hello.txt");
    assertThat(docker.ok("container exec {} cat hello.txt", id)).isEqualTo("hello world");
  }

  @Test
  void anImageIsInspected() {
    docker.need("alpine");

    Output inspection = docker.run("image inspect alpine").exited(0);

    assertThat(inspection.out())
        .contains(
            "\"alpine:latest\"", "\"Architecture\": \"amd64\"", "\"Os\": \"linux\"", "/bin/sh");
  }

  @Test
  void theOptionsOfRunAreShown() {
    assertThat(docker.run("container run --help").exited(0).out())
        .contains("Usage:  docker container run [OPTIONS] IMAGE [COMMAND] [ARG...]");
  }

  private void forget(String image) {
    for (String id : docker.run("ps -aq --filter ancestor={}", image).exited(0).lines()) {
      docker.ok("rm -f {}", id);
    }
    if (docker.hasImage(image)) {
      docker.ok("rmi -f {}", image);
    }
    assertThat(docker.hasImage(image)).isFalse();
  }
}
