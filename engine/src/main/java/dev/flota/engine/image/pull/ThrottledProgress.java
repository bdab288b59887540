package dev.flota.engine.image.pull;

import dev.flota.engine.image.Progress;
import dev.flota.engine.image.ProgressListener;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Hands events on, one at a time, and of the counting ones of a layer at most one per interval; the
 * one that completes a count always.
 */
public final class ThrottledProgress implements ProgressListener {
  private static final Duration INTERVAL = Duration.ofMillis(100);

  private final ProgressListener listener;
  private final LongSupplier nanoClock;
  private final Map<String, Long> last = new HashMap<>();

  /** With the machine's clock. */
  public ThrottledProgress(ProgressListener listener) {
    this(listener, System::nanoTime);
  }

  ThrottledProgress(ProgressListener listener, LongSupplier nanoClock) {
    this.listener = listener;
    this.nanoClock = nanoClock;
  }

  @Override
  public synchronized void onProgress(Progress progress) {
    boolean wanted =
        switch (progress) {
          case Progress.LayerBytes bytes -> isDue(bytes);
          case Progress.LayerStatus status -> {
            last.remove(status.id());
            yield true;
          }
          case Progress.Message message -> true;
          case Progress.Stream stream -> true;
        };
    if (wanted) {
      listener.onProgress(progress);
    }
  }

  private boolean isDue(Progress.LayerBytes bytes) {
    long now = nanoClock.getAsLong();
    Long before = last.get(bytes.id());
    boolean complete = bytes.total() > 0 && bytes.current() >= bytes.total();
    if (before != null && !complete && now - before < INTERVAL.toNanos()) {
      return false;
    }
    last.put(bytes.id(), now);
    return true;
  }
}
