package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import dev.flota.engine.spec.RunState;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PortabilityTest {
  private static ContainerRecord with(String hostConfig) throws JsonProcessingException {
    return with(hostConfig, true);
  }

  private static ContainerRecord with(String hostConfig, boolean runs)
      throws JsonProcessingException {
    ContainerRecord plain = Records.record("a".repeat(64), "web");
    return new ContainerRecord(
        plain.schemaVersion(),
        plain.epoch(),
        plain.id(),
        plain.name(),
        plain.created(),
        plain.image(),
        plain.imageId(),
        plain.imageDigest(),
        plain.config(),
        Json.DOCKER.readValue(hostConfig, HostConfig.class),
        plain.networkingConfig(),
        plain.runtime(),
        plain.wanted(),
        new RunState(
            runs ? RunState.Status.RUNNING : RunState.Status.EXITED, 1, 0, false, "", null, null),
        plain.endpoints(),
        plain.mounts(),
        plain.logs(),
        plain.exits(),
        plain.restartCount());
  }

  @Test
  void anOrdinaryContainerIsTiedToNothing() throws JsonProcessingException {
    assertThat(Portability.obstacles(Records.record("a".repeat(64), "web"))).isEmpty();
    assertThat(Portability.obstacles(with("{\"IpcMode\":\"private\",\"NetworkMode\":\"mine\"}")))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"NetworkMode\":\"host\"}|it uses the network of its host: stop it first, or run it with its own",
        "{\"NetworkMode\":\"container:db\"}|it uses the network of its neighbour db: run it with its own",
        "{\"PidMode\":\"host\"}|it uses the process ids of its host: stop it first, or run it with its own",
        "{\"IpcMode\":\"container:db\"}|it uses the shared memory of its neighbour db: run it with its own",
        "{\"IpcMode\":\"shareable\"}|others may use its shared memory (--ipc shareable): stop it first",
        "{\"Privileged\":true}|it is privileged: stop it first, or run it with --cap-add",
        "{\"Devices\":[{\"PathOnHost\":\"/dev/fuse\"}]}|it uses devices of its host (--device): run another one there"
      })
  void whatTiesItIsSaid(String hostConfig, String obstacle) throws JsonProcessingException {
    assertThat(Portability.obstacles(with(hostConfig))).containsExactly(obstacle);
  }

  @Test
  void allObstaclesAreTold() throws JsonProcessingException {
    ContainerRecord tied =
        with("{\"Privileged\":true}")
            .withMounts(List.of(mount("bind", "/srv"), mount("volume", "/volumes/v")));
    assertThat(Portability.obstacles(tied))
        .containsExactly(
            "it is privileged: stop it first, or run it with --cap-add",
            "it has /srv of its host at /data: a volume would come along");
  }

  private static MountPoint mount(String type, String source) throws JsonProcessingException {
    return Json.DOCKER.readValue(
        "{\"Type\":\"%s\",\"Source\":\"%s\",\"Destination\":\"/data\"}".formatted(type, source),
        MountPoint.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"NetworkMode\":\"container:web\"}|true|true",
        "{\"PidMode\":\"container:web\"}|true|true",
        "{\"IpcMode\":\"container:aaaaaaaaaaaa\"}|true|true",
        "{\"IpcMode\":\"container:aaaaaaaaaaaa\"}|false|false",
        "{\"NetworkMode\":\"container:we\"}|true|false",
        "{\"NetworkMode\":\"web\"}|true|false"
      })
  void whoLivesInItsNamespacesTiesIt(String hostConfig, boolean lives, boolean ties)
      throws JsonProcessingException {
    ContainerRecord web = with("{}");
    List<ContainerRecord> others = List.of(with(hostConfig, lives).withName("sidecar"));

    assertThat(Portability.tenants(web, others))
        .isEqualTo(
            ties
                ? List.of(
                    "container sidecar uses its network, process ids or shared memory:"
                        + " stop that first")
                : List.of());
    assertThat(Portability.tenants(with("{}", false), others)).isEmpty();
  }

  @Test
  void oneThatRestsIsTiedToLess() throws JsonProcessingException {
    assertThat(Portability.obstacles(with("{\"Privileged\":true,\"NetworkMode\":\"host\"}", false)))
        .isEmpty();
    assertThat(Portability.obstacles(with("{\"NetworkMode\":\"container:db\"}", false)))
        .containsExactly("it uses the network of its neighbour db: run it with its own");
  }
}
