package dev.flota.engine.image.archive;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.github.luben.zstd.ZstdOutputStream;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.ImageConfig;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.ProgressListener;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.layer.Compression;
import dev.flota.engine.image.layer.DiskTrouble;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.manifest.ImageIndex;
import dev.flota.engine.image.manifest.Manifest;
import dev.flota.engine.image.manifest.MediaType;
import dev.flota.engine.image.pull.LayerTransfers;
import dev.flota.engine.image.pull.LayerUnpacking;
import dev.flota.engine.image.pull.ThrottledProgress;
import dev.flota.engine.image.store.Catalog;
import dev.flota.engine.image.store.ChainId;
import dev.flota.engine.image.store.ConfigReader;
import dev.flota.engine.image.store.ImageRecord;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import dev.flota.engine.json.Json;
import java.io.FileInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads images from a docker-archive or an OCI image layout, in a tar archive that may be
 * compressed.
 */
public final class ImageLoader {
  private static final String IMAGE_NAME = "io.containerd.image.name";
  private static final String REF_NAME = "org.opencontainers.image.ref.name";
  private static final int FAST = 1;

  private final ImageStore store;
  private final LayerTransfers transfers;
  private final ProgressListener progress;
  private final List<String> loaded = new ArrayList<>();

  /** Loads into {@code store}. */
  public ImageLoader(ImageStore store, LayerTransfers transfers, ProgressListener progress) {
    this.store = store;
    this.transfers = transfers;
    this.progress = new ThrottledProgress(progress);
  }

  /** Loads all images; answers their names, or ids of those without. */
  public List<String> load(InputStream archive) throws IOException {
    try (ArchiveFiles files = ArchiveFiles.read(archive, store.draftDirectory());
        ImageStore.Session session = store.open()) {
      for (Found each : found(files)) {
        register(each, files, session);
      }
      loaded.forEach(this::announce);
      return List.copyOf(loaded);
    } catch (JsonProcessingException e) {
      throw EngineException.invalid("invalid archive: " + e.getOriginalMessage());
    }
  }

  /** An image in the archive: file names of its parts, and its names. */
  private record Found(String config, List<String> layers, List<Reference> names) {}

  private static List<Found> found(ArchiveFiles files) throws IOException {
    if (files.find("manifest.json") != null) {
      return dockerImages(files);
    }
    if (files.find("index.json") != null) {
      return ociImages(files);
    }
    throw EngineException.invalid("invalid archive: does not contain a manifest.json");
  }

  private static List<Found> dockerImages(ArchiveFiles files) throws IOException {
    List<Found> found = new ArrayList<>();
    ArchivedImage[] table = json(files, "manifest.json", ArchivedImage[].class);
    for (ArchivedImage each : table) {
      if (each == null) {
        throw EngineException.invalid("invalid archive: manifest.json names no image");
      }
      List<Reference> names = each.repoTags().stream().map(Reference::parse).toList();
      found.add(new Found(each.config(), each.layers(), names));
    }
    return found;
  }

  private static List<Found> ociImages(ArchiveFiles files) throws IOException {
    List<Found> found = new ArrayList<>();
    ImageIndex index = json(files, "index.json", ImageIndex.class);
    if (index.manifests().isEmpty()) {
      throw EngineException.invalid("invalid archive: index.json names no image");
    }
    for (Descriptor each : index.manifests()) {
      Descriptor chosen = each;
      if (MediaType.isIndex(each.mediaType())) {
        chosen = choose(files, each);
      }
      Manifest manifest = json(files, blob(chosen), Manifest.class);
      List<String> layers = manifest.layers().stream().map(ImageLoader::blob).toList();
      found.add(new Found(blob(manifest.config()), layers, name(each).stream().toList()));
    }
    return found;
  }

  private static <T> T json(ArchiveFiles files, String name, Class<T> type) throws IOException {
    T value = Json.PLAIN.readValue(files.content(name), type);
    if (value == null) {
      throw EngineException.invalid("invalid archive: " + name + " is empty");
    }
    return value;
  }

  private static Descriptor choose(ArchiveFiles files, Descriptor index) throws IOException {
    Platform here = Platform.here();
    return json(files, blob(index), ImageIndex.class)
        .choose(here)
        .orElseThrow(
            () ->
                EngineException.notFound(
                    "no matching manifest for " + here + " in the manifest list entries"));
  }

  /** Containerd and Docker write a whole name; others a tag, which is no name by itself. */
  private static Optional<Reference> name(Descriptor descriptor) {
    Map<String, String> annotations =
        descriptor.annotations() == null ? Map.of() : descriptor.annotations();
    String whole = annotations.get(IMAGE_NAME);
    String other = annotations.getOrDefault(REF_NAME, "");
    String name = whole != null ? whole : other.contains(":") ? other : null;
    return Optional.ofNullable(name).map(Reference::parse).map(Reference::orLatest);
  }

  private static String blob(Descriptor descriptor) {
    Digest digest = Digest.parse(descriptor.digest());
    return "blobs/" + digest.algorithm() + "/" + digest.hex();
  }

  private void register(Found found, ArchiveFiles files, ImageStore.Session session)
      throws IOException {
    byte[] content = files.content(found.config);
    Digest id = Digest.of(content);
    ImageConfig config = ConfigReader.read(content);
    List<Digest> diffIds = config.rootfs().diffIds().stream().map(Digest::parse).toList();
    if (diffIds.size() != found.layers.size()) {
      throw EngineException.invalid(
          "invalid manifest, layers length mismatch: expected "
              + found.layers.size()
              + ", got "
              + diffIds.size());
    }
    session.hold(id);
    List<Digest> chain = ChainId.of(diffIds);
    long size = 0;
    for (int i = 0; i < chain.size(); i++) {
      session.hold(chain.get(i));
      Path file = files.get(found.layers.get(i));
      LayerLoad load = new LayerLoad(session, i, file, chain.get(i), diffIds.get(i));
      size += transfers.obtain(chain.get(i), progress, load).size();
    }
    store.blobs().put(id, content);
    commit(id, chain, size, found.names);
  }

  private void commit(Digest id, List<Digest> chain, long size, List<Reference> names) {
    String now = Instant.now().toString();
    List<String> layers = chain.stream().map(Digest::toString).toList();
    ImageRecord known = store.catalog().image(id.toString());
    ImageRecord image =
        known != null
            ? known
            : new ImageRecord(id.toString(), null, null, layers, size, null, false);
    names.forEach(each -> announceRenaming(each, id));
    store.update(
        catalog -> {
          Catalog next = catalog.withImage(image);
          for (Reference each : names) {
            next = next.withReference(each.orLatest(), image.id(), now);
          }
          return next;
        });
    names.forEach(each -> loaded.add(each.orLatest().familiar()));
    if (names.isEmpty()) {
      loaded.add(image.id());
    }
  }

  private void announceRenaming(Reference name, Digest id) {
    String before = store.catalog().idOf(name);
    if (before != null && !before.equals(id.toString())) {
      progress.onProgress(
          new Progress.Stream(
              "The image "
                  + name.orLatest().familiar()
                  + " already exists, renaming the old one with ID "
                  + before
                  + " to empty string\n"));
    }
  }

  private void announce(String name) {
    String kind = name.startsWith("sha256:") ? "Loaded image ID: " : "Loaded image: ";
    progress.onProgress(new Progress.Stream(kind + name + "\n"));
  }

  /** One layer: unpacked, and kept as a compressed blob. */
  private final class LayerLoad implements LayerTransfers.Work {
    private final ImageStore.Session session;
    private final int number;
    private final Path file;
    private final Digest chainId;
    private final Digest diffId;

    LayerLoad(ImageStore.Session session, int number, Path file, Digest chainId, Digest diffId) {
      this.session = session;
      this.number = number;
      this.file = file;
      this.chainId = chainId;
      this.diffId = diffId;
    }

    @Override
    public Layer run(ProgressListener listener) throws IOException {
      Path layerDraft = store.layers().draft();
      Path blobDraft = store.blobs().draft();
      try {
        MessageDigest hash = Digest.sha256();
        LayerUnpacking unpacked = unpack(listener, layerDraft, blobDraft, hash);
        if (!unpacked.diffId().equals(diffId)) {
          throw EngineException.invalid(
              "invalid diffID for layer "
                  + number
                  + ": expected \""
                  + diffId
                  + "\", got \""
                  + unpacked.diffId()
                  + "\"");
        }
        Digest digest = Digest.of(hash);
        session.hold(digest);
        Descriptor blob = Descriptor.of(mediaType(), digest.toString(), Files.size(blobDraft));
        store.blobs().adopt(blobDraft, digest);
        return store
            .layers()
            .adopt(
                layerDraft,
                Layer.of(chainId, diffId, blob, unpacked.archiveSize(), unpacked.size()));
      } catch (IOException e) {
        throw EngineException.system("failed to register layer: " + DiskTrouble.text(e), e);
      } finally {
        store.layers().discard(layerDraft);
        Files.deleteIfExists(blobDraft);
      }
    }

    private LayerUnpacking unpack(
        ProgressListener listener, Path layerDraft, Path blobDraft, MessageDigest hash)
        throws IOException {
      InputStream counted = new Counted(new FileInputStream(file.toFile()), listener);
      try (OutputStream out = new DigestOutputStream(Files.newOutputStream(blobDraft), hash);
          OutputStream kept = compression() == Compression.NONE ? compressing(out) : out) {
        return LayerUnpacking.of(new Tee(counted, kept), store.layers().filesOf(layerDraft));
      }
    }

    private static OutputStream compressing(OutputStream out) throws IOException {
      return new ZstdOutputStream(out, FAST);
    }

    private Compression compression() throws IOException {
      try (InputStream in = new FileInputStream(file.toFile())) {
        return Compression.detect(in);
      }
    }

    private String mediaType() throws IOException {
      return switch (compression()) {
        case NONE, ZSTD -> MediaType.OCI_LAYER_ZSTD;
        case GZIP -> MediaType.OCI_LAYER + "+gzip";
        case BZIP2, XZ -> MediaType.OCI_LAYER;
      };
    }

    private final class Counted extends FilterInputStream {
      private final ProgressListener listener;
      private final long total;
      private long count;

      Counted(InputStream in, ProgressListener listener) throws IOException {
        super(in);
        this.listener = listener;
        this.total = Files.size(file);
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = in.read(buffer, offset, length);
        count += Math.max(read, 0);
        listener.onProgress(
            new Progress.LayerBytes(diffId.shortForm(), "Loading layer", count, total));
        return read;
      }
    }
  }

  /** Writes what is read to a second place. */
  private static final class Tee extends FilterInputStream {
    private final OutputStream copy;

    Tee(InputStream in, OutputStream copy) {
      super(in);
      this.copy = copy;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int read = in.read(buffer, offset, length);
      if (read > 0) {
        copy.write(buffer, offset, read);
      }
      return read;
    }

    @Override
    public long skip(long wanted) throws IOException {
      return Math.max(read(new byte[(int) Math.min(Math.max(wanted, 0), 8192)]), 0);
    }

    @Override
    public boolean markSupported() {
      return false;
    }
  }
}
