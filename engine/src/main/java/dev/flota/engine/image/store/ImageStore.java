package dev.flota.engine.image.store;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.ImageConfig;
import dev.flota.engine.image.layer.DiskTrouble;
import dev.flota.engine.json.Json;
import dev.flota.engine.linux.DirectoryTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Blobs, layers and the catalog of one host.
 *
 * <p>What is needed is found by reading the catalog, never counted: {@link #sweep} deletes whatever
 * no image and no open {@link Session} names. All changes to the catalog, and the sweep, exclude
 * each other.
 */
public final class ImageStore implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ImageStore.class);
  private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

  private final Path images;
  private final Path temporary;
  private final BlobStore blobs;
  private final LayerStore layers;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Digest, Integer> held = new HashMap<>();
  private final Map<String, ImageConfig> configs = new ConcurrentHashMap<>();
  private final ExecutorService background;
  private volatile Catalog catalog;

  /** The store under a state directory; made when missing. */
  public ImageStore(Path stateDir) {
    this.images = stateDir.resolve("images");
    this.temporary = images.resolve("tmp");
    this.blobs = new BlobStore(images.resolve("blobs"), temporary);
    try {
      this.layers = new LayerStore(stateDir.resolve("layers"), Files.readString(BOOT_ID).strip());
      Files.createDirectories(temporary);
      blobs.makeDirectories();
      layers.makeDirectories();
      this.catalog = readCatalog();
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    }
    this.background =
        new ThreadPoolExecutor(
            0,
            1,
            10,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().daemon().name("image-store-sync").factory());
  }

  /** Blobs by digest. */
  public BlobStore blobs() {
    return blobs;
  }

  /** Unpacked layers. */
  public LayerStore layers() {
    return layers;
  }

  /** Images and names as they stand. */
  public Catalog catalog() {
    return catalog;
  }

  /** An image's configuration. */
  public ImageConfig config(String id) {
    return configs.computeIfAbsent(id, this::readConfig);
  }

  /** Makes a file in which an archive can be kept for a while. */
  public Path draftDirectory() throws IOException {
    return Files.createTempDirectory(temporary, "archive");
  }

  /** Changes the catalog, to last. */
  public Catalog update(UnaryOperator<Catalog> change) {
    lock.lock();
    try {
      Catalog next = change.apply(catalog);
      if (!next.equals(catalog)) {
        AtomicFile.write(catalogFile(), Json.PLAIN.writeValueAsBytes(next), temporary);
        catalog = next;
      }
      return next;
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    } finally {
      lock.unlock();
    }
  }

  /** Does something while the catalog does not change; {@code work} must not take long. */
  public <T> T exclusively(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /** Keeps blobs and layers from being swept while somebody builds upon them. */
  public Session open() {
    return new Session();
  }

  /** See {@link ImageStore#open}. Closing sweeps what nobody needs. */
  public final class Session implements AutoCloseable {
    private final List<Digest> mine = new ArrayList<>();

    private Session() {}

    /** Keeps a blob or a layer, which need not be there yet. Hold first, look then. */
    public void hold(Digest digest) {
      lock.lock();
      try {
        held.merge(digest, 1, Integer::sum);
        mine.add(digest);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() {
      lock.lock();
      try {
        mine.forEach(each -> held.computeIfPresent(each, (key, count) -> lessOne(count)));
        mine.clear();
      } finally {
        lock.unlock();
      }
      sweep();
      background.execute(ImageStore.this::sync);
    }
  }

  private static @Nullable Integer lessOne(int count) {
    return count == 1 ? null : count - 1;
  }

  /** Whether an open session needs a layer. */
  public boolean isHeld(Digest digest) {
    lock.lock();
    try {
      return held.containsKey(digest);
    } finally {
      lock.unlock();
    }
  }

  /** Deletes the blobs and layers that nobody needs. */
  public void sweep() {
    List<Path> graves = new ArrayList<>();
    lock.lock();
    try {
      Set<Digest> needed = needed();
      for (Digest chainId : layers.all()) {
        if (!needed.contains(chainId)) {
          graves.add(layers.withdraw(chainId));
        }
      }
      for (Digest blob : blobs.all()) {
        if (!needed.contains(blob)) {
          blobs.delete(blob);
          configs.remove(blob.toString());
        }
      }
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    } finally {
      lock.unlock();
    }
    bury(graves);
  }

  private void bury(List<Path> graves) {
    for (Path grave : graves) {
      try {
        layers.discard(grave);
      } catch (IOException e) {
        LOG.warn("{} could not be deleted; the next start tries again", grave, e);
      }
    }
  }

  private Set<Digest> needed() {
    Set<Digest> needed = new HashSet<>(held.keySet());
    for (ImageRecord image : catalog.images().values()) {
      needed.add(Digest.parse(image.id()));
      add(needed, image.manifest());
      add(needed, image.index());
      for (String layer : image.layers()) {
        Digest chainId = Digest.parse(layer);
        needed.add(chainId);
        Layer known = layers.find(chainId);
        add(needed, known == null ? null : known.blob().digest());
      }
    }
    return needed;
  }

  private static void add(Set<Digest> needed, @Nullable String digest) {
    if (digest != null) {
      needed.add(Digest.parse(digest));
    }
  }

  /**
   * Deletes what an earlier process left half-made, and what a machine that stopped may have
   * damaged.
   *
   * @param repair makes a layer anew from its blob
   */
  public void recover(LayerRepair repair) {
    try {
      deleteDrafts();
      layers.deleteDrafts();
      for (Digest chainId : layers.all()) {
        if (!layers.isTrusted(chainId)) {
          recover(chainId, repair);
        }
      }
      dropIncomplete();
      sweep();
      layers.sync();
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    }
  }

  /** Makes a layer anew from its blob. */
  @FunctionalInterface
  public interface LayerRepair {
    /** Unpacks the blob again, verifying it. */
    void unpackAgain(Layer damaged) throws IOException;
  }

  private void recover(Digest chainId, LayerRepair repair) throws IOException {
    Layer layer = layers.find(chainId);
    layers.discard(layers.withdraw(chainId));
    if (layer == null || !catalog.layers().contains(chainId.toString())) {
      return;
    }
    LOG.warn("layer {} was not yet on disk when the machine stopped: unpacked again", chainId);
    try {
      repair.unpackAgain(layer);
    } catch (IOException | EngineException e) {
      LOG.warn("layer {} cannot be unpacked again", chainId, e);
    }
  }

  private void dropIncomplete() {
    for (ImageRecord image : catalog.images().values()) {
      boolean whole =
          blobs.has(Digest.parse(image.id()))
              && image.layers().stream().allMatch(each -> layers.find(Digest.parse(each)) != null);
      if (!whole) {
        LOG.warn("image {} is dropped: it is incomplete", image.id());
        update(current -> current.withoutImage(image.id()));
      }
    }
  }

  private void deleteDrafts() throws IOException {
    try (DirectoryStream<Path> drafts = Files.newDirectoryStream(temporary)) {
      for (Path draft : drafts) {
        DirectoryTree.delete(draft);
      }
    }
  }

  private void sync() {
    try {
      layers.sync();
    } catch (IOException e) {
      LOG.warn("layers could not be written to disk yet; the next pull tries again", e);
    }
  }

  private Path catalogFile() {
    return images.resolve("catalog.json");
  }

  private Catalog readCatalog() throws IOException {
    Path file = catalogFile();
    return Files.exists(file)
        ? Json.PLAIN.readValue(Files.readAllBytes(file), Catalog.class)
        : Catalog.EMPTY;
  }

  private ImageConfig readConfig(String id) {
    try {
      byte[] content = blobs.read(Digest.parse(id));
      return ConfigReader.read(content);
    } catch (IOException e) {
      throw EngineException.system("configuration of image " + id + " cannot be read", e);
    }
  }

  /** Returns when everything that was under way is on disk. */
  @Override
  public void close() {
    background.close();
  }
}
