package dev.flota.engine.volume;

import dev.flota.engine.EngineException;

/** {@code --volumes-from CONTAINER[:MODE]}. */
record VolumesFrom(String container, boolean writable) {
  static VolumesFrom parse(String text) {
    if (text.isEmpty()) {
      throw EngineException.invalid("volumes-from specification cannot be an empty string");
    }
    int colon = text.indexOf(':');
    if (colon < 0) {
      return new VolumesFrom(text, true);
    }
    String mode = text.substring(colon + 1);
    MountMode parsed =
        MountMode.parse(mode)
            .filter(one -> one.propagation().isEmpty() && !one.noCopy())
            .orElseThrow(() -> EngineException.invalid("invalid mode: " + mode));
    return new VolumesFrom(text.substring(0, colon), parsed.writable());
  }
}
