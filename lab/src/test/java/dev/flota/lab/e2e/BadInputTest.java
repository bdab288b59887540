package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Census;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.OddRegistry;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Docker's status and wording, nothing left behind, the daemon unharmed. */
@EndToEnd
class BadInputTest {
  private final Docker docker;
  private final Api api;
  private final LabHost host;
  private long daemon;

  BadInputTest(Docker docker, Api api, LabHost host) {
    this.docker = docker;
    this.api = api;
    this.host = host;
  }

  private long daemon() {
    return host.daemon().orElseThrow().pid();
  }

  @BeforeEach
  void before() {
    docker.need("busybox");
    daemon = daemon();
  }

  @AfterEach
  void theDaemonIsUnharmed() {
    assertThat(daemon()).isEqualTo(daemon);
    assertThat(docker.ok("run --rm busybox echo works")).isEqualTo("works");
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          POST   | /containers/create            | {                                       | 400 | invalid JSON: unexpected EOF
          POST   | /containers/create            | {"Image": oops}                         | 400 | invalid JSON: invalid character 'o' looking for beginning of value
          POST   | /containers/create            | []                                      | 400 | cannot unmarshal array into Go value
          POST   | /containers/create            |                                         | 400 | got EOF while reading request body
          POST   | /containers/create            | {}                                      | 400 | config cannot be empty in order to create a container
          POST   | /containers/create            | {"Image":"busybox","HostConfig":{"Memory":"64m"}} | 400 | cannot unmarshal string into Go struct field
          POST   | /containers/create            | {"Image":"busybox"} {"Image":"busybox"} | 400 | unexpected content after JSON
          POST   | /containers/create            | {"Image":"no-such-image-at-all"}        | 404 | No such image: no-such-image-at-all:latest
          POST   | /containers/create            | {"Image":"UPPER"}                       | 400 | invalid reference format: repository name (library/UPPER) must be lowercase
          POST   | /containers/create?name=a%20b | {"Image":"busybox"}                     | 400 | Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
          POST   | /containers/create            | {"Image":"busybox","HostConfig":{"Memory":4096}} | 400 | Minimum memory limit allowed is 6MB
          POST   | /containers/create            | {"Image":"busybox","HostConfig":{"Binds":["x"]}} | 400 | invalid volume specification
          POST   | /containers/create            | {"Image":"busybox","HostConfig":{"RestartPolicy":{"Name":"sometimes"}}} | 400 | invalid restart policy: unknown policy 'sometimes'
          POST   | /containers/create            | {"Image":"busybox","HostConfig":{"PortBindings":{"x/tcp":[{}]}}} | 400 | invalid port
          POST   | /containers/nosuch/start      |                                         | 404 | No such container: nosuch
          GET    | /containers/nosuch/json       |                                         | 404 | No such container: nosuch
          GET    | /containers/nosuch/logs?stdout=1 |                                      | 404 | No such container: nosuch
          POST   | /containers/nosuch/exec       | {"Cmd":["true"]}                        | 404 | No such container: nosuch
          DELETE | /containers/nosuch            |                                         | 404 | No such container: nosuch
          GET    | /containers/json?filters=x    |                                         | 400 | invalid filter
          GET    | /containers/json?filters=%7B%22nosuch%22%3A%7B%22x%22%3Atrue%7D%7D | | 400 | invalid filter 'nosuch'
          GET    | /containers/json?limit=x      |                                         | 400 | strconv.Atoi: parsing "x": invalid syntax
          POST   | /exec/nosuch/start            | {}                                      | 404 | No such exec instance: nosuch
          GET    | /exec/nosuch/json             |                                         | 404 | No such exec instance: nosuch
          GET    | /images/nosuch/json           |                                         | 404 | No such image: nosuch
          DELETE | /images/nosuch                |                                         | 404 | No such image: nosuch
          POST   | /images/nosuch/tag?repo=x     |                                         | 404 | No such image: nosuch
          GET    | /images/UPPER/json            |                                         | 400 | invalid reference format
          POST   | /images/create?fromImage=UPPER |                                        | 400 | invalid reference format
          POST   | /volumes/create               | {"Name":"a/b"}                          | 400 | includes invalid characters for a local volume name
          POST   | /volumes/create               | {"Name":"abc","Driver":"nosuch"}        | 404 | plugin "nosuch" not found
          GET    | /volumes/nosuch               |                                         | 404 | get nosuch: no such volume
          DELETE | /volumes/nosuch               |                                         | 404 | get nosuch: no such volume
          GET    | /networks/nosuch              |                                         | 404 | network nosuch not found
          GET    | /events?filters=x             |                                         | 400 | invalid filter
          GET    | /events?since=x               |                                         | 400 | strconv.ParseInt: parsing "x": invalid syntax
          """)
  void aRequestIsRefused(String method, String path, String body, int status, String words) {
    Api.Answer answer = api.send(method, "/v1.50" + path, body == null ? "" : body);

    assertThat(answer.status()).as(answer.body()).isEqualTo(status);
    assertThat(answer.message()).containsAnyOf(words.split("\\|", -1));
  }

  @Test
  void anotherContentTypeIsRefused() {
    Output output =
        docker.shell(
            "curl -s -w '%{http_code}' -H 'Content-Type: text/plain' -d '{\"Image\":\"busybox\"}' --unix-socket ${DOCKER_HOST#unix://} http://docker/v1.50/containers/create");

    assertThat(output.text())
        .contains("unsupported Content-Type header (text/plain): must be 'application/json'")
        .endsWith("400");
  }

  @ParameterizedTest
  @ValueSource(strings = {"lying", "truncating", "erring"})
  void aLayerThatIsNotWhatItShouldBe(String mode) {
    docker.run("rmi -f hello-world");
    Census before = Census.of(host);
    try (OddRegistry registry = OddRegistry.start(host)) {
      String image = registry.image(mode, "hello-world:latest");

      Output pull = docker.run("pull {}", image).exited(1);

      assertThat(pull.err())
          .containsAnyOf(
              switch (mode) {
                case "lying" ->
                    new String[] {
                      "filesystem layer verification failed for digest sha256:",
                      "image config verification failed for digest sha256:"
                    };
                case "truncating" -> new String[] {"unexpected EOF"};
                default ->
                    new String[] {
                      "500 Internal Server Error", "unknown: ", "Internal Server Error"
                    };
              });
      assertThat(docker.hasImage(image)).isFalse();
      assertThat(docker.run("run --rm {}", image).exit()).isEqualTo(125);
    }
    assertThat(Census.of(host).newSince(before)).isEmpty();
  }

  @Test
  void aRegistryThatHangsHoldsNobodyElseUp() {
    docker.run("rmi -f hello-world");
    Census before = Census.of(host);
    try (OddRegistry registry = OddRegistry.start(host)) {
      String image = registry.image("hanging", "hello-world:latest");
      try (RunningCommand pull = docker.start("pull {}", image)) {
        registry.awaitHanging();
        docker.ok("run --rm busybox true");
        assertThat(docker.hasImage(image)).isFalse();
        pull.terminate();
        pull.await();
      }
      docker.ok("pull -q {}", image);
      assertThat(docker.ok("run --rm {}", image)).contains("Hello from Docker!");
      docker.ok("rmi -f {}", image);
    }
    Await.until(
        "all is as before",
        () -> Census.of(host).newSince(before).toString(),
        () -> Census.of(host).newSince(before).isEmpty());
  }

  @Test
  void aRegistryThatIsNotThere() {
    assertThat(docker.run("pull 127.0.0.1:9/nosuch").exited(1).err())
        .contains("connection refused");
    assertThat(docker.run("pull nosuch.invalid/nosuch").exited(1).err())
        .containsAnyOf("no such host", "lookup nosuch.invalid");
  }

  @Test
  void aFullDiskFailsThePullOnly() {
    docker.run("rmi -f hello-world");
    List<String> stores =
        host.ok("find /var/lib/flota/images /var/lib/flota/layers -maxdepth 1 -mindepth 0 -type d")
            .lines()
            .toList();
    assertThat(stores).isNotEmpty();
    String places = "/var/lib/flota/images /var/lib/flota/layers";
    host.ok(
        "for place in "
            + places
            + "; do mount -t tmpfs -o size=64k full $place && mkdir -p $place/tmp $place/blobs/sha256 && dd if=/dev/zero of=$place/.filler bs=1k count=1000 2>/dev/null; done; true");
    try {
      assertThat(docker.run("pull hello-world").exited(1).all())
          .contains("no space left on device");
    } finally {
      host.ok("for place in " + places + "; do umount $place; done");
    }
    docker.ok("pull -q hello-world");
    assertThat(docker.ok("run --rm hello-world")).contains("Hello from Docker!");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          --sysctl net.ipv4.no_such_thing=1          | OCI runtime create failed
          --runtime runc --sysctl net.ipv4.no_such_thing=1 | OCI runtime create failed
          --device /dev/no-such-device               | error gathering device information while adding custom device "/dev/no-such-device": no such file or directory
          -v /etc/hostname:/etc                      | OCI runtime create failed
          """)
  void aBundleThatTheRuntimeRejects(String options, String words) {
    Census before = Census.of(host);
    String name = Unique.name("rejected");

    Output run = docker.run("run --name {} " + options + " busybox true", name);

    assertThat(run.exit()).isBetween(125, 127);
    assertThat(run.err()).contains(words);
    assertThat(docker.inspect("{{.State.Status}} {{.State.Pid}}", name)).isEqualTo("created 0");
    docker.ok("rm {}", name);
    // the kernel ends a network namespace when it likes
    Await.until(
        "all is as before",
        () -> Census.of(host).newSince(before).toString(),
        () -> Census.of(host).newSince(before).isEmpty());
  }

  @Test
  void nameConflict() {
    String name = Unique.name("conflict");
    String id = docker.ok("create --name {} busybox", name);

    Api.Answer answer =
        api.send("POST", "/v1.50/containers/create?name=" + name, "{\"Image\":\"busybox\"}");

    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.message())
        .isEqualTo(
            "Conflict. The container name \"/%s\" is already in use by container \"%s\". You have to remove (or rename) that container to be able to reuse that name."
                .formatted(name, id));
  }
}
