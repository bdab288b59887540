package dev.flota.api.fleet;

import akka.Done;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.StreamConverters;
import akka.util.ByteString;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.api.http.Caller;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.teleport.Arrivals;
import dev.flota.cluster.teleport.Offer;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import dev.flota.engine.runtime.Round;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** What a host asks of another to move a container there: {@link PeerDestination}. */
final class ArrivalRoutes {
  private static final Duration SILENCE = Duration.ofMinutes(2);

  private final Supplier<Fleet> fleet;

  ArrivalRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/fleet/arrivals", this::prepare),
        Route.of("POST", "/fleet/arrivals/image", this::supply),
        Route.of("POST", "/fleet/arrivals/obstacles", this::obstacles),
        Route.of("PUT", "/fleet/arrivals/{id}/files", this::receiveFiles),
        Route.of(
            "PUT", "/fleet/arrivals/{id}/images", call -> receive(call, Arrivals::receiveImages)),
        Route.of("POST", "/fleet/arrivals/{id}/pages", this::openPages),
        Route.of("GET", "/fleet/arrivals/{id}/pages", this::pagesProblem),
        Route.of("POST", "/fleet/arrivals/{id}/restore", this::restore),
        Route.of("DELETE", "/fleet/arrivals/{id}", this::cancel));
  }

  private static String from(Call call) {
    if (Caller.of(call.request()) instanceof Caller.Host(String hostId)) {
      return hostId;
    }
    throw new EngineException(ErrorKind.FORBIDDEN, "only hosts of the fleet send containers");
  }

  private static <T> T read(ByteString body, Class<T> type) {
    try {
      return Json.PLAIN.readValue(body.toArray(), type);
    } catch (IOException e) {
      throw new EngineException(
          ErrorKind.INVALID, "what the other host says cannot be read: " + e.getMessage(), e);
    }
  }

  private CompletionStage<HttpResponse> supply(Call call) {
    String from = from(call);
    Fleet now = fleet.get();
    return call.strictBody()
        .thenCompose(body -> now.teleports().supplyArrival(from, read(body, Offer.class)))
        .thenApply(done -> Replies.noContent());
  }

  private CompletionStage<HttpResponse> prepare(Call call) {
    String from = from(call);
    Fleet now = fleet.get();
    return call.strictBody()
        .thenCompose(
            body ->
                now.teleports()
                    .arriving(
                        arrivals -> {
                          arrivals.prepare(from, read(body, Offer.class));
                          return Done.getInstance();
                        }))
        .thenApply(done -> Replies.noContent());
  }

  private CompletionStage<HttpResponse> obstacles(Call call) {
    String _ = from(call);
    Fleet now = fleet.get();
    return call.strictBody()
        .thenCompose(
            body ->
                now.teleports().arriving(arrivals -> arrivals.obstacles(read(body, Offer.class))))
        .thenApply(Replies::plain);
  }

  private CompletionStage<HttpResponse> receiveFiles(Call call) {
    String part = call.query().text("part");
    return receive(
        call, (arrivals, from, id, content) -> arrivals.receiveFiles(from, id, part, content));
  }

  private interface Receiver {
    void receive(Arrivals arrivals, String from, String id, InputStream content) throws IOException;
  }

  private CompletionStage<HttpResponse> receive(Call call, Receiver receiver) {
    String from = from(call);
    String id = call.path("id");
    InputStream content =
        call.bytes().runWith(StreamConverters.asInputStream(SILENCE), call.materializer());
    return fleet
        .get()
        .teleports()
        .arriving(
            arrivals -> {
              try (content) {
                try {
                  receiver.receive(arrivals, from, id, content);
                } catch (IOException | RuntimeException e) {
                  readOn(content, e);
                  throw e;
                }
              } catch (IOException e) {
                throw EngineException.system("cannot take " + id + " in: " + e.getMessage(), e);
              }
              return Done.getInstance();
            })
        .thenApply(done -> Replies.noContent());
  }

  /** An answer that comes before the end of what is sent would be lost with the connection. */
  private static void readOn(InputStream content, Exception failure) {
    try {
      content.transferTo(OutputStream.nullOutputStream());
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private CompletionStage<HttpResponse> openPages(Call call) {
    String from = from(call);
    String id = call.path("id");
    Fleet now = fleet.get();
    return call.strictBody()
        .thenCompose(
            body ->
                now.teleports()
                    .arriving(arrivals -> arrivals.openPages(from, id, read(body, Round.class))))
        .thenApply(Replies::plain);
  }

  private CompletionStage<HttpResponse> pagesProblem(Call call) {
    String from = from(call);
    return fleet
        .get()
        .teleports()
        .arriving(arrivals -> arrivals.pagesProblem(from, call.path("id")))
        .thenApply(Replies::plain);
  }

  private CompletionStage<HttpResponse> restore(Call call) {
    String from = from(call);
    String id = call.path("id");
    Fleet now = fleet.get();
    return call.strictBody()
        .thenCompose(
            body -> {
              PeerDestination.Restore wish = read(body, PeerDestination.Restore.class);
              return now.teleports()
                  .arriving(
                      arrivals -> {
                        arrivals.restore(
                            from,
                            id,
                            wish.epoch(),
                            wish.state(),
                            wish.memory(),
                            now.teleports()::arrived);
                        return Done.getInstance();
                      });
            })
        .thenApply(done -> Replies.noContent());
  }

  private CompletionStage<HttpResponse> cancel(Call call) {
    String from = from(call);
    return fleet
        .get()
        .teleports()
        .arriving(
            arrivals -> {
              arrivals.cancel(from, call.path("id"));
              return Done.getInstance();
            })
        .thenApply(done -> Replies.noContent());
  }
}
