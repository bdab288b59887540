package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.Event;
import com.github.dockerjava.api.model.HostConfig;
import com.github.dockerjava.api.model.PortBinding;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.DockerJava;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.Lab;
import dev.flota.lab.harness.Unique;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The API through another client: docker-java. */
@EndToEnd
class DockerJavaTest {
  private final DockerClient client;
  private final String name = Unique.name("java");

  DockerJavaTest(Lab lab) {
    this.client = DockerJava.client(lab.spy().host());
  }

  @BeforeEach
  void pull() throws InterruptedException {
    client.pullImageCmd("busybox").withTag("latest").start().awaitCompletion();
  }

  @AfterEach
  void close() throws IOException {
    client.close();
  }

  private String create(String... command) {
    return client.createContainerCmd("busybox").withName(name).withCmd(command).exec().getId();
  }

  @Test
  void runsAContainer() throws InterruptedException {
    String id = create("sh", "-c", "echo one; echo two >&2; exit 3");
    client.startContainerCmd(id).exec();

    int code =
        client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode();

    assertThat(code).isEqualTo(3);
    DockerJava.Frames logs = new DockerJava.Frames();
    client.logContainerCmd(id).withStdOut(true).withStdErr(true).exec(logs).awaitCompletion();
    assertThat(logs.out()).isEqualTo("one\n");
    assertThat(logs.err()).isEqualTo("two\n");
    client.removeContainerCmd(id).exec();
    assertThatThrownBy(() -> client.inspectContainerCmd(id).exec())
        .isInstanceOf(NotFoundException.class)
        .hasMessageContaining("No such container: " + id);
  }

  @Test
  void inspectsWhatItAskedFor() {
    String id =
        client
            .createContainerCmd("busybox")
            .withName(name)
            .withCmd("sleep", "600")
            .withEnv("A=b")
            .withLabels(Map.of("l", "v"))
            .withHostConfig(
                HostConfig.newHostConfig()
                    .withMemory(64L << 20)
                    .withReadonlyRootfs(true)
                    .withPortBindings(PortBinding.parse("127.0.0.1::80/tcp")))
            .exec()
            .getId();
    client.startContainerCmd(id).exec();

    InspectContainerResponse container = client.inspectContainerCmd(name).exec();

    assertThat(container.getId()).isEqualTo(id);
    assertThat(container.getName()).isEqualTo("/" + name);
    assertThat(container.getState().getRunning()).isTrue();
    assertThat(container.getConfig().getEnv()).contains("A=b");
    assertThat(container.getConfig().getLabels()).containsEntry("l", "v");
    assertThat(container.getHostConfig().getMemory()).isEqualTo(64L << 20);
    assertThat(container.getNetworkSettings().getPorts().getBindings()).hasSize(1);
    assertThat(client.listContainersCmd().withNameFilter(java.util.List.of(name)).exec())
        .singleElement()
        .satisfies(found -> assertThat(found.getState()).isEqualTo("running"));
    assertThat(client.listImagesCmd().withFilter("reference", java.util.List.of("busybox")).exec())
        .isNotEmpty();
    assertThatThrownBy(() -> create("true")).isInstanceOf(ConflictException.class);
    client.removeContainerCmd(id).withForce(true).exec();
  }

  @Test
  void executesInAContainer() throws InterruptedException {
    String id = create("sleep", "600");
    client.startContainerCmd(id).exec();
    String exec =
        client
            .execCreateCmd(id)
            // not cat: docker-java never closes its side of the connection
            .withCmd("sh", "-c", "read line; echo $line; echo err >&2; exit 4")
            .withAttachStdin(true)
            .withAttachStdout(true)
            .withAttachStderr(true)
            .exec()
            .getId();
    DockerJava.Frames frames = new DockerJava.Frames();

    client
        .execStartCmd(exec)
        .withStdIn(new ByteArrayInputStream("typed\n".getBytes(StandardCharsets.UTF_8)))
        .exec(frames)
        .awaitCompletion();

    assertThat(frames.out()).isEqualTo("typed\n");
    assertThat(frames.err()).isEqualTo("err\n");
    assertThat(client.inspectExecCmd(exec).exec().getExitCodeLong()).isEqualTo(4);
  }

  @Test
  void attachesWithInput() throws InterruptedException {
    String id =
        client
            .createContainerCmd("busybox")
            .withName(name)
            .withCmd("sh", "-c", "read line; echo got $line")
            .withStdinOpen(true)
            .withStdInOnce(true)
            .exec()
            .getId();
    DockerJava.Frames frames = new DockerJava.Frames();
    client
        .attachContainerCmd(id)
        .withStdIn(new ByteArrayInputStream("words\n".getBytes(StandardCharsets.UTF_8)))
        .withStdOut(true)
        .withFollowStream(true)
        .exec(frames);
    client.startContainerCmd(id).exec();

    client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode();
    frames.awaitCompletion();

    assertThat(frames.out()).isEqualTo("got words\n");
  }

  @Test
  void hearsEvents() throws IOException {
    ConcurrentLinkedQueue<String> actions = new ConcurrentLinkedQueue<>();
    ResultCallback.Adapter<Event> listener =
        new ResultCallback.Adapter<>() {
          @Override
          public void onNext(Event event) {
            actions.add(String.valueOf(event.getAction()));
          }
        };
    try (listener) {
      client.eventsCmd().withContainerFilter(name).exec(listener);
      Await.until(
          "a creation is heard",
          () -> {
            client.removeContainerCmd(create("true")).exec();
            return actions.contains("create") && actions.contains("destroy");
          });
    }
  }

  @Test
  void describesTheEngine() {
    assertThat(client.versionCmd().exec().getApiVersion()).isEqualTo("1.50");
    assertThat(client.infoCmd().exec().getOsType()).isEqualTo("linux");
    assertThat(client.inspectImageCmd("busybox").exec().getArch()).isEqualTo("amd64");
    client.pingCmd().exec();
  }

  @Test
  void keepsVolumes() {
    assertThat(client.createVolumeCmd().withName(name).exec().getName()).isEqualTo(name);
    assertThat(client.inspectVolumeCmd(name).exec().getDriver()).isEqualTo("local");
    assertThat(client.listVolumesCmd().exec().getVolumes())
        .anyMatch(volume -> volume.getName().equals(name));
    client.removeVolumeCmd(name).exec();
    assertThatThrownBy(() -> client.inspectVolumeCmd(name).exec())
        .isInstanceOf(NotFoundException.class);
  }
}
