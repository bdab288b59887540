package dev.flota.engine.image.pull;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.ProgressListener;
import dev.flota.engine.image.layer.DiskTrouble;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.registry.BlobDigestException;
import dev.flota.engine.image.registry.BlobDownload;
import dev.flota.engine.image.registry.RegistryClient;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Brings one layer: downloads, hashes, decompresses, hashes again and unpacks, all at the same
 * time. The download runs in the caller's thread, the rest in one of {@code unpackers}.
 *
 * @param blob what the manifest says of the compressed layer
 */
record LayerPull(
    ImageStore store,
    RegistryClient client,
    ExecutorService unpackers,
    Descriptor blob,
    Digest chainId,
    Digest diffId)
    implements LayerTransfers.Work {

  private static final long GLANCE_MILLIS = 100;

  /** In bytes; as often as moby. */
  private static final long TELL_EVERY = 512 * 1024;

  @Override
  public Layer run(ProgressListener progress) throws IOException {
    Digest digest = Digest.parse(blob.digest());
    if (store.blobs().has(digest)) {
      return unpackAgain(digest, progress);
    }
    try {
      return fetch(digest, progress);
    } catch (BlobDigestException e) {
      if (!e.wasResumed()) {
        throw e;
      }
      return fetch(digest, progress);
    }
  }

  /** The blob is here already, from an image that has it above other layers. */
  private Layer unpackAgain(Digest digest, ProgressListener progress) throws IOException {
    progress.onProgress(status("Extracting"));
    Path draft = store.layers().draft();
    try {
      Path file = store.blobs().path(digest);
      LayerUnpacking unpacking = unpack(new FileInputStream(file.toFile()), draft);
      Layer layer = adopt(draft, unpacking);
      progress.onProgress(status("Pull complete"));
      return layer;
    } catch (IOException e) {
      throw asLayerException(e);
    } finally {
      store.layers().discard(draft);
    }
  }

  private Layer fetch(Digest digest, ProgressListener progress) throws IOException {
    Path blobDraft = store.blobs().draft();
    Path layerDraft = store.layers().draft();
    try (GrowingFile file = new GrowingFile(blobDraft)) {
      Future<LayerUnpacking> unpacking = unpackers.submit(() -> unpack(file.reader(), layerDraft));
      download(digest, file, unpacking, progress);
      LayerUnpacking unpacked = await(unpacking, file, progress);
      verify(unpacked);
      store.blobs().adopt(blobDraft, digest);
      Layer layer = adopt(layerDraft, unpacked);
      progress.onProgress(status("Pull complete"));
      return layer;
    } finally {
      Files.deleteIfExists(blobDraft);
      store.layers().discard(layerDraft);
    }
  }

  private void download(
      Digest digest, GrowingFile file, Future<LayerUnpacking> unpacking, ProgressListener progress)
      throws IOException {
    boolean complete = false;
    try {
      client.download(digest, blob.size()).to(new FileSink(file, unpacking, progress));
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
    private final GrowingFile file;
    private final Future<LayerUnpacking> unpacking;
    private final ProgressListener progress;
    private long received;
    private long told;

    FileSink(GrowingFile file, Future<LayerUnpacking> unpacking, ProgressListener progress) {
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
      if (received - told >= TELL_EVERY || received == blob.size()) {
        told = received;
        progress.onProgress(bytes("Downloading", received));
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
      Future<LayerUnpacking> unpacking, GrowingFile file, ProgressListener progress)
      throws IOException {
    try {
      while (!hasEnded(unpacking)) {
        progress.onProgress(bytes("Extracting", file.read()));
      }
      LayerUnpacking unpacked = unpacking.get();
      progress.onProgress(bytes("Extracting", blob.size()));
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
    return LayerUnpacking.of(compressed, store.layers().filesOf(draft));
  }

  private Layer adopt(Path draft, LayerUnpacking unpacked) throws IOException {
    verify(unpacked);
    return store
        .layers()
        .adopt(draft, Layer.of(chainId, diffId, blob, unpacked.archiveSize(), unpacked.size()));
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

  private Progress bytes(String status, long current) {
    return new Progress.LayerBytes(shortId(), status, current, blob.size());
  }

  /** What Docker shows as the layer's id. */
  String shortId() {
    return Digest.parse(blob.digest()).shortForm();
  }
}
