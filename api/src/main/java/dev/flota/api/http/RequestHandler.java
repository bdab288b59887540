package dev.flota.api.http;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import java.util.concurrent.CompletionStage;

/** Answers requests. */
@FunctionalInterface
public interface RequestHandler {
  /**
   * Answers one request, whose entity it must read or discard. The stage must not fail: a failure
   * ends the connection without an answer.
   */
  CompletionStage<HttpResponse> handle(HttpRequest request);
}
