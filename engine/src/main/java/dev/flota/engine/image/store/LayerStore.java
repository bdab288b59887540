package dev.flota.engine.image.store;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.layer.FileTree;
import dev.flota.engine.json.Json;
import dev.flota.engine.linux.DirectoryTree;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Unpacked layers: {@code sha256/CHAIN/diff} with {@code layer.json} beside it.
 *
 * <p>A layer becomes visible by the renaming of its directory. The kernel may write its files to
 * disk later: {@link #sync} does so and then leaves the mark {@code synced}. After the machine
 * itself stopped, a layer without the mark is not to be trusted ({@link #isTrusted}).
 */
public final class LayerStore {
  private static final Logger LOG = LoggerFactory.getLogger(LayerStore.class);

  private static final String DIFF = "diff";
  private static final String RECORD = "layer.json";
  private static final String SYNCED = "synced";

  private final Path layers;
  private final Path temporary;
  private final String bootId;
  private final Map<Digest, Layer> cache = new ConcurrentHashMap<>();

  /** Layers under {@code root}. */
  LayerStore(Path root, String bootId) {
    this.layers = root.resolve("sha256");
    this.temporary = root.resolve("tmp");
    this.bootId = bootId;
  }

  void makeDirectories() throws IOException {
    Files.createDirectories(layers);
    Files.createDirectories(temporary);
  }

  /** A layer, if it is here and its record can be read. */
  public @Nullable Layer find(Digest chainId) {
    Layer known = cache.get(chainId);
    if (known != null) {
      return known;
    }
    Path record = directory(chainId).resolve(RECORD);
    if (!Files.exists(record)) {
      return null;
    }
    try {
      Layer layer = Json.PLAIN.readValue(Files.readAllBytes(record), Layer.class);
      cache.put(chainId, layer);
      return layer;
    } catch (IOException e) {
      LOG.warn("{} cannot be read", record, e);
      return null;
    }
  }

  /** A layer with that archive, above whatever others. */
  public @Nullable Layer withDiffId(Digest diffId) throws IOException {
    for (Digest chainId : all()) {
      Layer layer = find(chainId);
      if (layer != null && layer.diffId().equals(diffId.toString())) {
        return layer;
      }
    }
    return null;
  }

  /** The files of a layer. */
  public Path files(Digest chainId) {
    return directory(chainId).resolve(DIFF);
  }

  /** A new place to unpack into: the files go to {@code diff} in it. */
  public Path draft() throws IOException {
    Path draft = Files.createTempDirectory(temporary, "layer");
    Files.createDirectory(draft.resolve(DIFF));
    FileTree.makeReadableToAll(draft.resolve(DIFF));
    return draft;
  }

  /** Where the files of a draft go. */
  public Path filesOf(Path draft) {
    return draft.resolve(DIFF);
  }

  /** Makes a draft a layer: {@code layer} with this boot's id put in. */
  public Layer adopt(Path draft, Layer unmarked) throws IOException {
    Layer layer = unmarked.unpackedIn(bootId);
    Digest chainId = Digest.parse(layer.chainId());
    Files.write(draft.resolve(RECORD), Json.PLAIN.writeValueAsBytes(layer));
    Files.move(draft, directory(chainId), StandardCopyOption.ATOMIC_MOVE);
    cache.put(chainId, layer);
    return layer;
  }

  /** Deletes a draft that is not wanted any more. */
  public void discard(Path draft) throws IOException {
    DirectoryTree.delete(draft);
  }

  /** Takes a layer away at once; the directory returned is to be discarded. */
  Path withdraw(Digest chainId) throws IOException {
    cache.remove(chainId);
    Path grave = Files.createTempDirectory(temporary, "old");
    Files.move(directory(chainId), grave.resolve("layer"), StandardCopyOption.ATOMIC_MOVE);
    return grave;
  }

  /** Writes to disk what the kernel still holds of all layers, and marks them. */
  void sync() throws IOException {
    List<Digest> unmarked = all().stream().filter(each -> !isMarked(each)).toList();
    if (unmarked.isEmpty()) {
      return;
    }
    FileTree.syncFileSystem(layers);
    for (Digest chainId : unmarked) {
      mark(chainId);
    }
  }

  private void mark(Digest chainId) throws IOException {
    Path directory = directory(chainId);
    if (Files.exists(directory)) {
      Files.write(directory.resolve(SYNCED), new byte[0]);
    }
  }

  private boolean isMarked(Digest chainId) {
    return Files.exists(directory(chainId).resolve(SYNCED));
  }

  /** Whether a layer's files are on disk, or in the memory of a kernel that has not stopped. */
  boolean isTrusted(Digest chainId) {
    Layer layer = find(chainId);
    return layer != null && (isMarked(chainId) || layer.bootId().equals(bootId));
  }

  List<Digest> all() throws IOException {
    List<Digest> chainIds = new ArrayList<>();
    try (DirectoryStream<Path> directories = Files.newDirectoryStream(layers)) {
      for (Path each : directories) {
        chainIds.add(Digest.parse("sha256:" + each.getFileName()));
      }
    } catch (EngineException e) {
      throw new IOException("unexpected file among the layers in " + layers, e);
    }
    return chainIds;
  }

  /** Deletes all drafts. */
  void deleteDrafts() throws IOException {
    try (DirectoryStream<Path> drafts = Files.newDirectoryStream(temporary)) {
      for (Path draft : drafts) {
        DirectoryTree.delete(draft);
      }
    }
  }

  private Path directory(Digest chainId) {
    return layers.resolve(chainId.hex());
  }
}
