package dev.flota.engine.image.pull;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.LayerSource;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.ProgressListener;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** All layers of one image, several at a time. The first failure ends all others. */
public final class LayerSet {
  private final Surroundings surroundings;
  private final ImageStore store;
  private final ProgressListener progress;
  private final int downloads;

  LayerSet(Surroundings surroundings, ProgressListener progress, int downloads) {
    this.surroundings = surroundings;
    this.store = surroundings.store();
    this.progress = progress;
    this.downloads = downloads;
  }

  /**
   * What all pulls of a host share.
   *
   * @param transfers the layers on their way, so that none is brought twice
   * @param source asked for layers before the origin of an image
   * @param arrivals what others may read while it comes
   */
  public record Surroundings(
      ImageStore store, LayerTransfers transfers, LayerSource source, Arrivals arrivals) {}

  /** Where an image's layers can be had when no other host has them. */
  @FunctionalInterface
  interface Origin {
    Carrier blob(Descriptor blob) throws IOException;
  }

  List<Layer> obtain(
      Origin origin,
      ImageStore.Session session,
      List<Descriptor> blobs,
      List<Digest> chain,
      List<Digest> diffIds)
      throws IOException {
    try (ExecutorService unpackers = pool("unpack-", Runtime.getRuntime().availableProcessors());
        ExecutorService downloaders = pool("pull-", downloads)) {
      List<LayerPull> pulls = new ArrayList<>();
      for (int i = 0; i < blobs.size(); i++) {
        session.hold(chain.get(i));
        session.hold(Digest.parse(blobs.get(i).digest()));
        pulls.add(
            new LayerPull(
                surroundings,
                origin,
                session,
                unpackers,
                blobs.get(i),
                chain.get(i),
                diffIds.get(i)));
      }
      return run(announce(pulls), pulls, downloaders);
    }
  }

  /** Says of every layer what will be done; answers those that are not here. */
  private List<LayerPull> announce(List<LayerPull> pulls) {
    List<LayerPull> missing = new ArrayList<>();
    for (LayerPull each : pulls) {
      boolean present = store.layers().find(each.chainId()) != null;
      tell(each, present ? "Already exists" : "Pulling fs layer");
      if (!present) {
        missing.add(each);
      }
    }
    missing.stream().skip(downloads).forEach(each -> tell(each, "Waiting"));
    return missing;
  }

  private List<Layer> run(List<LayerPull> missing, List<LayerPull> all, ExecutorService downloaders)
      throws IOException {
    CompletionService<Layer> completion = new ExecutorCompletionService<>(downloaders);
    for (LayerPull each : missing) {
      completion.submit(() -> surroundings.transfers().obtain(each.chainId(), progress, each));
    }
    try {
      for (int i = 0; i < missing.size(); i++) {
        Future<Layer> done = completion.take();
        done.get();
      }
    } catch (InterruptedException e) {
      downloaders.shutdownNow();
      throw Interruption.of(e);
    } catch (ExecutionException e) {
      downloaders.shutdownNow();
      throw asIoException(e);
    }
    return layers(all);
  }

  private List<Layer> layers(List<LayerPull> all) throws LayerException {
    List<Layer> layers = new ArrayList<>();
    for (LayerPull each : all) {
      Layer layer = store.layers().find(each.chainId());
      if (layer == null) {
        throw new LayerException("failed to register layer: " + each.chainId() + " is missing");
      }
      layers.add(layer);
    }
    return layers;
  }

  private static IOException asIoException(ExecutionException failure) {
    return switch (failure.getCause()) {
      case IOException e -> e;
      case RuntimeException e -> throw e;
      case null -> new IOException(failure);
      case Throwable e -> new IOException(e);
    };
  }

  private void tell(LayerPull layer, String status) {
    progress.onProgress(new Progress.LayerStatus(layer.shortId(), status));
  }

  private static ExecutorService pool(String name, int threads) {
    return Executors.newFixedThreadPool(
        threads, Thread.ofPlatform().daemon().name(name, 0).factory());
  }
}
