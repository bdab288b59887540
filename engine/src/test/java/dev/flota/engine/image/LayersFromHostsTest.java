package dev.flota.engine.image;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.store.ConfigReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Layers that other hosts have. */
class LayersFromHostsTest extends ImagesTestBase {
  private static final String APP = "library/app";
  private static final Duration NOT_WAITING = Duration.ZERO;
  private static final Duration PATIENT = Duration.ofSeconds(20);
  private static final int LARGE = 400_000;

  private final TestImage made =
      new TestImage().layer(tar("a", "one")).layer(noise("b", LARGE)).layer(tar("c", "three"));

  @BeforeEach
  void push() {
    registry.push(APP, "latest", made);
  }

  private LayerSource thisHost() {
    return (diffId, without) ->
        without.contains("first")
            ? Optional.empty()
            : images
                .layer(diffId, NOT_WAITING)
                .map(layer -> new LayerStream("first", layer.blob(), layer.bytes()));
  }

  private long layersFetched() {
    return List.of(0, 1, 2).stream()
        .mapToLong(
            number -> registry.count("GET /v2/" + APP + "/blobs/" + made.layerDigest(number)))
        .sum();
  }

  @Test
  void areNotFetchedFromTheRegistryAgain() {
    Image here = pull("app");
    long before = layersFetched();

    Images other = imagesOfAnother(thisHost());
    Image there = pull(other, "app");

    assertThat(before).isEqualTo(3);
    assertThat(layersFetched()).isEqualTo(before);
    assertThat(there.id()).isEqualTo(here.id());
    assertThat(there.size()).isEqualTo(here.size());
    assertThat(other.layers(there.id()).get(0).resolve("a")).hasContent("one");
    assertThat(statuses()).endsWith("Status: Downloaded newer image for app:latest");
  }

  @Test
  void comeFromTheRegistryWhenTheHostSendsSomethingElse() {
    List<Set<String>> asked = new ArrayList<>();
    Images other =
        imagesOfAnother(
            (diffId, without) -> {
              synchronized (asked) {
                asked.add(without);
              }
              return without.contains("liar")
                  ? Optional.empty()
                  : Optional.of(stream("liar", made.layerDigest(0), "no layer".getBytes(UTF_8), 8));
            });

    Image there = pull(other, "app");

    assertThat(layersFetched()).isEqualTo(3);
    assertThat(other.layers(there.id()).get(2).resolve("c")).hasContent("three");
    assertThat(asked).hasSize(6).contains(Set.of(), Set.of("liar"));
  }

  @Test
  void comeFromTheRegistryWhenTheHostBreaksOff() throws IOException {
    byte[] blob = made.blob(made.layerDigest(1));
    Digest broken = diffId(1);
    Images other =
        imagesOfAnother(
            (diffId, without) ->
                diffId.equals(broken) && without.isEmpty()
                    ? Optional.of(
                        stream(
                            "breaking",
                            made.layerDigest(1),
                            Arrays.copyOf(blob, blob.length / 2),
                            blob.length))
                    : Optional.empty());

    Image there = pull(other, "app");

    assertThat(layersFetched()).isEqualTo(3);
    assertThat(other.layers(there.id()).get(1).resolve("b")).hasSize(LARGE);
  }

  private Digest diffId(int number) throws IOException {
    return Digest.parse(ConfigReader.read(made.config()).rootfs().diffIds().get(number));
  }

  private static LayerStream stream(String origin, String digest, byte[] bytes, long size) {
    return new LayerStream(
        origin,
        Descriptor.of("application/vnd.oci.image.layer.v1.tar+gzip", digest, size),
        new ByteArrayInputStream(bytes));
  }

  @Test
  void areReadWhileTheyCome() throws Exception {
    Digest diffId = diffId(1);
    byte[] blob = made.blob(made.layerDigest(1));
    registry.fault("/blobs/" + made.layerDigest(1), registry.hangAfter(LARGE / 2));
    try (ExecutorService pulling = Executors.newSingleThreadExecutor()) {
      Future<Image> pull = pulling.submit(() -> pull("app"));
      LayerStream layer = await(diffId);
      try (InputStream bytes = layer.bytes()) {
        assertThat(layer.blob().digest()).isEqualTo(made.layerDigest(1));
        assertThat(bytes.readNBytes(LARGE / 2)).hasSize(LARGE / 2);
        pull.cancel(true);
        assertThatThrownBy(bytes::readAllBytes).hasMessage("download failed");
      }
      assertThat(blob.length).isGreaterThan(LARGE / 2);
    }
    assertThat(images.layer(diffId, NOT_WAITING)).isEmpty();
  }

  /** Others wait for the beginning of a layer only while it is being brought. */
  private LayerStream await(Digest diffId) throws InterruptedException {
    while (registry.count("GET /v2/" + APP + "/blobs/" + made.layerDigest(1)) == 0) {
      Thread.onSpinWait();
    }
    return images.layer(diffId, PATIENT).orElseThrow();
  }

  @Test
  void makeAnImageOfAParcelWithAllItsNames() {
    Image here = pull("app");
    images.tag("app", Reference.parse("other:1"));
    long before = registry.count("GET");

    Images other = imagesOfAnother(thisHost());
    other.receive(images.parcel(here.id()), "app", heard::add);

    Image there = other.find("app");
    assertThat(there.id()).isEqualTo(here.id());
    assertThat(there.tags()).containsExactly("app:latest", "other:1");
    assertThat(there.repoDigests()).isEqualTo(here.repoDigests()).hasSize(1);
    assertThat(other.manifestDigest(there.id())).isEqualTo(images.manifestDigest(here.id()));
    assertThat(registry.count("GET")).isEqualTo(before);
  }

  @Test
  void leaveOtherImagesTheirNamesButTheOneWanted() {
    TestImage second = new TestImage().layer(tar("d", "four"));
    Image here = pull("app");
    images.tag("app", Reference.parse("taken:1"));
    Images other = imagesOfAnother(thisHost());
    registry.push(APP, "latest", second);
    Image different = pull(other, "app");
    other.tag("app", Reference.parse("taken:1"));

    other.receive(images.parcel(here.id()), "app:latest", heard::add);

    assertThat(other.find("app").id()).isEqualTo(here.id());
    assertThat(other.find("taken:1").id()).isEqualTo(different.id());
  }

  @Test
  void refuseAParcelWithAnotherContent() {
    Image here = pull("app");
    ImageParcel good = images.parcel(here.id());
    Map<String, String> documents = new LinkedHashMap<>(good.documents());
    documents.put(here.id(), Base64.getEncoder().encodeToString("{}".getBytes(UTF_8)));
    ImageParcel forged =
        new ImageParcel(
            good.id(), good.manifest(), good.index(), documents, good.layers(), good.names());

    Images other = imagesOfAnother(thisHost());

    assertThatThrownBy(() -> other.receive(forged, "app", heard::add))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("this is not what " + here.id() + " names");
    assertThat(other.list()).isEmpty();
  }

  @Test
  void areMissedWhenNobodyHasThemAndThereIsNoRegistry() {
    Image here = pull("app");

    Images other = imagesOfAnother(LayerSource.NONE);

    assertThatThrownBy(() -> other.receive(images.parcel(here.id()), "app", heard::add))
        .hasMessageContaining("no host gives the layer");
    assertThat(other.list()).isEmpty();
  }
}
