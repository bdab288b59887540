package dev.flota.api.docker.network;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Filters;
import dev.flota.api.docker.PruneFilter;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineException;
import dev.flota.engine.network.NetworkInfo;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /networks} of the Docker Engine API v1.50. */
public final class NetworkRoutes {
  private static final Set<String> FILTERS =
      Set.of("dangling", "driver", "id", "label", "name", "scope", "type");

  private final Supplier<Fleet> fleet;

  /** Operations on the networks of a fleet, which is asked for anew with each call. */
  public NetworkRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  /** The operations. */
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/networks", this::list),
        Route.of("GET", "/networks/", this::list),
        Route.of("POST", "/networks/create", this::create),
        Route.since(25, "POST", "/networks/prune", this::prune),
        Route.of("POST", "/networks/{id}/connect", this::connect),
        Route.of("POST", "/networks/{id}/disconnect", this::disconnect),
        Route.of("GET", "/networks/{id}", this::inspect),
        Route.of("DELETE", "/networks/{id}", this::remove));
  }

  /** {@code NetworkConnectRequest}. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  record ConnectBody(@Nullable String container, @Nullable EndpointWish endpointConfig) {}

  /** {@code NetworkDisconnectRequest}. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  record DisconnectBody(@Nullable String container, boolean force) {}

  private CompletionStage<HttpResponse> create(Call call) {
    return call.json()
        .thenApply(body -> body.read(CreateBody.class).orElseThrow(NetworkRoutes::nothing).wish())
        .thenCompose(wish -> fleet.get().createNetwork(wish))
        .thenApply(
            network ->
                Replies.json(
                    201,
                    json -> {
                      json.writeStartObject();
                      json.writeStringField("Id", network.id());
                      json.writeStringField("Warning", "");
                      json.writeEndObject();
                    }));
  }

  private static EngineException nothing() {
    return EngineException.invalid("invalid JSON: got EOF while reading request body");
  }

  private CompletionStage<HttpResponse> prune(Call call) {
    PruneFilter filter =
        PruneFilter.of(
            call.query().filters().allowing(Set.of("label", "label!", "until")), Instant.now());
    return fleet
        .get()
        .pruneNetworks(network -> filter.fits(network.created(), network.labels()))
        .thenApply(
            removed ->
                Replies.json(
                    json -> {
                      json.writeStartObject();
                      json.writePOJOField(
                          "NetworksDeleted",
                          removed.isEmpty()
                              ? null
                              : removed.stream().map(NetworkInfo::name).toList());
                      json.writeEndObject();
                    }));
  }

  private CompletionStage<HttpResponse> connect(Call call) {
    return call.json()
        .thenApply(body -> body.read(ConnectBody.class).orElseThrow(NetworkRoutes::nothing))
        .thenCompose(
            body -> {
              EndpointWish wish = body.endpointConfig();
              return fleet
                  .get()
                  .connect(
                      call.path("id"),
                      container(body.container()),
                      wish == null ? EndpointWish.NONE : wish);
            })
        .thenApply(done -> Replies.ok());
  }

  private CompletionStage<HttpResponse> disconnect(Call call) {
    return call.json()
        .thenApply(body -> body.read(DisconnectBody.class).orElseThrow(NetworkRoutes::nothing))
        .thenCompose(
            body ->
                fleet.get().disconnect(call.path("id"), container(body.container()), body.force()))
        .thenApply(done -> Replies.ok());
  }

  private static String container(@Nullable String reference) {
    return reference == null ? "" : reference;
  }

  private CompletionStage<HttpResponse> list(Call call) {
    Filters filters = call.query().filters().allowing(FILTERS);
    for (String type : filters.all("type")) {
      if (!type.equals("builtin") && !type.equals("custom")) {
        throw EngineException.invalid("invalid filter: 'type'='" + type + "'");
      }
    }
    return fleet
        .get()
        .networks()
        .thenApply(
            networks ->
                networks.stream()
                    .filter(network -> fits(network, filters))
                    .map(network -> network.withContainers(List.of()))
                    .toList())
        .thenApply(networks -> Replies.json(json -> json.writePOJO(networks)));
  }

  private static boolean fits(NetworkInfo network, Filters filters) {
    return filters.pattern("name", network.name())
        && filters.prefix("id", network.id())
        && filters.exact("driver", network.driver())
        && filters.exact("scope", network.scope())
        && filters.labels("label", network.labels())
        && filters.exact("type", network.predefined() ? "builtin" : "custom")
        && (!filters.has("dangling") || filters.flag("dangling", false) == dangles(network));
  }

  /** As in Docker, networks that are built in do not dangle. */
  private static boolean dangles(NetworkInfo network) {
    return !network.predefined() && network.containers().isEmpty();
  }

  private CompletionStage<HttpResponse> inspect(Call call) {
    String scope = call.query().text("scope");
    return fleet
        .get()
        .network(call.path("id"))
        .thenApply(
            network -> {
              if (!scope.isEmpty() && !scope.equals(network.scope())) {
                throw EngineException.notFound("network " + call.path("id") + " not found");
              }
              return Replies.json(json -> json.writePOJO(network));
            });
  }

  private CompletionStage<HttpResponse> remove(Call call) {
    return fleet.get().removeNetwork(call.path("id")).thenApply(done -> Replies.noContent());
  }
}
