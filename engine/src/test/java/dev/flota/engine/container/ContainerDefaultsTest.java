package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerDefaultsTest {
  private static ContainerConfig config(String json) throws Exception {
    return Json.DOCKER.readValue(json, ContainerConfig.class);
  }

  private static HostConfig host(String json) throws Exception {
    return Json.DOCKER.readValue(json, HostConfig.class);
  }

  @Test
  void theImagesCommandIsTakenWhenNothingIsGiven() throws Exception {
    ContainerConfig merged =
        ContainerDefaults.merge(
            config("{}"),
            config("{\"Entrypoint\":[\"/entry\"],\"Cmd\":[\"serve\"],\"Env\":[\"A=1\"]}"),
            "box");

    assertThat(merged.entrypoint()).containsExactly("/entry");
    assertThat(merged.cmd()).containsExactly("serve");
    assertThat(merged.env()).containsExactly("A=1");
    assertThat(merged.hostname()).isEqualTo("box");
  }

  @Test
  void aGivenEntrypointDropsTheImagesCommandAndAnEmptyOneResetsIt() throws Exception {
    ContainerConfig image = config("{\"Entrypoint\":[\"/entry\"],\"Cmd\":[\"serve\"]}");

    ContainerConfig own = ContainerDefaults.merge(config("{\"Entrypoint\":\"/mine\"}"), image, "h");
    ContainerConfig reset =
        ContainerDefaults.merge(config("{\"Entrypoint\":[\"\"],\"Cmd\":\"ls\"}"), image, "h");

    assertThat(own.entrypoint()).containsExactly("/mine");
    assertThat(own.cmd()).isNull();
    assertThat(reset.entrypoint()).isNull();
    assertThat(reset.cmd()).containsExactly("ls");
  }

  @Test
  void theUsersVariablesWinOverTheImages() throws Exception {
    ContainerConfig merged =
        ContainerDefaults.merge(
            config("{\"Cmd\":[\"x\"],\"Env\":[\"B=mine\",\"C\"]}"),
            config("{\"Env\":[\"A=1\",\"B=2\"]}"),
            "h");

    assertThat(merged.env()).containsExactly("B=mine", "C", "A=1");
  }

  @Test
  void aRelativeWorkingDirectoryIsRefused() {
    assertThatThrownBy(
            () ->
                ContainerDefaults.merge(
                    config("{\"Cmd\":[\"x\"],\"WorkingDir\":\"here\"}"), null, "h"))
        .isInstanceOf(EngineException.class)
        .hasMessage("the working directory 'here' is invalid, it needs to be an absolute path");
  }

  @Test
  void nothingToRunIsRefused() {
    assertThatThrownBy(() -> ContainerDefaults.merge(config("{}"), config("{}"), "h"))
        .isInstanceOf(EngineException.class)
        .hasMessage("no command specified");
  }

  @Test
  void dockersDefaultsAreFilledIn() throws Exception {
    HostConfig complete = ContainerDefaults.complete(host("{\"Memory\":10485760}"), "crun", false);

    assertThat(complete.runtime()).isEqualTo("crun");
    assertThat(complete.networkMode()).isEqualTo("bridge");
    assertThat(complete.shmSize()).isEqualTo(67108864);
    assertThat(complete.memorySwap()).isEqualTo(2 * 10485760);
    assertThat(complete.restart().name()).isEqualTo("no");
    assertThat(complete.maskedPaths()).contains("/proc/kcore");
    assertThat(complete.cgroupnsMode()).isEqualTo("host");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"RestartPolicy\":{\"Name\":\"sometimes\"}}|invalid restart policy: unknown policy"
            + " 'sometimes'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'",
        "{\"AutoRemove\":true,\"RestartPolicy\":{\"Name\":\"always\"}}|can't create 'AutoRemove'"
            + " container with restart policy",
        "{\"LogConfig\":{\"Type\":\"morse\"}}|logger: no log driver named 'morse' is registered"
      })
  void whatDockerRefusesIsRefusedInItsWords(String json, String text) {
    assertThatThrownBy(() -> ContainerDefaults.complete(host(json), "crun", false))
        .isInstanceOf(EngineException.class)
        .hasMessage(text);
  }

  @Test
  void aRecordSurvivesItsFile(@org.junit.jupiter.api.io.TempDir java.nio.file.Path directory)
      throws Exception {
    RecordStore store = new RecordStore(directory);
    ContainerRecord record = Records.record("ab".repeat(32), "web");
    java.nio.file.Files.createDirectory(store.directory(record.id()));
    java.nio.file.Files.createDirectory(store.directory("cd".repeat(32)));

    store.write(record);

    assertThat(store.readAll()).containsExactly(record);
    assertThat(store.halfMade()).containsExactly(store.directory("cd".repeat(32)));
    store.markRemoving(record.id());
    assertThat(store.readAll()).isEmpty();
    assertThat(store.halfMade()).hasSize(2);
  }
}
