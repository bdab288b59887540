package dev.flota.api.docker.event;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Rfc3339;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.event.Event;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /events} of the Docker Engine API v1.50. */
public final class EventRoutes {
  private final Supplier<Fleet> fleet;

  /** The events of a fleet, which is asked for anew with each call. */
  public EventRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  /** The operations. */
  public List<Route> routes() {
    return List.of(Route.of("GET", "/events", this::events));
  }

  private CompletionStage<HttpResponse> events(Call call) {
    Instant since = time(call.query().text("since"));
    Instant until = time(call.query().text("until"));
    if (since != null && until != null && since.isAfter(until)) {
      throw EngineException.invalid(
          "`since` time (%s) cannot be after `until` time (%s)"
              .formatted(call.query().text("since"), call.query().text("until")));
    }
    EventFilter filter = new EventFilter(call.query().filters());
    return CompletableFuture.completedFuture(
        Replies.stream(
            ContentTypes.APPLICATION_JSON,
            fleet.get().events(since, until).filter(filter::fits).map(EventRoutes::line)));
  }

  private static @Nullable Instant time(String text) {
    return Rfc3339.parse(text);
  }

  private static ByteString line(Event event) {
    return Replies.line(json -> write(json, event));
  }

  /** {@code EventMessage}, with the fields of before API 1.22 that clients still look at. */
  static void write(JsonGenerator json, Event event) throws IOException {
    boolean container = event.type().equals("container");
    json.writeStartObject();
    if (container || event.type().equals("image")) {
      json.writeStringField("status", event.action());
      json.writeStringField("id", event.actorId());
    }
    if (container) {
      json.writeStringField("from", event.attributes().getOrDefault("image", ""));
    }
    json.writeStringField("Type", event.type());
    json.writeStringField("Action", event.action());
    json.writeObjectFieldStart("Actor");
    json.writeStringField("ID", event.actorId());
    json.writePOJOField("Attributes", event.attributes());
    json.writeEndObject();
    json.writeStringField("scope", "local");
    json.writeNumberField("time", event.time().getEpochSecond());
    json.writeNumberField("timeNano", ChronoUnit.NANOS.between(Instant.EPOCH, event.time()));
    json.writeEndObject();
  }
}
