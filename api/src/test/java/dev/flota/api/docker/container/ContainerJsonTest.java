package dev.flota.api.docker.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.docker.DockerDescription;
import dev.flota.api.docker.Samples;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
import dev.flota.engine.spec.RunState.Status;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ContainerJsonTest {
  private static final ImageNames IMAGES = new ImageNames(List.of(Samples.image()));

  private static JsonNode summary(ContainerRecord container, ImageNames images) {
    return DockerDescription.assertKeepsTo(
        "ContainerSummary",
        json -> ContainerSummary.write(json, container, images, 5L, null, Samples.NOW));
  }

  private static JsonNode inspection(ContainerRecord container) {
    return DockerDescription.assertKeepsTo(
        "ContainerInspectResponse",
        json ->
            new ContainerInspection(
                    container,
                    Path.of("/var/lib/flota/containers/x"),
                    List.of("1234"),
                    new ContainerInspection.Sizes(1, 2),
                    null)
                .write(json));
  }

  private static RunState state(Status status) {
    Instant started = status == Status.CREATED ? null : Samples.NOW.minusSeconds(300);
    Instant finished = status == Status.EXITED ? Samples.NOW.minusSeconds(120) : null;
    return new RunState(status, status.alive() ? 7 : 0, 3, false, "", started, finished);
  }

  @ParameterizedTest
  @EnumSource(Status.class)
  void keepsToDockersDescriptionInEachState(Status status) {
    ContainerRecord container = Samples.container("a", "web", state(status));
    assertThat(summary(container, IMAGES).get("State").asText()).isEqualTo(status.dockerName());
    assertThat(inspection(container).get("State").get("Status").asText())
        .isEqualTo(status.dockerName());
  }

  @Test
  void showsPortsAndAddressesOnlyWhileItRuns() {
    JsonNode running = inspection(Samples.running("a", "web"));
    assertThat(running.at("/NetworkSettings/IPAddress").asText()).isEqualTo("172.17.0.2");
    assertThat(running.at("/NetworkSettings/Ports/80~1tcp/0/HostPort").asText()).isEqualTo("8080");
    assertThat(running.at("/NetworkSettings/Ports/443~1tcp").isNull()).isTrue();
    JsonNode ended = inspection(Samples.container("a", "web", state(Status.EXITED)));
    assertThat(ended.at("/NetworkSettings/IPAddress").asText()).isEmpty();
    assertThat(ended.at("/NetworkSettings/Ports")).isEmpty();
    assertThat(ended.at("/NetworkSettings/Networks/bridge/IPAddress").asText()).isEmpty();
  }

  @Test
  void commandIsEntrypointAndArguments() {
    assertThat(summary(Samples.running("a", "web"), IMAGES).get("Command").asText())
        .isEqualTo("/entrypoint.sh nginx -g 'daemon off;'");
    assertThat(inspection(Samples.running("a", "web")).get("Path").asText())
        .isEqualTo("/entrypoint.sh");
  }

  @Test
  void showsTheImagesIdOnceItsNameMeansAnother() {
    ContainerRecord container = Samples.running("a", "web");
    assertThat(summary(container, IMAGES).get("Image").asText()).isEqualTo("nginx");
    ImageNames moved =
        new ImageNames(
            List.of(
                Samples.image(Samples.IMAGE_ID, null),
                Samples.image("sha256:" + "99".repeat(32), null, "nginx:latest")));
    assertThat(summary(container, moved).get("Image").asText()).isEqualTo(Samples.IMAGE_ID);
    assertThat(summary(container, new ImageNames(List.of())).get("Image").asText())
        .isEqualTo(Samples.IMAGE_ID);
  }

  @Test
  void findsImagesByIdAndItsBeginning() {
    assertThat(IMAGES.idOf(Samples.IMAGE_ID)).contains(Samples.IMAGE_ID);
    assertThat(IMAGES.idOf("abab")).contains(Samples.IMAGE_ID);
    assertThat(IMAGES.idOf("docker.io/library/nginx:latest")).contains(Samples.IMAGE_ID);
    assertThat(IMAGES.idOf("NOT A NAME")).isEmpty();
  }

  @Test
  void statusTextsAreDockers() {
    assertThat(StatusText.of(state(Status.CREATED), null, Samples.NOW)).isEqualTo("Created");
    assertThat(StatusText.of(state(Status.RUNNING), null, Samples.NOW)).isEqualTo("Up 5 minutes");
    assertThat(StatusText.of(state(Status.PAUSED), null, Samples.NOW))
        .isEqualTo("Up 5 minutes (Paused)");
    assertThat(StatusText.of(state(Status.EXITED), null, Samples.NOW))
        .isEqualTo("Exited (3) 2 minutes ago");
    assertThat(StatusText.of(state(Status.REMOVING), null, Samples.NOW))
        .isEqualTo("Removal In Progress");
    assertThat(StatusText.of(state(Status.DEAD), null, Samples.NOW)).isEqualTo("Dead");
    RunState restarting =
        new RunState(Status.RESTARTING, 0, 1, false, "", Samples.NOW, Samples.NOW.minusSeconds(1));
    assertThat(StatusText.of(restarting, null, Samples.NOW))
        .isEqualTo("Restarting (1) 1 second ago");
  }
}
