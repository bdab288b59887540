package dev.flota.cluster;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.RecipientRef;
import akka.actor.typed.javadsl.AskPattern;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/** Questions to actors; an answer that does not come is a refusal in words for the user. */
final class Ask {
  /** How long an actor may take. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  /** Near the longest delay that Akka's scheduler knows. */
  static final Duration FOREVER = Duration.ofDays(200);

  private Ask() {}

  /**
   * Asks; without an answer in time the stage fails by an {@link EngineException}, UNAVAILABLE.
   *
   * @param patience at most {@link #FOREVER}
   */
  static <C, T> CompletionStage<T> of(
      ActorSystem<?> system,
      RecipientRef<C> actor,
      Function<ActorRef<T>, C> message,
      Duration patience) {
    CompletableFuture<T> answer =
        AskPattern.<C, T>ask(actor, message::apply, patience, system.scheduler())
            .toCompletableFuture();
    // With the actors ends the clock that would end the waiting.
    return CompletableFuture.anyOf(answer, system.getWhenTerminated().toCompletableFuture())
        .thenApply(
            first -> {
              if (!answer.isDone()) {
                throw new EngineException(
                    ErrorKind.UNAVAILABLE,
                    "the engine's actors have ended and others take their place: try again");
              }
              return answer.join();
            })
        .exceptionally(
            failure -> {
              throw inPlainWords(failure);
            });
  }

  /**
   * How long a stop may take.
   *
   * @param seconds until the container is killed; negative is never
   */
  static Duration patience(int seconds) {
    if (seconds < 0) {
      return FOREVER;
    }
    Duration wanted = PATIENCE.plusSeconds(seconds);
    return wanted.compareTo(FOREVER) < 0 ? wanted : FOREVER;
  }

  /** Akka's own text is an actor's path, which means nothing to the user. */
  private static RuntimeException inPlainWords(Throwable failure) {
    Throwable cause = cause(failure);
    if (cause instanceof TimeoutException) {
      return new EngineException(
          ErrorKind.UNAVAILABLE,
          "the engine has not answered: it is busy with this object, or the object is gone; look"
              + " at its state and try again",
          cause);
    }
    return cause instanceof RuntimeException known ? known : new CompletionException(cause);
  }

  private static Throwable cause(Throwable failure) {
    Throwable inner = failure.getCause();
    return failure instanceof CompletionException && inner != null ? inner : failure;
  }
}
