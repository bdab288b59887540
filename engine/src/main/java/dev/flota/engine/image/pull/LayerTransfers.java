package dev.flota.engine.image.pull;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.ProgressListener;
import dev.flota.engine.image.store.Layer;
import dev.flota.engine.image.store.LayerStore;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The layers that are on their way right now. Who needs a layer that somebody else is bringing
 * waits for it and hears its progress; when the other one fails, it tries itself.
 */
public final class LayerTransfers {
  private static final Logger LOG = LoggerFactory.getLogger(LayerTransfers.class);

  private final LayerStore layers;
  private final ConcurrentMap<Digest, Transfer> running = new ConcurrentHashMap<>();

  /** Transfers into {@code layers}. */
  public LayerTransfers(LayerStore layers) {
    this.layers = layers;
  }

  /** Brings one layer. */
  @FunctionalInterface
  public interface Work {
    /** Does so, telling its progress. */
    Layer run(ProgressListener progress) throws IOException;
  }

  private static final class Transfer implements ProgressListener {
    private final CountDownLatch done = new CountDownLatch(1);
    private final ProgressListener owner;
    private final List<ProgressListener> others = new CopyOnWriteArrayList<>();

    Transfer(ProgressListener owner) {
      this.owner = owner;
    }

    @Override
    public void onProgress(Progress progress) {
      owner.onProgress(progress);
      others.forEach(each -> tell(each, progress));
    }

    /** One who only waits and does not want to hear any more does not end the transfer. */
    private void tell(ProgressListener other, Progress progress) {
      try {
        other.onProgress(progress);
      } catch (RuntimeException e) {
        LOG.debug("a listener left", e);
        others.remove(other);
      }
    }
  }

  /** The layer {@code chainId}, by {@code work} if it is not here yet. */
  public Layer obtain(Digest chainId, ProgressListener progress, Work work) throws IOException {
    while (true) {
      Layer present = layers.find(chainId);
      if (present != null) {
        return present;
      }
      Transfer mine = new Transfer(progress);
      Transfer other = running.putIfAbsent(chainId, mine);
      if (other != null) {
        await(other, progress);
      } else {
        return run(chainId, mine, work);
      }
    }
  }

  private Layer run(Digest chainId, Transfer mine, Work work) throws IOException {
    try {
      @Nullable Layer present = layers.find(chainId);
      return present == null ? work.run(mine) : present;
    } finally {
      running.remove(chainId, mine);
      mine.done.countDown();
    }
  }

  private static void await(Transfer other, ProgressListener progress) throws IOException {
    other.others.add(progress);
    try {
      other.done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (InterruptedIOException) new InterruptedIOException("context canceled").initCause(e);
    } finally {
      other.others.remove(progress);
    }
  }
}
