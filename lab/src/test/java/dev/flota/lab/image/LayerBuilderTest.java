package dev.flota.lab.image;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LayerBuilderTest {
  private static final Instant LATEST = Instant.parse("2026-11-01T00:00:00Z");

  @TempDir Path tree;
  @TempDir Path work;

  @ParameterizedTest
  @EnumSource
  void digestsAreThoseOfTheFileAndOfTheArchiveInIt(LayerCompression compression)
      throws IOException {
    TreeArchiveTest.writeFile(tree.resolve("etc/motd"), "hello ".repeat(1000));

    Layer layer = new LayerBuilder(work, LATEST).build(tree, compression);

    byte[] sent = Files.readAllBytes(layer.file());
    assertThat(layer.size()).isEqualTo(sent.length);
    assertThat(layer.digest()).isEqualTo(Digests.of(sent));
    assertThat(layer.diffId()).isEqualTo(Digests.of(decompress(compression, sent)));
  }

  @ParameterizedTest
  @EnumSource
  void buildingTwiceGivesTheSameDigests(LayerCompression compression) throws IOException {
    TreeArchiveTest.writeFile(tree.resolve("etc/motd"), "hello");

    Layer first = new LayerBuilder(work, LATEST).build(tree, compression);
    Layer second = new LayerBuilder(work, LATEST).build(tree, compression);

    assertThat(second.digest()).isEqualTo(first.digest());
    assertThat(second.diffId()).isEqualTo(first.diffId());
  }

  @Test
  void compressionChangesTheDigestButNotTheDiffId() throws IOException {
    TreeArchiveTest.writeFile(tree.resolve("etc/motd"), "hello");
    LayerBuilder builder = new LayerBuilder(work, LATEST);

    Layer gzip = builder.build(tree, LayerCompression.GZIP);
    Layer zstd = builder.build(tree, LayerCompression.ZSTD);

    assertThat(zstd.diffId()).isEqualTo(gzip.diffId());
    assertThat(zstd.digest()).isNotEqualTo(gzip.digest());
  }

  @Test
  void aLayerThatImagesShareIsBuiltOnce() throws IOException {
    LayerBuilder builder = new LayerBuilder(work, LATEST);

    Layer first = builder.build(tree, LayerCompression.GZIP);

    assertThat(builder.build(tree, LayerCompression.GZIP)).isSameAs(first);
  }

  private static byte[] decompress(LayerCompression compression, byte[] sent) throws IOException {
    try (InputStream in =
        switch (compression) {
          case GZIP -> new GZIPInputStream(new ByteArrayInputStream(sent));
          case ZSTD -> new ZstdInputStream(new ByteArrayInputStream(sent));
        }) {
      return in.readAllBytes();
    }
  }
}
