package dev.flota.api.docker.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.docker.ApiVersion;
import dev.flota.api.docker.DockerDescription;
import dev.flota.api.docker.Filters;
import dev.flota.api.docker.Samples;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.Removal;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImageJsonTest {
  private static final String OTHER = "sha256:" + "12".repeat(32);

  @Test
  void keepsToDockersDescription() {
    Image image = Samples.image();
    DockerDescription.assertKeepsTo(
        "ImageSummary",
        json -> ImageJson.summary(json, image, 1, List.of("host-1", "host-2"), ApiVersion.CURRENT));
    JsonNode inspection =
        DockerDescription.assertKeepsTo(
            "ImageInspect",
            json ->
                ImageJson.inspection(
                    json,
                    image,
                    List.of(Path.of("/layers/low"), Path.of("/layers/mid"), Path.of("/layers/top")),
                    ApiVersion.CURRENT));
    assertThat(inspection.at("/GraphDriver/Data/UpperDir").asText()).isEqualTo("/layers/top");
    assertThat(inspection.at("/GraphDriver/Data/LowerDir").asText())
        .isEqualTo("/layers/mid:/layers/low");
    DockerDescription.assertAnswers(
        "delete",
        "/images/{name}",
        200,
        json ->
            ImageJson.removals(
                json, List.of(new Removal.Untagged("a:b"), new Removal.Deleted(OTHER))));
  }

  @Test
  void oldVersionsSeeWhatTheyExpect() {
    Image dangling = Samples.image(OTHER, null);
    JsonNode old =
        DockerDescription.parse(
            json -> ImageJson.summary(json, dangling, -1, List.of(), new ApiVersion(1, 42)));
    assertThat(old.get("RepoTags").get(0).asText()).isEqualTo("<none>:<none>");
    assertThat(old.get("VirtualSize").asLong()).isEqualTo(dangling.size());
    JsonNode current =
        DockerDescription.parse(
            json -> ImageJson.summary(json, dangling, -1, List.of(), ApiVersion.CURRENT));
    assertThat(current.get("RepoTags")).isEmpty();
    assertThat(current.has("VirtualSize")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"reference\":[\"nginx\"]} | nginx",
        "{\"reference\":[\"ngi*\"]} | nginx",
        "{\"reference\":[\"*/*\"]} | `quay.io/a`",
        "{\"dangling\":[\"true\"]} | none",
        "{\"dangling\":[\"false\"]} | `nginx quay.io/a`",
        "{\"label\":[\"stage=test\"]} | `nginx none quay.io/a`",
        "{\"label\":[\"stage=prod\"]} | ``",
        "{\"before\":[\"nginx\"]} | none",
        "{\"since\":[\"nginx\"]} | `quay.io/a`",
        "{\"until\":[\"2026-11-20\"]} | none"
      })
  void showsWhatIsAskedFor(String filters, String expected) {
    List<Image> images =
        List.of(
            Samples.image(),
            Samples.image(OTHER, Samples.NOW.minusSeconds(10 * 86_400)),
            Samples.image("sha256:" + "34".repeat(32), Samples.NOW, "quay.io/a:1"));
    List<String> shown =
        ImageFilter.of(Filters.parse(filters), Samples.NOW)
            .apply(images, name -> images.getFirst())
            .stream()
            .map(
                image ->
                    image.tags().isEmpty()
                        ? "none"
                        : image.tags().getFirst().replaceAll(":[^:]*$", ""))
            .toList();
    assertThat(String.join(" ", shown)).isEqualTo(expected == null ? "" : expected);
  }

  @Test
  void refusesUnknownFilters() {
    assertThatThrownBy(() -> ImageFilter.of(Filters.parse("{\"colour\":[\"red\"]}"), Samples.NOW))
        .hasMessage("invalid filter 'colour'");
  }

  @Test
  void readsWhatToPull() {
    assertThat(PullRequest.of("docker.io/library/alpine", "3.20").reference())
        .hasToString("docker.io/library/alpine:3.20");
    assertThat(PullRequest.of("alpine:", "").allTags()).isTrue();
    assertThat(PullRequest.of("alpine", "sha256:" + "a".repeat(64)).reference().digest())
        .isEqualTo("sha256:" + "a".repeat(64));
    assertThat(TagTarget.of("docker.io/library/ep", "1").familiar()).isEqualTo("ep:1");
    assertThat(TagTarget.of("ep", "").familiar()).isEqualTo("ep:latest");
    assertThatThrownBy(() -> TagTarget.of("ep@sha256:" + "a".repeat(64), ""))
        .hasMessage("refusing to create a tag with a digest reference");
  }

  @Test
  void readsCredentialsInEitherAlphabet() {
    // {"username":"ü?>","password":"p"} in base64url and in base64.
    String json = "{\"username\":\"\u00fc?>~\",\"password\":\"p\"}";
    byte[] bytes = json.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    for (java.util.Base64.Encoder encoder :
        List.of(java.util.Base64.getUrlEncoder(), java.util.Base64.getEncoder())) {
      assertThat(AuthHeader.read(encoder.encodeToString(bytes)))
          .satisfies(auth -> assertThat(auth.username()).isEqualTo("\u00fc?>~"));
    }
    assertThat(AuthHeader.read("")).isNull();
    assertThat(AuthHeader.read("!!")).isNull();
    assertThat(AuthHeader.read("e30=")).isNull();
  }
}
