package dev.flota.engine.image.archive;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.layer.Compression;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.manifest.ImageIndex;
import dev.flota.engine.image.manifest.Manifest;
import dev.flota.engine.image.manifest.MediaType;
import dev.flota.engine.image.store.ImageRecord;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import dev.flota.engine.json.Json;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes images as Docker 25 and later do: one tar archive that is a docker-archive ({@code
 * manifest.json}) and an OCI image layout ({@code index.json}) at once, over the same blobs. Layers
 * are written uncompressed, under their diff ids.
 */
public final class ImageSaver {
  private static final String BLOBS = "blobs/sha256/";
  private static final String IMAGE_NAME = "io.containerd.image.name";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";

  private final ImageStore store;
  private final TarArchiveOutputStream tar;
  private final Set<String> written = new HashSet<>();
  private final List<ArchivedImage> images = new ArrayList<>();
  private final List<Descriptor> manifests = new ArrayList<>();
  private final SortedMap<String, SortedMap<String, String>> repositories = new TreeMap<>();

  private ImageSaver(ImageStore store, TarArchiveOutputStream tar) {
    this.store = store;
    this.tar = tar;
  }

  /**
   * Writes images with those of their names that were asked for; does not close {@code out}.
   *
   * @param wanted names by image; none for an image that was asked for by its id
   */
  public static void save(
      ImageStore store, Map<ImageRecord, List<Reference>> wanted, OutputStream out)
      throws IOException {
    TarArchiveOutputStream tar = new TarArchiveOutputStream(out, "UTF-8");
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    ImageSaver saver = new ImageSaver(store, tar);
    saver.directory("blobs/");
    saver.directory(BLOBS);
    for (Map.Entry<ImageRecord, List<Reference>> each : wanted.entrySet()) {
      saver.add(each.getKey(), each.getValue());
    }
    saver.tables();
    tar.finish();
    tar.flush();
  }

  private void add(ImageRecord image, List<Reference> names) throws IOException {
    Digest id = Digest.parse(image.id());
    byte[] config = store.blobs().read(id);
    Instant created = store.config(image.id()).created();
    Instant time = created == null ? Instant.EPOCH : created;
    blob(id, config, time);
    List<Descriptor> layers = new ArrayList<>();
    for (String chainId : image.layers()) {
      layers.add(layer(chainId, time));
    }
    Descriptor manifest = manifest(id, config.length, layers, time);
    describe(id, names, layers, manifest);
  }

  private Descriptor layer(String chainId, Instant time) throws IOException {
    Layer layer = store.layers().find(Digest.parse(chainId));
    if (layer == null) {
      throw new IOException("layer " + chainId + " does not exist");
    }
    Digest diffId = Digest.parse(layer.diffId());
    String name = BLOBS + diffId.hex();
    if (written.add(name)) {
      Digest kept = Digest.parse(layer.blob().digest());
      try (InputStream blob = new FileInputStream(store.blobs().path(kept).toFile());
          InputStream plain = Compression.decompress(blob)) {
        tar.putArchiveEntry(entry(name, layer.archiveSize(), time));
        plain.transferTo(tar);
        tar.closeArchiveEntry();
      }
    }
    return Descriptor.of(MediaType.OCI_LAYER, layer.diffId(), layer.archiveSize());
  }

  private Descriptor manifest(Digest id, int configSize, List<Descriptor> layers, Instant time)
      throws IOException {
    Descriptor config = Descriptor.of(MediaType.OCI_CONFIG, id.toString(), configSize);
    byte[] content =
        Json.PLAIN.writeValueAsBytes(new Manifest(2, MediaType.OCI_MANIFEST, config, layers));
    Digest digest = Digest.of(content);
    blob(digest, content, time);
    return Descriptor.of(MediaType.OCI_MANIFEST, digest.toString(), content.length);
  }

  private void describe(
      Digest id, List<Reference> names, List<Descriptor> layers, Descriptor manifest) {
    Map<String, Descriptor> sources = new LinkedHashMap<>();
    layers.forEach(each -> sources.put(each.digest(), each));
    List<String> tags = names.stream().map(Reference::familiar).toList();
    List<String> files = layers.stream().map(each -> file(each.digest())).toList();
    images.add(new ArchivedImage(file(id.toString()), tags, files, sources));
    if (names.isEmpty()) {
      manifests.add(manifest);
    }
    for (Reference name : names) {
      String tag = String.valueOf(name.tag());
      Map<String, String> annotations =
          new TreeMap<>(Map.of(IMAGE_NAME, name.toString(), REF_NAME, tag));
      manifests.add(
          new Descriptor(
              manifest.mediaType(), manifest.digest(), manifest.size(), null, annotations));
      String top = layers.isEmpty() ? id.hex() : Digest.parse(layers.getLast().digest()).hex();
      repositories.computeIfAbsent(name.familiarName(), each -> new TreeMap<>()).put(tag, top);
    }
  }

  private void tables() throws IOException {
    ImageIndex index = new ImageIndex(2, MediaType.OCI_INDEX, manifests);
    file("index.json", Json.PLAIN.writeValueAsBytes(index));
    file("manifest.json", Json.DOCKER.writeValueAsBytes(images));
    file("oci-layout", "{\"imageLayoutVersion\":\"1.0.0\"}".getBytes(StandardCharsets.UTF_8));
    if (!repositories.isEmpty()) {
      file("repositories", Json.PLAIN.writeValueAsBytes(repositories));
    }
  }

  private static String file(String digest) {
    return BLOBS + Digest.parse(digest).hex();
  }

  private void blob(Digest digest, byte[] content, Instant time) throws IOException {
    if (written.add(BLOBS + digest.hex())) {
      content(entry(BLOBS + digest.hex(), content.length, time), content);
    }
  }

  private void file(String name, byte[] content) throws IOException {
    content(entry(name, content.length, Instant.EPOCH), content);
  }

  private void content(TarArchiveEntry entry, byte[] content) throws IOException {
    tar.putArchiveEntry(entry);
    tar.write(content);
    tar.closeArchiveEntry();
  }

  private void directory(String name) throws IOException {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setModTime(Instant.EPOCH.toEpochMilli());
    entry.setMode(040755);
    tar.putArchiveEntry(entry);
    tar.closeArchiveEntry();
  }

  private static TarArchiveEntry entry(String name, long size, Instant time) {
    TarArchiveEntry entry = new TarArchiveEntry(name);
    entry.setSize(size);
    entry.setMode(0100644);
    entry.setModTime(Math.max(time.getEpochSecond(), 0) * 1000);
    return entry;
  }
}
