package dev.flota.engine.container;

import dev.flota.engine.spec.ContainerRecord;

/**
 * Enters containers where all hosts of a fleet see what exists and whose it is. Calls block, and
 * fail with an {@link dev.flota.engine.EngineException} when the fleet refuses or cannot be asked.
 *
 * <p>Those of a host that is alone need to do nothing: its own index knows everything.
 */
public interface Claims {
  /** Those of a host that is alone. */
  Claims ALONE = new Claims() {};

  /**
   * A container that is being made, under its name; before its record is written.
   *
   * @return the record to be written
   */
  default ContainerRecord enter(ContainerRecord record) {
    return record;
  }

  /** Another name. */
  default void rename(String id, String name) {}

  /** It is gone; harmless when it was never entered. */
  default void remove(String id) {}

  /** To be asked before each launch; fails while another host may run the container. */
  default void permit(ContainerRecord record) {}

  /**
   * To be asked before what cannot be done without the other hosts, so that nothing is begun in
   * vain.
   */
  default void ready() {}

  /** What is wanted of a container that others may take over has changed. */
  default void note(ContainerRecord record) {}
}
