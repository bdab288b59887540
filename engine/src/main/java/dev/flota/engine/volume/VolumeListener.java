package dev.flota.engine.volume;

/**
 * Who is told when a volume comes or goes, for whatever reason. Called while no other volume can
 * come or go: must return soon and must not call {@link Volumes}.
 */
public interface VolumeListener {
  /** A volume was made; it is empty. */
  void created(VolumeInfo volume);

  /** A volume is gone with all its files. */
  void removed(VolumeInfo volume);
}
