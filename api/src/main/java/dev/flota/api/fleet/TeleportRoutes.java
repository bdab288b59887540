package dev.flota.api.fleet;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.util.ByteString;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.teleport.Step;
import dev.flota.engine.EngineException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** {@code POST /containers/{id}/teleport}: a running container moves to another host. */
final class TeleportRoutes {
  private static final List<String> MODES = List.of("", "auto", "stop");

  private final Supplier<Fleet> fleet;

  TeleportRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  List<Route> routes() {
    return List.of(Route.of("POST", "/containers/{id}/teleport", this::teleport));
  }

  /** Answers with a JSON value per step; an error that comes later is one, too. */
  private CompletionStage<HttpResponse> teleport(Call call) {
    String mode = call.query().text("mode");
    if (!MODES.contains(mode)) {
      throw EngineException.notImplemented(
          "mode: \"%s\" is not implemented yet: give stop or auto".formatted(mode));
    }
    return Replies.streamOrFailure(
        ContentTypes.APPLICATION_JSON,
        fleet.get().teleports().teleport(call.path("id"), call.query().text("host")),
        TeleportRoutes::line,
        TeleportRoutes::failure,
        call.materializer());
  }

  private static ByteString line(Step step) {
    return Replies.line(
        json -> {
          json.writeStartObject();
          switch (step) {
            case Step.Begun(Step.Phase phase) ->
                json.writeStringField(
                    "phase", phase.name().toLowerCase(Locale.ROOT).replace('_', ' '));
            case Step.Done done -> {
              json.writeStringField("phase", "done");
              json.writeStringField("mode", "stop");
              json.writeStringField("host", done.host());
              json.writeNumberField("totalMillis", done.totalMillis());
              json.writeNumberField("frozenMillis", done.frozenMillis());
              json.writeNumberField("bytes", done.bytes());
            }
          }
          json.writeEndObject();
        });
  }

  private static ByteString failure(Throwable failure) {
    return Replies.line(
        json -> {
          json.writeStartObject();
          json.writeStringField("error", Replies.message(failure));
          json.writeEndObject();
        });
  }
}
