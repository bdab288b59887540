package dev.flota.api.daemon;

import akka.Done;
import akka.actor.Cancellable;
import akka.actor.CoordinatedShutdown;
import akka.actor.typed.ActorSystem;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An ActorSystem that is replaced by another one of its kind when it ends by itself, as it does
 * when its guardian fails or, in a cluster, when the others have given this host up.
 */
final class LastingActors<T> implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LastingActors.class);

  private static final long PAUSE_MILLIS = 200;
  private static final long LEAVING_SECONDS = 20;
  private static final long CUT_LOOSE_MILLIS = 2_000;

  private final Supplier<ActorSystem<T>> maker;
  private final Consumer<ActorSystem<T>> newcomer;
  private final Runnable cutLoose;
  private @Nullable ActorSystem<T> current;
  private boolean closed;

  /**
   * Makes the first one.
   *
   * @param newcomer told of each one that is made, before anybody else has it
   * @param cutLoose ends what may keep one from ending; done again until it has
   */
  LastingActors(
      Supplier<ActorSystem<T>> maker, Consumer<ActorSystem<T>> newcomer, Runnable cutLoose) {
    this.cutLoose = cutLoose;
    this.maker = maker;
    this.newcomer = newcomer;
    next();
  }

  private synchronized void next() {
    if (closed) {
      return;
    }
    ActorSystem<T> made = maker.get();
    current = made;
    newcomer.accept(made);
    Cancellable hook = holdTheTransport(made);
    CoordinatedShutdown.get(made)
        .addTask(
            CoordinatedShutdown.PhaseActorSystemTerminate(),
            "cut-loose",
            () -> {
              cutLooseLater(made);
              return CompletableFuture.completedFuture(Done.getInstance());
            });
    made.getWhenTerminated()
        .whenComplete(
            (done, failure) -> {
              hook.cancel();
              ended();
            });
  }

  /**
   * Artery ends with the JVM's shutdown unless a hook of Akka's keeps it from that: a host that
   * leaves would fall silent before the others have heard that it does.
   */
  private static Cancellable holdTheTransport(ActorSystem<?> system) {
    return CoordinatedShutdown.get(system)
        .addCancellableJvmShutdownHook(
            () ->
                system
                    .getWhenTerminated()
                    .toCompletableFuture()
                    .completeOnTimeout(Done.getInstance(), LEAVING_SECONDS, TimeUnit.SECONDS)
                    .join());
  }

  /**
   * A connection of Artery to a host that does not answer can keep all of it from its end for as
   * long as the connection lasts.
   */
  private void cutLooseLater(ActorSystem<T> system) {
    CompletableFuture.delayedExecutor(CUT_LOOSE_MILLIS, TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              if (!system.getWhenTerminated().toCompletableFuture().isDone()) {
                cutLoose.run();
                cutLooseLater(system);
              }
            });
  }

  /** Not in a thread of the one that has ended, and not as fast as one could fail. */
  private synchronized void ended() {
    if (!closed) {
      LOG.error("the actors have ended; others take their place");
      CompletableFuture.delayedExecutor(PAUSE_MILLIS, TimeUnit.MILLISECONDS).execute(this::next);
    }
  }

  /** Ends the one that is there, for good. */
  @Override
  public void close() {
    ActorSystem<T> last;
    synchronized (this) {
      closed = true;
      last = current;
    }
    if (last != null) {
      last.terminate();
      last.getWhenTerminated().toCompletableFuture().join();
    }
  }
}
