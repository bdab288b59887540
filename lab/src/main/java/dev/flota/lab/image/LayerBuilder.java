package dev.flota.lab.image;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/** Builds layers from trees; the same tree in the same compression is built once. */
final class LayerBuilder {
  private final Path directory;
  private final Instant latest;
  private final Map<Source, Layer> built = new HashMap<>();

  private record Source(Path tree, LayerCompression compression) {}

  /**
   * @param directory where layers are kept until they are sent
   * @param latest no file in a layer is younger than this
   */
  LayerBuilder(Path directory, Instant latest) {
    this.directory = directory;
    this.latest = latest;
  }

  Layer build(Path tree, LayerCompression compression) throws IOException {
    Source source = new Source(tree, compression);
    Layer known = built.get(source);
    if (known != null) {
      return known;
    }
    Layer layer = write(source);
    built.put(source, layer);
    return layer;
  }

  private Layer write(Source source) throws IOException {
    Path file = Files.createTempFile(directory, "layer-", "");
    MessageDigest compressed = Digests.sha256();
    MessageDigest plain = Digests.sha256();
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file));
        OutputStream compressor =
            source.compression().compress(new DigestOutputStream(out, compressed));
        OutputStream archive = new DigestOutputStream(compressor, plain)) {
      TreeArchive.write(source.tree(), latest, archive);
    }
    return new Layer(
        file,
        source.compression(),
        Digests.notation(compressed),
        Digests.notation(plain),
        Files.size(file));
  }
}
