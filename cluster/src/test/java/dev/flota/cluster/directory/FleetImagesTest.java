package dev.flota.cluster.directory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.image.Image;
import dev.flota.engine.image.ImageConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FleetImagesTest {
  private static final String ONE =
      "sha256:1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a";
  private static final String TWO = "sha256:" + "2b".repeat(32);
  private static final String DIGEST =
      "alpine@sha256:d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0d0";

  private static Image image(String id, @Nullable String tagged, List<String> tags) {
    return image(id, tagged, tags, List.of());
  }

  private static Image image(
      String id, @Nullable String tagged, List<String> tags, List<String> digests) {
    return new Image(
        id,
        new ImageConfig(
            null,
            null,
            "amd64",
            "linux",
            null,
            null,
            new ImageConfig.RootFs("layers", List.of()),
            null),
        tags,
        digests,
        7,
        -1,
        tagged);
  }

  @Test
  void anImageOfSeveralHostsIsOneWithAllItsNames() {
    FleetImages images =
        new FleetImages(
            Map.of(
                "a", List.of(image(ONE, "2026-01-01T00:00:00Z", List.of("x:1", "y:1"))),
                "b", List.of(image(ONE, "2026-02-01T00:00:00Z", List.of("w:1", "x:1"))),
                "c", List.of(image(TWO, null, List.of()))));

    assertThat(images.all()).extracting(Image::id).containsExactly(ONE, TWO);
    Image both = images.all().getFirst();
    assertThat(both.tags()).containsExactly("w:1", "x:1", "y:1");
    assertThat(both.lastTagged()).isEqualTo("2026-02-01T00:00:00Z");
    assertThat(both.size()).isEqualTo(7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alpine",
        "alpine:latest",
        "docker.io/library/alpine",
        DIGEST,
        ONE,
        "sha256:1a1a",
        "1a1a",
        "1a1a1a1a1a1a"
      })
  void oneIsFoundByNameIdAndBeginning(String reference) {
    Image alpine = image(ONE, null, List.of("alpine:latest"), List.of(DIGEST));
    FleetImages images =
        new FleetImages(
            Map.of("a", List.of(image(TWO, null, List.of("other:1"))), "b", List.of(alpine)));

    assertThat(images.find(reference)).contains(alpine);
    assertThat(images.holders(reference)).containsOnlyKeys("b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"alpine:3", "alpin", "1a1", "ffff", "sha256:ffff", "Not A Reference"})
  void whatNobodyHasIsNotFound(String reference) {
    FleetImages images =
        new FleetImages(Map.of("a", List.of(image(ONE, null, List.of("alpine:latest")))));

    assertThat(images.find(reference)).isEmpty();
    assertThat(images.holders(reference)).isEmpty();
  }

  /** A tag may mean one thing here and another there: each holder says what it calls so. */
  @Test
  void hostsMayMeanDifferentImagesByOneName() {
    Image first = image(ONE, null, List.of("app:latest"));
    Image second = image(TWO, null, List.of("app:latest"));
    FleetImages images = new FleetImages(Map.of("b", List.of(second), "a", List.of(first)));

    assertThat(images.holders("app"))
        .containsExactly(Map.entry("a", first), Map.entry("b", second));
    assertThat(images.find("app")).contains(first);
  }
}
