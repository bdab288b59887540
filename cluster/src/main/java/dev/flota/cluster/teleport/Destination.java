package dev.flota.cluster.teleport;

import dev.flota.engine.runtime.PageTransport;
import dev.flota.engine.runtime.Round;
import dev.flota.engine.spec.RunState;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The host that a container is moved to, as the one that has it speaks to it: {@link Arrivals} on
 * the other side. Calls block and fail with an {@link dev.flota.engine.EngineException}.
 */
public interface Destination {
  /** Its name, for people. */
  String name();

  /** Its id. */
  String hostId();

  /** What it has against taking a container, for people; empty when it would take it. */
  List<String> obstacles(Offer offer);

  /**
   * Has it get the image, which it keeps whatever becomes of the move.
   *
   * @param within so long
   */
  void supply(Offer offer, Duration within);

  /** Has everything made ready that can be while the container runs. */
  void prepare(Offer offer);

  /**
   * Sends files, or what of them has changed.
   *
   * @param part of the container's files: {@link dev.flota.engine.container.Relocation#parts}
   */
  void sendFiles(String containerId, String part, Consumer<OutputStream> writer);

  /** Has it made ready for the memory of its processes; tells where that is to be sent. */
  PageTransport.Place openPages(String containerId, Round round);

  /** Why the memory could not be taken in, for people; empty when nothing is known against it. */
  String pagesProblem(String containerId);

  /** Sends the images of its processes. */
  void sendImages(String containerId, Consumer<OutputStream> writer);

  /**
   * Lets it go on there, or rest if that is its state, at an epoch that the ledger has decided.
   * When this fails the ledger tells whose it is.
   *
   * @param memory where memory is to be had that was not sent
   */
  void restore(
      String containerId, long epoch, RunState state, PageTransport.@Nullable Place memory);

  /** Gives up before the ledger was asked; harmless when there is nothing to give up. */
  void cancel(String containerId);
}
