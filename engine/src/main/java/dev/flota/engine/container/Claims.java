package dev.flota.engine.container;

import dev.flota.engine.spec.ContainerRecord;

/**
 * Enters containers where all hosts of a fleet see what exists and whose it is. Calls block, and
 * fail with an {@link dev.flota.engine.EngineException} when the fleet refuses or cannot be asked.
 */
public interface Claims {
  /** Those of a host that is alone: its own index knows everything. */
  Claims ALONE =
      new Claims() {
        @Override
        public void enter(ContainerRecord record) {}

        @Override
        public void rename(String id, String name) {}

        @Override
        public void remove(String id) {}
      };

  /** A container that is being made, under its name; before its record is written. */
  void enter(ContainerRecord record);

  /** Another name. */
  void rename(String id, String name);

  /** It is gone; harmless when it was never entered. */
  void remove(String id);
}
