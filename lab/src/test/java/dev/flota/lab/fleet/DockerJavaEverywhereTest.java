package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.api.model.Container;
import com.github.dockerjava.api.model.Event;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.DockerJava;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.Unique;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each host in turn is asked by docker-java about a container that is on another one. */
@FleetEndToEnd
@Tag("five")
class DockerJavaEverywhereTest {
  private final List<DockerClient> clients;
  private final FleetLab fleet;
  private final String name = Unique.name("java");

  DockerJavaEverywhereTest(FleetLab fleet) {
    this.fleet = fleet;
    this.clients =
        fleet.hosts().stream().map(host -> DockerJava.client("unix://" + host.socket())).toList();
  }

  @BeforeEach
  void images() {
    fleet.dockers().forEach(docker -> docker.need("busybox"));
  }

  @AfterEach
  void close() throws IOException {
    for (DockerClient client : clients) {
      client.close();
    }
  }

  private DockerClient client(int host) {
    return clients.get(host - 1);
  }

  private int other(int asked) {
    return asked % clients.size() + 1;
  }

  /** Made by way of the host that is asked, on the next one. */
  private String create(int asked, String... command) {
    return client(asked)
        .createContainerCmd("busybox")
        .withName(name)
        .withEnv("constraint:node==" + fleet.host(other(asked)).name())
        .withCmd(command)
        .withStdinOpen(true)
        .withStdInOnce(true)
        .exec()
        .getId();
  }

  private static ByteArrayInputStream typed(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void runsToTheEnd(int asked) throws InterruptedException {
    DockerClient client = client(asked);
    String id = create(asked, "sh", "-c", "echo one; echo two >&2; exit 3");
    client.startContainerCmd(id).exec();

    int code =
        client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode();

    assertThat(code).isEqualTo(3);
    DockerJava.Frames logs = new DockerJava.Frames();
    client
        .logContainerCmd(id)
        .withStdOut(true)
        .withStdErr(true)
        .withFollowStream(true)
        .exec(logs)
        .awaitCompletion();
    assertThat(logs.out()).isEqualTo("one\n");
    assertThat(logs.err()).isEqualTo("two\n");
    client.removeContainerCmd(id).exec();
    for (DockerClient any : clients) {
      Await.until("the container is gone", () -> isUnknown(any, id));
    }
  }

  private static boolean isUnknown(DockerClient client, String id) {
    try {
      client.inspectContainerCmd(id).exec();
      return false;
    } catch (NotFoundException gone) {
      return String.valueOf(gone.getMessage()).contains("No such container: " + id);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void listsAndInspects(int asked) {
    DockerClient client = client(asked);
    String id = create(asked, "sleep", "600");
    client.startContainerCmd(id).exec();

    Await.until("it is listed", () -> list(client).size() == 1);
    Container listed = list(client).getFirst();
    assertThat(listed.getId()).isEqualTo(id);
    Await.until("it is told to run", () -> list(client).getFirst().getState().equals("running"));
    assertThat(listed.getLabels()).containsEntry("flota.node", fleet.host(other(asked)).name());
    InspectContainerResponse container = client.inspectContainerCmd(name).exec();
    assertThat(container.getId()).isEqualTo(id);
    assertThat(container.getState().getRunning()).isTrue();
    assertThat(client.topContainerCmd(id).exec().getProcesses()).isNotEmpty();
    assertThatThrownBy(() -> create(asked, "true")).isInstanceOf(ConflictException.class);
    assertThatThrownBy(() -> client.startContainerCmd(id).exec())
        .isInstanceOf(NotModifiedException.class);
    client.stopContainerCmd(id).withTimeout(0).exec();
    client.removeContainerCmd(id).withForce(true).exec();
  }

  private List<Container> list(DockerClient client) {
    return client.listContainersCmd().withShowAll(true).withNameFilter(List.of(name)).exec();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void executes(int asked) throws InterruptedException {
    DockerClient client = client(asked);
    String id = create(asked, "sleep", "600");
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

    client.execStartCmd(exec).withStdIn(typed("typed\n")).exec(frames).awaitCompletion();

    assertThat(frames.out()).isEqualTo("typed\n");
    assertThat(frames.err()).isEqualTo("err\n");
    assertThat(client.inspectExecCmd(exec).exec().getExitCodeLong()).isEqualTo(4);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void attaches(int asked) throws InterruptedException {
    DockerClient client = client(asked);
    String id = create(asked, "sh", "-c", "read line; echo got $line");
    DockerJava.Frames frames = new DockerJava.Frames();
    client
        .attachContainerCmd(id)
        .withStdIn(typed("words\n"))
        .withStdOut(true)
        .withFollowStream(true)
        .exec(frames);
    client.startContainerCmd(id).exec();

    client.waitContainerCmd(id).exec(new WaitContainerResultCallback()).awaitStatusCode();
    frames.awaitCompletion();

    assertThat(frames.out()).isEqualTo("got words\n");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void hearsEvents(int asked) throws IOException {
    ConcurrentLinkedQueue<String> actions = new ConcurrentLinkedQueue<>();
    ResultCallback.Adapter<Event> listener =
        new ResultCallback.Adapter<>() {
          @Override
          public void onNext(Event event) {
            actions.add(String.valueOf(event.getAction()));
          }
        };
    try (listener) {
      client(asked).eventsCmd().withContainerFilter(name).exec(listener);
      Await.until(
          "a creation is heard",
          () -> {
            client(asked).removeContainerCmd(create(asked, "true")).exec();
            return actions.contains("create") && actions.contains("destroy");
          });
    }
  }
}
