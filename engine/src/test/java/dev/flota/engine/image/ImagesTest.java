package dev.flota.engine.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ImagesTest extends ImagesTestBase {
  private final byte[] base = tar("base", "shared");
  private final TestImage one = new TestImage().layer(base).layer(tar("one", "1"));
  private final TestImage two = new TestImage().layer(base).layer(tar("two", "22"));

  @BeforeEach
  void pullBoth() {
    registry.push("library/one", "latest", one).push("library/two", "latest", two);
    pull("one");
    pull("two");
  }

  private static List<ImageUse> nobody(String id) {
    return List.of();
  }

  private List<ImageUse> stoppedContainerOfOne(String id) {
    return id.equals(one.id()) ? List.of(new ImageUse("c".repeat(64), false)) : List.of();
  }

  @Test
  void listsImagesWithSharedSizesOnDemand() {
    assertThat(images.list()).hasSize(2).allMatch(each -> each.sharedSize() == -1);
    DiskUsage usage = images.diskUsage();
    assertThat(usage.layersSize()).isEqualTo(6 + 1 + 2);
    assertThat(usage.images()).extracting(Image::sharedSize).containsExactly(6L, 6L);
    assertThat(usage.images()).extracting(Image::size).containsExactlyInAnyOrder(7L, 8L);
  }

  @Test
  void tellsTheHistoryNewestFirst() {
    images.tag("one", Reference.parse("more:2"));
    assertThat(images.history("one"))
        .containsExactly(
            new LayerHistory(one.id(), 0, "CMD", List.of("more:2", "one:latest"), 0, ""),
            new LayerHistory("<missing>", 1767323045, "COPY", null, 1, ""),
            new LayerHistory("<missing>", 1767323045, "COPY", null, 6, ""));
  }

  @Test
  void removesAnImageAndTheLayersNobodyElseHas() throws IOException {
    List<Removal> removals = images.remove("one", false, true, ImagesTest::nobody);
    assertThat(removals).hasSize(4);
    assertThat(removals.get(0)).isEqualTo(new Removal.Untagged("one:latest"));
    assertThat(removals.get(1)).isInstanceOf(Removal.Untagged.class);
    assertThat(removals.get(2)).isEqualTo(new Removal.Deleted(one.id()));
    assertThat(images.layers(two.id())).allMatch(Files::isDirectory);
    assertThat(list(state().resolve("layers/sha256"))).hasSize(2);
    images.remove(two.id(), false, true, ImagesTest::nobody);
    assertNothingIsLeft();
  }

  @Test
  void keepsTheLayersOfAForcedRemovalUntilTheContainerIsGone() throws IOException {
    images.remove("one", true, true, this::stoppedContainerOfOne);
    assertThatThrownBy(() -> images.find("one")).hasMessage("No such image: one:latest");
    assertThat(images.list()).hasSize(1);
    images.releaseUnused(this::stoppedContainerOfOne);
    Images again = images(List.of());
    again.recover();
    assertThat(again.layers(one.id())).hasSize(2).allMatch(Files::isDirectory);
    again.releaseUnused(ImagesTest::nobody);
    assertThatThrownBy(() -> again.layers(one.id())).hasMessage("No such image: " + one.id());
    assertThat(list(state().resolve("layers/sha256"))).hasSize(2);
  }

  @Test
  void anImageThatAContainerIsBeingMadeFromStays() throws IOException {
    String container = "d".repeat(64);
    try (Images.Hold hold = images.hold("one", container)) {
      assertThat(hold.image().id()).isEqualTo(one.id());
      assertThatThrownBy(() -> images.remove("one", false, true, ImagesTest::nobody))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.CONFLICT))
          .hasMessageContaining("(must force) - container " + container.substring(0, 12));
      images.remove("one", true, true, ImagesTest::nobody);
      images.releaseUnused(ImagesTest::nobody);
      assertThat(images.layers(one.id())).hasSize(2).allMatch(Files::isDirectory);
    }
    images.releaseUnused(ImagesTest::nobody);
    assertThat(list(state().resolve("layers/sha256"))).hasSize(2);
    assertThatThrownBy(() -> images.hold("one", container)).hasMessage("No such image: one:latest");
  }

  @Test
  void aRemovedImageComesBackByAnotherPull() {
    images.remove("one", true, true, this::stoppedContainerOfOne);
    assertThat(pull("one").tags()).containsExactly("one:latest");
    images.releaseUnused(ImagesTest::nobody);
    assertThat(images.find("one").id()).isEqualTo(one.id());
  }

  @Test
  void tagsAnImage() {
    images.tag(one.id(), Reference.parse("localhost:5000/x"));
    assertThat(images.find("one").tags()).containsExactly("localhost:5000/x:latest", "one:latest");
    images.tag("two", Reference.parse("one"));
    assertThat(images.find("one").id()).isEqualTo(two.id());
    assertThatThrownBy(() -> images.tag("none", Reference.parse("x")))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
        .hasMessage("No such image: none:latest");
    assertThatThrownBy(() -> images.tag("one", Reference.parse("x@sha256:" + "0".repeat(64))))
        .hasMessage("refusing to create a tag with a digest reference");
  }

  @Test
  void survivesARestart() {
    List<Image> before = images.list();
    Images again = images(List.of());
    again.recover();
    assertThat(again.list()).isEqualTo(before);
  }

  @Test
  void unpacksALayerAgainThatTheDiskMayHaveLost() throws IOException {
    for (Path layer : list(state().resolve("layers/sha256"))) {
      await(() -> Files.exists(layer.resolve("synced")));
      Files.delete(layer.resolve("synced"));
      Path record = layer.resolve("layer.json");
      String json = Files.readString(record);
      Files.writeString(record, json.replaceAll("\"bootId\":\"[^\"]*\"", "\"bootId\":\"\""));
      for (Path file : list(layer.resolve("diff"))) {
        Files.writeString(file, "");
      }
    }
    Images again = images(List.of());
    again.recover();
    assertThat(again.layers(one.id()).getFirst().resolve("base")).hasContent("shared");
    assertThat(again.layers(two.id()).getLast().resolve("two")).hasContent("22");
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for too long").isLessThan(end);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }
}
