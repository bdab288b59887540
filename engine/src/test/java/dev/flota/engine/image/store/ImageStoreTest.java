package dev.flota.engine.image.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageStoreTest {
  private static final Reference NAME = Reference.parse("app:1");

  @TempDir Path state;
  private ImageStore store;
  private @Nullable ImageStore next;

  @BeforeEach
  void open() {
    store = new ImageStore(state);
  }

  @AfterEach
  void close() {
    store.close();
    if (next != null) {
      next.close();
    }
  }

  private static Digest digest(String content) {
    return Digest.of(content.getBytes(StandardCharsets.UTF_8));
  }

  private Digest blob(String content) throws IOException {
    Digest digest = digest(content);
    store.blobs().put(digest, content.getBytes(StandardCharsets.UTF_8));
    return digest;
  }

  private Digest layer(String content) throws IOException {
    Digest chainId = digest("chain " + content);
    Path draft = store.layers().draft();
    Files.writeString(store.layers().filesOf(draft).resolve("file"), content);
    Descriptor blob = Descriptor.of("x", blob("blob " + content).toString(), 1);
    store.layers().adopt(draft, Layer.of(chainId, digest(content), blob, 1, content.length()));
    return chainId;
  }

  private ImageRecord image(String config, Digest... layers) throws IOException {
    List<String> chain = Stream.of(layers).map(Digest::toString).toList();
    Digest id =
        blob(
            """
            {"os":"linux","architecture":"amd64","author":"%s","rootfs":{"type":"layers","diff_ids":[]}}
            """
                .formatted(config));
    ImageRecord image = new ImageRecord(id.toString(), null, null, chain, 1, null, false);
    store.update(catalog -> catalog.withImage(image));
    return image;
  }

  /** The state as the next process finds it. */
  private ImageStore reopened() {
    store.close();
    next = new ImageStore(state);
    return next;
  }

  private static void noRepair(Layer layer) {
    throw new AssertionError("nothing is damaged: " + layer);
  }

  @Test
  void keepsImagesAndNamesOverARestart() throws IOException {
    ImageRecord image = image("a", layer("one"));
    store.update(catalog -> catalog.withReference(NAME, image.id(), "2026-01-01T00:00:00Z"));
    ImageStore again = reopened();
    again.recover(ImageStoreTest::noRepair);
    assertThat(again.catalog().idOf(NAME)).isEqualTo(image.id());
    assertThat(again.catalog()).isEqualTo(store.catalog());
    assertThat(again.config(image.id()).author()).isEqualTo("a");
    assertThat(again.layers().files(Digest.parse(image.layers().getFirst())).resolve("file"))
        .hasContent("one");
  }

  @Test
  void sweepsWhatNoImageNeedsAndKeepsWhatOneShares() throws IOException {
    Digest shared = layer("shared");
    Digest alone = layer("alone");
    ImageRecord kept = image("kept", shared);
    ImageRecord removed = image("removed", shared, alone);
    store.update(catalog -> catalog.withoutImage(removed.id()));
    store.sweep();
    assertThat(store.layers().all()).containsExactly(shared);
    assertThat(store.blobs().all())
        .containsExactlyInAnyOrder(Digest.parse(kept.id()), digest("blob shared"));
    assertThat(store.layers().find(alone)).isNull();
  }

  @Test
  void keepsTheLayersOfADetachedImage() throws IOException {
    ImageRecord image = image("a", layer("one"));
    store.update(catalog -> catalog.withDetached(image.id()));
    store.sweep();
    assertThat(store.layers().all()).hasSize(1);
    assertThat(store.catalog().image(image.id())).isNull();
  }

  @Test
  void keepsWhatASessionHoldsUntilItCloses() throws IOException {
    Digest blob = digest("content");
    try (ImageStore.Session one = store.open()) {
      one.hold(blob);
      try (ImageStore.Session other = store.open()) {
        other.hold(blob);
      }
      blob("content");
      store.sweep();
      assertThat(store.blobs().has(blob)).isTrue();
    }
    assertThat(store.blobs().has(blob)).isFalse();
  }

  @Test
  void recoveryRemovesDraftsAndWhatNobodyNames() throws IOException {
    ImageRecord image = image("a", layer("one"));
    layer("nobody's");
    Path layerDraft = store.layers().draft();
    Files.writeString(store.layers().filesOf(layerDraft).resolve("half"), "x");
    Path blobDraft = store.blobs().draft();
    Path archive = store.draftDirectory();
    ImageStore again = reopened();
    again.recover(ImageStoreTest::noRepair);
    assertThat(layerDraft).doesNotExist();
    assertThat(blobDraft).doesNotExist();
    assertThat(archive).doesNotExist();
    assertThat(again.layers().all().stream().map(Digest::toString).toList())
        .isEqualTo(image.layers());
  }

  @Test
  void aLayerNotYetOnDiskWhenTheMachineStoppedIsUnpackedAgain() throws IOException {
    ImageRecord image = image("a", layer("one"), layer("two"));
    Path record =
        store.layers().files(Digest.parse(image.layers().getFirst())).resolveSibling("layer.json");
    Layer layer = Json.PLAIN.readValue(record.toFile(), Layer.class);
    Files.write(record, Json.PLAIN.writeValueAsBytes(layer.unpackedIn("another boot")));
    List<String> repaired = new ArrayList<>();
    ImageStore again = reopened();
    again.recover(
        damaged -> {
          repaired.add(damaged.chainId());
          again.layers().adopt(again.layers().draft(), damaged);
        });
    assertThat(repaired).containsExactly(image.layers().getFirst());
    assertThat(again.catalog().image(image.id())).isNotNull();
  }

  @Test
  void anImageWhoseLayerIsLostIsDropped() throws IOException {
    Digest lost = layer("lost");
    ImageRecord image = image("a", lost);
    ImageRecord other = image("b", layer("fine"));
    Files.write(store.layers().files(lost).resolveSibling("layer.json"), new byte[0]);
    ImageStore again = reopened();
    again.recover(
        damaged -> {
          throw new IOException("the blob is damaged too");
        });
    assertThat(again.catalog().image(image.id())).isNull();
    assertThat(again.catalog().image(other.id())).isNotNull();
    assertThat(again.layers().all()).doesNotContain(lost);
  }

  @Test
  void findsIdsByTheirBeginning() throws IOException {
    ImageRecord image = image("a");
    String hex = Digest.parse(image.id()).hex();
    assertThat(store.catalog().startingWith(hex.substring(0, 3))).containsExactly(image.id());
    assertThat(store.catalog().startingWith("")).hasSize(1);
    assertThat(store.catalog().startingWith(hex + "0")).isEmpty();
  }
}
