package dev.flota.api.fleet;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.util.ByteString;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Query;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.Teleports;
import dev.flota.cluster.teleport.Examination;
import dev.flota.cluster.teleport.Step;
import dev.flota.cluster.teleport.TeleportWish;
import dev.flota.engine.EngineException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code POST /containers/{id}/teleport}: a container moves to another host. */
final class TeleportRoutes {
  private static final Duration TIMEOUT = Duration.ofMinutes(30);

  private final Supplier<Fleet> fleet;

  TeleportRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  List<Route> routes() {
    return List.of(Route.of("POST", "/containers/{id}/teleport", this::teleport));
  }

  /** Answers with a JSON value per step; an error that comes later is one, too. */
  private CompletionStage<HttpResponse> teleport(Call call) {
    TeleportWish wish = wish(call.query());
    Teleports teleports = fleet.get().teleports();
    String container = call.path("id");
    if (call.query().flag("dryRun")) {
      return teleports.examine(container, wish).thenApply(TeleportRoutes::answer);
    }
    return Replies.streamOrFailure(
        ContentTypes.APPLICATION_JSON,
        teleports.teleport(container, wish),
        TeleportRoutes::line,
        Replies::errorLine,
        call.materializer());
  }

  /**
   * How a container is to move.
   *
   * @throws EngineException INVALID
   */
  static TeleportWish wish(Query query) {
    String execs = query.text("execs");
    return new TeleportWish(
        query.text("host"),
        mode(query.text("mode")),
        timeout(query.number("timeout")),
        switch (execs) {
          case "", "refuse" -> TeleportWish.Execs.REFUSE;
          case "wait" -> TeleportWish.Execs.WAIT;
          case "kill" -> TeleportWish.Execs.KILL;
          default ->
              throw EngineException.invalid(
                  "execs: \"%s\" is none of refuse, wait, kill".formatted(execs));
        });
  }

  private static Duration timeout(@Nullable Integer seconds) {
    if (seconds != null && seconds <= 0) {
      throw EngineException.invalid("timeout: %d is not a number of seconds".formatted(seconds));
    }
    return seconds == null ? TIMEOUT : Duration.ofSeconds(seconds);
  }

  private static TeleportWish.Mode mode(String text) {
    return switch (text) {
      case "", "auto" -> TeleportWish.Mode.AUTO;
      case "stop" -> TeleportWish.Mode.STOP;
      case "postcopy" -> TeleportWish.Mode.POSTCOPY;
      case "precopy" -> TeleportWish.Mode.PRECOPY;
      default ->
          throw EngineException.invalid(
              "mode: \"%s\" is none of auto, stop, precopy, postcopy".formatted(text));
    };
  }

  private static HttpResponse answer(Examination examination) {
    return Replies.json(
        json -> {
          json.writeStartObject();
          json.writeBooleanField("possible", examination.obstacles().isEmpty());
          json.writeStringField("host", examination.host());
          json.writeStringField("mode", examination.mode());
          json.writePOJOField("obstacles", examination.obstacles());
          json.writePOJOField("notes", examination.notes());
          json.writeEndObject();
        });
  }

  private static ByteString line(Step step) {
    return Replies.line(
        json -> {
          json.writeStartObject();
          switch (step) {
            case Step.Noted(String text) -> json.writeStringField("note", text);
            case Step.Begun(Step.Phase phase) ->
                json.writeStringField(
                    "phase", phase.name().toLowerCase(Locale.ROOT).replace('_', ' '));
            case Step.Sent(long bytes, long expected, long perSecond) -> {
              json.writeNumberField("bytes", bytes);
              json.writeNumberField("remaining", expected - bytes);
              json.writeNumberField("bytesPerSecond", perSecond);
            }
            case Step.Round(int round, long bytes, long millis) -> {
              json.writeNumberField("round", round);
              json.writeNumberField("roundBytes", bytes);
              json.writeNumberField("roundMillis", millis);
            }
            case Step.Done done -> {
              json.writeStringField("phase", "done");
              json.writeStringField("mode", done.mode());
              json.writeStringField("host", done.host());
              json.writeNumberField("totalMillis", done.totalMillis());
              json.writeNumberField("frozenMillis", done.frozenMillis());
              json.writeNumberField("bytes", done.bytes());
            }
          }
          json.writeEndObject();
        });
  }
}
