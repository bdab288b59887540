package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The engine about itself, and about what it is not yet. */
@EndToEnd
class SystemTest {
  private final Docker docker;
  private final Api api;

  SystemTest(Docker docker, Api api) {
    this.docker = docker;
    this.api = api;
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET", "HEAD"})
  void aPingTellsTheVersion(String method) {
    Api.Answer answer = api.send(method, "/_ping");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(method.equals("GET") ? "OK" : "");
    assertThat(answer.headers())
        .containsEntry("api-version", "1.50")
        .containsEntry("ostype", "linux")
        .containsEntry("docker-experimental", "false")
        .containsKey("server")
        .containsEntry("cache-control", "no-cache, no-store, must-revalidate");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.24", "1.30", "1.41", "1.45", "1.50"})
  void oldClientsAreUnderstood(String version) {
    assertThat(api.send("GET", "/v" + version + "/version").json().path("ApiVersion").asText())
        .isEqualTo("1.50");
    assertThat(docker.shell("DOCKER_API_VERSION=" + version + " docker ps").exit()).isZero();
    assertThat(docker.shell("DOCKER_API_VERSION=" + version + " docker images").exit()).isZero();
    docker.need("busybox");
    assertThat(
            docker
                .shell("DOCKER_API_VERSION=" + version + " docker run --rm busybox echo works")
                .exited(0)
                .text())
        .isEqualTo("works");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /v1.99/info | client version 1.99 is too new. Maximum supported API version is 1.50
          /v1.12/info | client version 1.12 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version
          """)
  void otherVersionsAreRefused(String path, String words) {
    Api.Answer answer = api.send("GET", path);

    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.message()).isEqualTo(words);
  }

  @Test
  void describesItself() {
    assertThat(
            docker.ok(
                "version -f {}",
                "{{.Server.APIVersion}} {{.Server.MinAPIVersion}} {{.Server.Os}} {{.Server.Arch}}"))
        .isEqualTo("1.50 1.24 linux amd64");
    assertThat(
            docker.ok(
                "info -f {}",
                "{{.OSType}} {{.Architecture}} {{.Driver}} {{.LoggingDriver}} {{.DefaultRuntime}} {{.LiveRestoreEnabled}} {{.Name}} {{.ID}}"))
        .matches("linux x86_64 overlay2 \\S+ crun (true|false) host-[0-9]+ \\S+");
    assertThat(docker.ok("info -f {}", "{{range $name, $runtime := .Runtimes}}{{$name}} {{end}}"))
        .contains("crun", "runc");
    docker.need("busybox");
    int running = Integer.parseInt(docker.ok("info -f {{.ContainersRunning}}"));
    docker.ok("run -d busybox sleep 600");
    assertThat(docker.ok("info -f {{.ContainersRunning}}")).isEqualTo(String.valueOf(running + 1));
  }

  @Test
  void countsWhatItKeeps() {
    docker.need("busybox");
    docker.ok(
        "run -d -v /data busybox sh -c {}", "head -c 100000 /dev/zero >/file; exec sleep 600");

    assertThat(docker.run("system df").exited(0).lines())
        .hasSize(5)
        .satisfies(
            lines -> assertThat(lines.get(0)).matches("TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE"))
        .anyMatch(line -> line.matches("Images +[1-9][0-9]* +[1-9].*"))
        .anyMatch(line -> line.matches("Containers +[1-9].*"))
        .anyMatch(line -> line.matches("Local Volumes +[1-9].*"));
    assertThat(docker.run("system df -v").exited(0).out()).contains("busybox");
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource({
    "POST, /build",
    "POST, /commit?container=x",
    "GET, /containers/x/export",
    "GET, /containers/x/changes",
    "GET, /containers/x/stats",
    "GET, /containers/x/archive?path=/",
    "HEAD, /containers/x/archive?path=/",
    "PUT, /containers/x/archive?path=/",
    "POST, /containers/x/update",
    "POST, /images/create?fromSrc=-",
    "POST, /images/x/push",
    "GET, /images/search?term=x",
    "POST, /build/prune",
    "GET, /plugins",
    "GET, /swarm",
    "POST, /swarm/init",
    "GET, /nodes",
    "GET, /services",
    "GET, /tasks",
    "GET, /secrets",
    "GET, /configs",
    "GET, /distribution/busybox/json"
  })
  void whatIsNotBuiltYetSaysSo(String method, String path) {
    Api.Answer answer = api.send(method, "/v1.50" + path, method.startsWith("P") ? "{}" : "");

    assertThat(answer.status()).as(answer.body()).isEqualTo(501);
    if (!method.equals("HEAD")) {
      assertThat(answer.contentType()).startsWith("application/json");
      assertThat(answer.message()).isNotBlank();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/nosuch", "/v1.50/nosuch", "/v1.50/containers/x/nosuch"})
  void whatNoEngineHasIsNotFound(String path) {
    Api.Answer answer = api.send("GET", path);

    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.message()).isEqualTo("page not found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"commit x y", "cp x:/etc/passwd /tmp/nothing", "diff x"})
  void theCommandLineTellsWhatIsNotBuiltYet(String line) {
    docker.need("busybox");
    docker.ok("run -d busybox sleep 600");

    assertThat(docker.run(line).exit()).isEqualTo(1);
  }
}
