package dev.flota.lab.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.flota.lab.image.ImageSource.LayerSource;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AssembledImageTest {
  private static final Instant CREATED = Instant.parse("2026-11-01T00:00:00Z");
  private static final Layer LAYER =
      new Layer(Path.of("unread"), LayerCompression.GZIP, "sha256:aa", "sha256:bb", 7);

  @Test
  void manifestNamesConfigurationAndLayersByDigestAndSize() throws JsonProcessingException {
    AssembledImage image = assemble(ImageFormat.OCI, RunConfiguration.command("sh"));

    JsonNode manifest = read(image.manifest());

    assertThat(manifest.get("schemaVersion").asInt()).isEqualTo(2);
    assertThat(manifest.get("config").get("digest").asText())
        .isEqualTo(Digests.of(image.configuration().text().getBytes(StandardCharsets.UTF_8)));
    assertThat(manifest.get("layers").get(0).get("digest").asText()).isEqualTo("sha256:aa");
    assertThat(manifest.get("layers").get(0).get("size").asInt()).isEqualTo(7);
    assertThat(manifest.get("layers").get(0).get("mediaType").asText())
        .isEqualTo("application/vnd.oci.image.layer.v1.tar+gzip");
  }

  @Test
  void configurationSaysHowToRun() throws JsonProcessingException {
    RunConfiguration configuration =
        RunConfiguration.command("redis-server")
            .withExposedPort("6379/tcp")
            .withVolume("/data")
            .withWorkingDirectory("/data")
            .withStopSignal("SIGQUIT")
            .withLabels(Map.of("a", "b"));

    JsonNode json = read(assemble(ImageFormat.OCI, configuration).configuration());

    JsonNode run = json.get("config");
    assertThat(run.get("Cmd").get(0).asText()).isEqualTo("redis-server");
    assertThat(run.get("Env").get(0).asText()).startsWith("PATH=/usr/local/sbin:");
    assertThat(run.get("ExposedPorts").has("6379/tcp")).isTrue();
    assertThat(run.get("Volumes").has("/data")).isTrue();
    assertThat(run.get("WorkingDir").asText()).isEqualTo("/data");
    assertThat(run.get("StopSignal").asText()).isEqualTo("SIGQUIT");
    assertThat(run.get("Labels").get("a").asText()).isEqualTo("b");
    assertThat(json.get("rootfs").get("diff_ids").get(0).asText()).isEqualTo("sha256:bb");
  }

  @Test
  void historyHasOneEntryWithALayerForEachLayer() throws JsonProcessingException {
    JsonNode history =
        read(assemble(ImageFormat.OCI, RunConfiguration.command("sh")).configuration())
            .get("history");

    assertThat(history).hasSize(2);
    assertThat(history.get(0).get("created_by").asText()).isEqualTo("ADD rootfs");
    assertThat(history.get(0).has("empty_layer")).isFalse();
    assertThat(history.get(1).get("created_by").asText()).isEqualTo("CMD [\"sh\"]");
    assertThat(history.get(1).get("empty_layer").asBoolean()).isTrue();
  }

  @Test
  void dockerFormatHasDockersMediaTypes() throws JsonProcessingException {
    JsonNode manifest =
        read(assemble(ImageFormat.DOCKER, RunConfiguration.command("sh")).manifest());

    assertThat(manifest.get("mediaType").asText())
        .isEqualTo("application/vnd.docker.distribution.manifest.v2+json");
    assertThat(manifest.get("layers").get(0).get("mediaType").asText())
        .isEqualTo("application/vnd.docker.image.rootfs.diff.tar.gzip");
  }

  @Test
  void dockerFormatRefusesZstd() {
    assertThatThrownBy(() -> ImageFormat.DOCKER.layerType(LayerCompression.ZSTD))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void sameInputGivesTheSameDigest() {
    AssembledImage first = assemble(ImageFormat.OCI, RunConfiguration.command("sh"));
    AssembledImage second = assemble(ImageFormat.OCI, RunConfiguration.command("sh"));

    assertThat(second.manifest().digest()).isEqualTo(first.manifest().digest());
  }

  @Test
  void indexNamesEveryPlatform() throws JsonProcessingException {
    AssembledImage amd64 = assemble(ImageFormat.OCI, RunConfiguration.command("sh"));
    AssembledImage arm64 =
        AssembledImage.of(
            source(Platform.LINUX_ARM64, ImageFormat.OCI, RunConfiguration.command("sh")),
            List.of(LAYER),
            CREATED);

    JsonNode manifests =
        read(AssembledImage.index(ImageFormat.OCI, List.of(amd64, arm64))).get("manifests");

    assertThat(manifests).hasSize(2);
    assertThat(manifests.get(0).get("digest").asText()).isEqualTo(amd64.manifest().digest());
    assertThat(manifests.get(0).get("platform").get("architecture").asText()).isEqualTo("amd64");
    assertThat(manifests.get(1).get("platform").get("architecture").asText()).isEqualTo("arm64");
  }

  private static AssembledImage assemble(ImageFormat format, RunConfiguration configuration) {
    return AssembledImage.of(
        source(Platform.LINUX_AMD64, format, configuration), List.of(LAYER), CREATED);
  }

  private static ImageSource source(
      Platform platform, ImageFormat format, RunConfiguration configuration) {
    return new ImageSource(
        platform,
        format,
        LayerCompression.GZIP,
        configuration,
        List.of(new LayerSource(Path.of("unread"), "ADD rootfs")));
  }

  private static JsonNode read(Document document) throws JsonProcessingException {
    return new ObjectMapper().readTree(document.text());
  }
}
