package dev.flota.engine.image.pull;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.LayerStream;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.ProgressListener;
import dev.flota.engine.image.layer.DiskTrouble;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.registry.BlobDigestException;
import dev.flota.engine.image.registry.BlobDownload;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one layer, from another host if one has it and else from where the image comes from:
 * downloads, hashes, decompresses, hashes again and unpacks, all at the same time. The download
 * runs in the caller's thread, the rest in one of {@code unpackers}.
 *
 * @param blob what the manifest says of the compressed layer
 */
record LayerPull(
    LayerSet.Surroundings surroundings,
    LayerSet.Origin origin,
    ImageStore.Session session,
    ExecutorService unpackers,
    Descriptor blob,
    Digest chainId,
    Digest diffId)
    implements LayerTransfers.Work {
  private static final Logger LOG = LoggerFactory.getLogger(LayerPull.class);

  private static final long GLANCE_MILLIS = 100;

  /** In bytes; as often as moby. */
  private static final long TELL_EVERY = 512 * 1024;

  @Override
  public Layer run(ProgressListener progress) throws IOException {
    Digest digest = Digest.parse(blob.digest());
    if (store().blobs().has(digest)) {
      return unpackAgain(digest, progress);
    }
    try (Arrivals.Arrival arrival = surroundings.arrivals().begin(diffId)) {
      Layer layer = fromAnotherHost(arrival, progress);
      return layer == null ? fromOrigin(arrival, progress) : layer;
    }
  }

  private ImageStore store() {
    return surroundings.store();
  }

  /**
   * The layer by way of those who have it, null when there is nobody (left). What is wrong with one
   * of them never fails a pull.
   */
  private @Nullable Layer fromAnotherHost(Arrivals.Arrival arrival, ProgressListener progress)
      throws IOException {
    Set<String> failed = new HashSet<>();
    while (true) {
      Optional<LayerStream> offered = surroundings.source().open(diffId, Set.copyOf(failed));
      if (offered.isEmpty()) {
        return null;
      }
      try (LayerStream stream = offered.get()) {
        session.hold(Digest.parse(stream.blob().digest()));
        return fetch(stream.blob(), new StreamCarrier(stream), arrival, progress);
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException | EngineException e) {
        LOG.warn("layer {} did not come from {}: {}", diffId, offered.get().origin(), e.toString());
        failed.add(offered.get().origin());
      }
    }
  }

  private Layer fromOrigin(Arrivals.Arrival arrival, ProgressListener progress) throws IOException {
    try {
      return fetch(blob, origin.blob(blob), arrival, progress);
    } catch (BlobDigestException e) {
      if (!e.wasResumed()) {
        throw e;
      }
      return fetch(blob, origin.blob(blob), arrival, progress);
    }
  }

  /** The blob is here already, from an image that has it above other layers. */
  private Layer unpackAgain(Digest digest, ProgressListener progress) throws IOException {
    progress.onProgress(status("Extracting"));
    Path draft = store().layers().draft();
    try {
      Path file = store().blobs().path(digest);
      LayerUnpacking unpacking = unpack(new FileInputStream(file.toFile()), draft);
      Layer layer = adopt(draft, blob, unpacking);
      progress.onProgress(status("Pull complete"));
      return layer;
    } catch (IOException e) {
      throw asLayerException(e);
    } finally {
      store().layers().discard(draft);
    }
  }

  private Layer fetch(
      Descriptor coming, Carrier carrier, Arrivals.Arrival arrival, ProgressListener progress)
      throws IOException {
    Path blobDraft = store().blobs().draft();
    Path layerDraft = store().layers().draft();
    try (GrowingFile file = new GrowingFile(blobDraft)) {
      arrival.comes(coming, file);
      Future<LayerUnpacking> unpacking = unpackers.submit(() -> unpack(file.reader(), layerDraft));
      download(coming, carrier, file, unpacking, progress);
      LayerUnpacking unpacked = await(coming, unpacking, file, progress);
      verify(unpacked);
      store().blobs().adopt(blobDraft, Digest.parse(coming.digest()));
      Layer layer = adopt(layerDraft, coming, unpacked);
      progress.onProgress(status("Pull complete"));
      return layer;
    } finally {
      Files.deleteIfExists(blobDraft);
      store().layers().discard(layerDraft);
    }
  }

  private void download(
      Descriptor coming,
      Carrier carrier,
      GrowingFile file,
      Future<LayerUnpacking> unpacking,
      ProgressListener progress)
      throws IOException {
    boolean complete = false;
    try {
      carrier.to(new FileSink(coming.size(), file, unpacking, progress));
      progress.onProgress(status("Verifying Checksum"));
      file.complete();
      progress.onProgress(status("Download complete"));
      complete = true;
    } finally {
      if (!complete) {
        file.fail();
        awaitEnd(unpacking);
      }
    }
  }

  private final class FileSink implements BlobDownload.Sink {
    private final long size;
    private final GrowingFile file;
    private final Future<LayerUnpacking> unpacking;
    private final ProgressListener progress;
    private long received;
    private long told;

    FileSink(
        long size, GrowingFile file, Future<LayerUnpacking> unpacking, ProgressListener progress) {
      this.size = size;
      this.file = file;
      this.unpacking = unpacking;
      this.progress = progress;
    }

    @Override
    public void accept(byte[] buffer, int count) throws IOException {
      if (unpacking.state() == Future.State.FAILED) {
        throw asLayerException(unpacking.exceptionNow());
      }
      try {
        file.write(buffer, count);
      } catch (IOException e) {
        throw new LayerException("write " + file + ": " + DiskTrouble.text(e), e);
      }
      received += count;
      if (received - told >= TELL_EVERY || received == size) {
        told = received;
        progress.onProgress(bytes("Downloading", received, size));
      }
    }

    @Override
    public void retrying(Duration pause) {
      long seconds = Math.max(1, pause.toSeconds());
      String unit = seconds == 1 ? " second" : " seconds";
      progress.onProgress(status("Retrying in " + seconds + unit));
    }
  }

  /** Waits for the unpacking, telling how far it is. */
  private LayerUnpacking await(
      Descriptor coming,
      Future<LayerUnpacking> unpacking,
      GrowingFile file,
      ProgressListener progress)
      throws IOException {
    try {
      while (!hasEnded(unpacking)) {
        progress.onProgress(bytes("Extracting", file.read(), coming.size()));
      }
      LayerUnpacking unpacked = unpacking.get();
      progress.onProgress(bytes("Extracting", coming.size(), coming.size()));
      return unpacked;
    } catch (ExecutionException e) {
      throw asLayerException(e.getCause() == null ? e : e.getCause());
    } catch (InterruptedException e) {
      file.fail();
      awaitEnd(unpacking);
      throw Interruption.of(e);
    }
  }

  /** Waits for a glance's time. */
  private static boolean hasEnded(Future<LayerUnpacking> unpacking)
      throws InterruptedException, ExecutionException {
    try {
      unpacking.get(GLANCE_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  /** The draft is deleted next, so the unpacking must have ended, come what may. */
  private static void awaitEnd(Future<LayerUnpacking> unpacking) {
    boolean interrupted = false;
    while (!unpacking.isDone()) {
      try {
        unpacking.get();
      } catch (ExecutionException e) {
        break; // why the download ended is what counts
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private LayerUnpacking unpack(InputStream compressed, Path draft) throws IOException {
    return LayerUnpacking.of(compressed, store().layers().filesOf(draft));
  }

  private Layer adopt(Path draft, Descriptor kept, LayerUnpacking unpacked) throws IOException {
    verify(unpacked);
    return store()
        .layers()
        .adopt(draft, Layer.of(chainId, diffId, kept, unpacked.archiveSize(), unpacked.size()));
  }

  private void verify(LayerUnpacking unpacked) throws LayerException {
    if (!unpacked.diffId().equals(diffId)) {
      throw new LayerException(
          "failed to register layer: layers from manifest don't match image configuration");
    }
  }

  private static IOException asLayerException(Throwable failure) {
    if (failure instanceof LayerException known) {
      return known;
    }
    return new LayerException("failed to register layer: " + DiskTrouble.text(failure), failure);
  }

  private Progress status(String status) {
    return new Progress.LayerStatus(shortId(), status);
  }

  private Progress bytes(String status, long current, long total) {
    return new Progress.LayerBytes(shortId(), status, current, total);
  }

  /** What Docker shows as the layer's id. */
  String shortId() {
    return Digest.parse(blob.digest()).shortForm();
  }
}
