package dev.flota.engine.volume;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One mount as it was asked for, checked; no volume has been made for it yet. */
sealed interface MountPlan {
  /** Absolute, without {@code .} and {@code ..}. */
  String destination();

  /** A directory or file of the host. */
  record Bind(String source, String destination, String mode, boolean writable, String propagation)
      implements MountPlan {}

  /**
   * A volume.
   *
   * @param name {@code null} for an anonymous one
   */
  record Volume(
      @Nullable String name,
      @Nullable String driver,
      Map<String, String> options,
      Map<String, String> labels,
      String destination,
      String mode,
      boolean writable)
      implements MountPlan {}

  /** Memory. */
  record Tmpfs(String destination, boolean writable) implements MountPlan {}
}
