package dev.flota.engine.image.pull;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.LayerStream;
import dev.flota.engine.image.manifest.Descriptor;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/** The layers that come to this host right now, for others to read while they come. */
public final class Arrivals {
  private final ConcurrentMap<Digest, Arrival> running = new ConcurrentHashMap<>();

  /** From now on this host counts as one that brings the layer; to be closed when it has ended. */
  Arrival begin(Digest diffId) {
    Arrival mine = new Arrival(diffId);
    Arrival other = running.putIfAbsent(diffId, mine);
    return other == null ? mine : new Arrival(diffId);
  }

  /**
   * What has come of a layer so far, and then the rest of it as it comes.
   *
   * @param patience how long to wait for its beginning
   * @return empty when the layer is not on its way, or is here by now
   */
  public Optional<LayerStream> open(Digest diffId, Duration patience) throws IOException {
    Arrival arrival = running.get(diffId);
    Coming coming = arrival == null ? null : arrival.await(patience);
    if (coming == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(new LayerStream("", coming.blob(), coming.file().reader()));
    } catch (FileNotFoundException e) {
      return Optional.empty(); // it has just become a blob
    }
  }

  private record Coming(Descriptor blob, GrowingFile file) {}

  /** One layer on its way, maybe by several attempts. */
  final class Arrival implements AutoCloseable {
    private final Digest diffId;
    private @Nullable Coming coming;
    private boolean over;

    private Arrival(Digest diffId) {
      this.diffId = diffId;
    }

    /** An attempt has begun. */
    synchronized void comes(Descriptor blob, GrowingFile file) {
      coming = new Coming(blob, file);
      notifyAll();
    }

    private synchronized @Nullable Coming await(Duration patience) throws InterruptedIOException {
      long until = System.nanoTime() + patience.toNanos();
      try {
        while (coming == null && !over) {
          long millis = (until - System.nanoTime()) / 1_000_000;
          if (millis <= 0) {
            return null;
          }
          wait(millis);
        }
      } catch (InterruptedException e) {
        throw Interruption.of(e);
      }
      return coming;
    }

    @Override
    public synchronized void close() {
      over = true;
      running.remove(diffId, this);
      notifyAll();
    }
  }
}
