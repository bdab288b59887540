package dev.flota.cluster.teleport;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
import java.io.OutputStream;
import java.util.function.Consumer;

/**
 * The host that a container is moved to, as the one that has it speaks to it: {@link Arrivals} on
 * the other side. Calls block and fail with an {@link dev.flota.engine.EngineException}.
 */
public interface Destination {
  /** Its name, for people. */
  String name();

  /** Its id. */
  String hostId();

  /** Has everything made ready that can be while the container runs. */
  void prepare(ContainerRecord record);

  /** Sends files, or what of them has changed. */
  void sendFiles(String containerId, Consumer<OutputStream> writer);

  /** Sends the images of its processes. */
  void sendImages(String containerId, Consumer<OutputStream> writer);

  /**
   * Lets it go on there, at an epoch that the ledger has decided. When this fails the ledger tells
   * whose it is.
   */
  void restore(String containerId, long epoch, RunState state);

  /** Gives up before the ledger was asked; harmless when there is nothing to give up. */
  void cancel(String containerId);
}
