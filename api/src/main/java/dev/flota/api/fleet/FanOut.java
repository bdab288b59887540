package dev.flota.api.fleet;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** One call that several hosts carry out, one after the other, and whose answers become one. */
final class FanOut {
  /** What becomes of lists. */
  enum Lists {
    /** All that any host has answered, each once. */
    UNION,
    /** One after the other. */
    ALL
  }

  private static final long BODY_WITHIN_MILLIS = 60_000;

  private FanOut() {}

  /**
   * All answers as one: lists are joined, numbers are added. Where a host refuses, its refusal is
   * the answer, and the hosts after it are not asked.
   */
  static CompletionStage<HttpResponse> of(
      Lists lists, List<Supplier<CompletionStage<HttpResponse>>> calls, Materializer materializer) {
    return next(lists, calls, 0, new ArrayList<>(), materializer);
  }

  private static CompletionStage<HttpResponse> next(
      Lists lists,
      List<Supplier<CompletionStage<HttpResponse>>> calls,
      int index,
      List<JsonNode> answers,
      Materializer materializer) {
    if (index == calls.size()) {
      return CompletableFuture.completedFuture(joined(lists, answers));
    }
    return calls
        .get(index)
        .get()
        .thenCompose(
            response ->
                response.status().isFailure()
                    ? CompletableFuture.completedFuture(response)
                    : read(response, materializer)
                        .thenCompose(
                            answer -> {
                              answers.add(answer);
                              return next(lists, calls, index + 1, answers, materializer);
                            }));
  }

  private static CompletionStage<JsonNode> read(HttpResponse response, Materializer materializer) {
    return response
        .entity()
        .toStrict(BODY_WITHIN_MILLIS, materializer)
        .thenApply(
            strict -> {
              try {
                return Json.DOCKER.readTree(strict.getData().toArray());
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  private static HttpResponse joined(Lists lists, List<JsonNode> answers) {
    JsonNode all = answers.stream().reduce((one, other) -> join(lists, one, other)).orElseThrow();
    return HttpResponse.create()
        .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, all + "\n"));
  }

  static JsonNode join(Lists lists, JsonNode one, JsonNode other) {
    if (one instanceof ArrayNode list && other instanceof ArrayNode more) {
      return switch (lists) {
        case ALL -> list.deepCopy().addAll(more);
        case UNION -> union(list, more);
      };
    }
    if (one instanceof ObjectNode object && other instanceof ObjectNode more) {
      ObjectNode joined = object.deepCopy();
      more.properties()
          .forEach(
              field ->
                  joined.set(
                      field.getKey(),
                      joined.has(field.getKey())
                          ? join(lists, joined.get(field.getKey()), field.getValue())
                          : field.getValue()));
      return joined;
    }
    if (one.isNumber() && other.isNumber()) {
      return Json.DOCKER.getNodeFactory().numberNode(one.asLong() + other.asLong());
    }
    return one.isNull() ? other : one;
  }

  private static ArrayNode union(ArrayNode one, ArrayNode other) {
    Set<JsonNode> all = new LinkedHashSet<>();
    one.forEach(all::add);
    other.forEach(all::add);
    return Json.DOCKER.createArrayNode().addAll(all);
  }
}
