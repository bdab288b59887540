package dev.flota.engine.volume;

import java.util.Optional;

/** Decides on which host a name's volume is, where other hosts have a say. Its calls may block. */
public interface VolumeClaims {
  /** Of a host that is asked by nobody else. */
  VolumeClaims ALONE =
      new VolumeClaims() {
        @Override
        public Optional<Elsewhere> claim(VolumeInfo wanted) {
          return Optional.empty();
        }

        @Override
        public void giveUp(String name) {
          // nobody knew of it
        }

        @Override
        public boolean isElsewhere(String name) {
          return false;
        }
      };

  /** A volume of another host, and what that host is called. */
  record Elsewhere(VolumeInfo volume, String host) {}

  /** Claims the name for a volume that is to be made here; empty when it may be. */
  Optional<Elsewhere> claim(VolumeInfo wanted);

  /** The name is free again, if it was this host's. */
  void giveUp(String name);

  /** Whether the volume of that name is another host's. */
  boolean isElsewhere(String name);
}
