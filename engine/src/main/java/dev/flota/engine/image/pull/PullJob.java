package dev.flota.engine.image.pull;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.ImageConfig;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.ProgressListener;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.manifest.ImageIndex;
import dev.flota.engine.image.manifest.Manifest;
import dev.flota.engine.image.manifest.MediaType;
import dev.flota.engine.image.registry.BlobDigestException;
import dev.flota.engine.image.registry.BlobDownload;
import dev.flota.engine.image.registry.PulledManifest;
import dev.flota.engine.image.registry.RegistryClient;
import dev.flota.engine.image.store.Catalog;
import dev.flota.engine.image.store.ChainId;
import dev.flota.engine.image.store.ImageRecord;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One pull through one endpoint: resolves the name, brings the layers, makes the image known. */
final class PullJob {
  private static final long CONFIG_LIMIT = 8 << 20;

  private final ImageStore store;
  private final ImageStore.Session session;
  private final LayerSet layerSet;
  private final RegistryClient client;
  private final Reference reference;
  private final @Nullable Platform platform;
  private final ProgressListener progress;

  PullJob(
      ImageStore store,
      ImageStore.Session session,
      LayerSet layerSet,
      RegistryClient client,
      Reference reference,
      @Nullable Platform platform,
      ProgressListener progress) {
    this.store = store;
    this.session = session;
    this.layerSet = layerSet;
    this.client = client;
    this.reference = reference;
    this.platform = platform;
    this.progress = progress;
  }

  /** Does it; answers the image's id. */
  String run() throws IOException {
    String digest = reference.digest();
    String tagOrDigest = digest == null ? String.valueOf(reference.tag()) : digest;
    Optional<Digest> offered = client.check(tagOrDigest);
    tell(tagOrDigest, "Pulling from " + reference.path());
    String present = offered.map(this::presentImage).orElse(null);
    if (present != null) {
      finish(offered.get(), "Status: Image is up to date for ");
      return present;
    }
    return fetch(top(tagOrDigest, offered.orElse(null)));
  }

  private PulledManifest top(String tagOrDigest, @Nullable Digest offered) throws IOException {
    if (reference.digest() != null) {
      return client.manifest(Digest.parse(tagOrDigest));
    }
    return offered == null ? client.manifest(tagOrDigest) : client.manifest(offered);
  }

  /** The image that the name points to already, if it is what the registry offers. */
  private @Nullable String presentImage(Digest offered) {
    Catalog catalog = store.catalog();
    String id = catalog.idOf(reference);
    ImageRecord image = id == null ? null : catalog.image(id);
    if (image == null || !image.id().equals(catalog.idOf(byDigest(offered)))) {
      return null;
    }
    boolean suits = image.index() == null || wanted().accepts(store.config(image.id()).platform());
    return suits ? image.id() : null;
  }

  private String fetch(PulledManifest top) throws IOException {
    PulledManifest pulled = top;
    if (MediaType.isIndex(top.mediaType())) {
      Descriptor chosen =
          top.as(ImageIndex.class)
              .choose(wanted())
              .orElseThrow(() -> EngineException.notFound(noMatch()));
      pulled = client.manifest(Digest.parse(chosen.digest()));
    }
    Manifest manifest = manifest(pulled);
    keep(top);
    keep(pulled);
    Digest id = Digest.parse(manifest.config().digest());
    ImageConfig config = config(manifest.config(), id);
    List<Digest> diffIds = diffIds(config, manifest);
    List<Digest> chain = ChainId.of(diffIds);
    List<Layer> layers =
        layerSet.obtain(
            blob -> client.download(Digest.parse(blob.digest()), blob.size())::to,
            session,
            manifest.layers(),
            chain,
            diffIds);
    String index = pulled == top ? null : top.digest().toString();
    long size = layers.stream().mapToLong(Layer::size).sum();
    ImageRecord image =
        new ImageRecord(
            id.toString(),
            pulled.digest().toString(),
            index,
            chain.stream().map(Digest::toString).toList(),
            size,
            null,
            false);
    boolean changed = commit(image, top.digest());
    String status = changed ? "Downloaded newer image" : "Image is up to date";
    finish(top.digest(), "Status: " + status + " for ");
    return image.id();
  }

  /** Whether the name pointed elsewhere before. */
  private boolean commit(ImageRecord image, Digest digest) {
    String before = store.catalog().idOf(reference);
    String now = Instant.now().toString();
    store.update(
        catalog -> {
          Catalog next = catalog.withImage(image).withReference(byDigest(digest), image.id(), now);
          return reference.digest() == null ? next.withReference(reference, image.id(), now) : next;
        });
    return !image.id().equals(before);
  }

  private Manifest manifest(PulledManifest pulled) throws IOException {
    String mediaType = pulled.mediaType();
    if (MediaType.isSchema1(mediaType)) {
      throw EngineException.invalid(
          "Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been"
              + " removed. Suggest the author of "
              + reference
              + " to upgrade the image to the OCI Format or Docker Image manifest v2, schema 2."
              + " More information at https://docs.docker.com/go/deprecated-image-specs/");
    }
    if (!MediaType.isManifest(mediaType)) {
      throw EngineException.invalid(
          "unsupported manifest media type and no default available: " + mediaType);
    }
    Manifest manifest = pulled.as(Manifest.class);
    if (!manifest.isPlausible()) {
      throw EngineException.invalid("manifest " + pulled.digest() + " names no image");
    }
    if (!MediaType.isImageConfig(manifest.config().mediaType())) {
      throw EngineException.invalid(
          "Encountered remote \"" + manifest.config().mediaType() + "\"(unknown) when fetching");
    }
    return manifest;
  }

  private void keep(PulledManifest pulled) throws IOException {
    session.hold(pulled.digest());
    store.blobs().put(pulled.digest(), pulled.content());
  }

  private ImageConfig config(Descriptor descriptor, Digest id) throws IOException {
    session.hold(id);
    if (!store.blobs().has(id)) {
      store.blobs().put(id, download(descriptor, id));
    }
    ImageConfig config = store.config(id.toString());
    if (!config.os().equals("linux")) {
      throw EngineException.invalid(
          "image operating system \"" + config.os() + "\" cannot be used on this platform");
    }
    return config;
  }

  private byte[] download(Descriptor descriptor, Digest id) throws IOException {
    if (descriptor.size() < 0 || descriptor.size() > CONFIG_LIMIT) {
      throw EngineException.invalid("image configuration " + id + " is too large");
    }
    ByteArrayOutputStream content = new ByteArrayOutputStream();
    BlobDownload.Sink sink =
        new BlobDownload.Sink() {
          @Override
          public void accept(byte[] buffer, int count) {
            content.write(buffer, 0, count);
          }

          @Override
          public void retrying(Duration pause) {}
        };
    try {
      client.download(id, descriptor.size()).to(sink);
    } catch (BlobDigestException e) {
      throw new EngineException(
          ErrorKind.SYSTEM, "image config verification failed for digest " + id, e);
    }
    return content.toByteArray();
  }

  private static List<Digest> diffIds(ImageConfig config, Manifest manifest) {
    List<Digest> diffIds = config.rootfs().diffIds().stream().map(Digest::parse).toList();
    if (diffIds.size() != manifest.layers().size()) {
      throw EngineException.invalid("layers from manifest don't match image configuration");
    }
    return diffIds;
  }

  private Platform wanted() {
    return platform == null ? Platform.here() : platform;
  }

  private String noMatch() {
    return "no matching manifest for " + shown(wanted()) + " in the manifest list entries";
  }

  /** Docker writes arm64 with its variant here. */
  private static String shown(Platform platform) {
    boolean arm64 = platform.architecture().equals("arm64") && platform.variant() == null;
    return arm64 ? platform + "/v8" : platform.toString();
  }

  private Reference byDigest(Digest digest) {
    return reference.withDigest(digest.toString());
  }

  private void finish(Digest digest, String status) {
    tell(null, "Digest: " + digest);
    tell(null, status + reference.familiar());
  }

  private void tell(@Nullable String id, String text) {
    progress.onProgress(new Progress.Message(id, text));
  }
}
