package dev.flota.engine.image;

/**
 * Hears how a pull or a load gets on. Events come from several threads, but never two at a time.
 */
@FunctionalInterface
public interface ProgressListener {
  /** A listener that does not care. */
  ProgressListener NONE = progress -> {};

  /** One event. An exception thrown here ends the pull. */
  void onProgress(Progress progress);
}
