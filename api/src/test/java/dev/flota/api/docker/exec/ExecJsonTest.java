package dev.flota.api.docker.exec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.docker.DockerDescription;
import dev.flota.cluster.container.ExecInfo;
import dev.flota.cluster.container.ExecRequest;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExecJsonTest {
  @Test
  void inspectionHasWhatDockerShows() {
    ExecRequest request =
        new ExecRequest(
            true,
            true,
            false,
            null,
            null,
            true,
            null,
            List.of("sh", "-c", "x"),
            false,
            "web",
            null);
    JsonNode json =
        DockerDescription.assertAnswers(
            "get",
            "/exec/{id}/json",
            200,
            out -> ExecRoutes.write(out, new ExecInfo("e1", "c1", request, true, null, 42)));
    assertThat(json.at("/ProcessConfig/entrypoint").asText()).isEqualTo("sh");
    assertThat(json.at("/ProcessConfig/arguments/1").asText()).isEqualTo("x");
    assertThat(json.get("ExitCode").isNull()).isTrue();
    assertThat(json.get("OpenStdin").asBoolean()).isTrue();
  }

  @Test
  void wantsACommand() {
    ExecRoutes.CreateBody empty =
        new ExecRoutes.CreateBody(
            false, true, true, null, "", false, null, List.of(), false, null, null);
    assertThatThrownBy(empty::request).hasMessage("No exec command specified");
  }
}
