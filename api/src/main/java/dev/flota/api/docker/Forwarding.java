package dev.flota.api.docker;

import akka.http.javadsl.model.HttpResponse;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** Decides which calls another host answers. */
@FunctionalInterface
public interface Forwarding {
  /** Every call is answered here. */
  Forwarding NONE = (call, route) -> Optional.empty();

  /**
   * The other host's answer, empty when this host answers.
   *
   * @throws dev.flota.engine.EngineException when only another host could answer, and cannot now
   */
  Optional<CompletionStage<HttpResponse>> forward(Call call, Route route);
}
