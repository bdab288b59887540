package dev.flota.api.docker.network;

import akka.http.javadsl.model.HttpResponse;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Filters;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.NetworkInfo;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * {@code /networks} of the Docker Engine API v1.50, as far as there are networks: {@code bridge},
 * {@code host} and {@code none}. Networks that users make will span the fleet.
 */
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
        Route.of("POST", "/networks/create", call -> notBuilt("create")),
        Route.since(25, "POST", "/networks/prune", NetworkRoutes::prune),
        Route.of("POST", "/networks/{id}/connect", call -> notBuilt("connect")),
        Route.of("POST", "/networks/{id}/disconnect", call -> notBuilt("disconnect")),
        Route.of("GET", "/networks/{id}", this::inspect),
        Route.of("DELETE", "/networks/{id}", this::remove));
  }

  private static CompletionStage<HttpResponse> notBuilt(String what) {
    return CompletableFuture.failedFuture(
        EngineException.notImplemented(
            "network %s is not implemented yet: networks that users make come with the fleet of hosts"
                .formatted(what)));
  }

  /** There are only the predefined ones, which nobody prunes. */
  private static CompletionStage<HttpResponse> prune(Call call) {
    call.query().filters().allowing(Set.of("label", "label!", "until"));
    return CompletableFuture.completedFuture(
        Replies.json(
            json -> {
              json.writeStartObject();
              json.writeNullField("NetworksDeleted");
              json.writeEndObject();
            }));
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
        .thenApply(networks -> networks.stream().filter(network -> fits(network, filters)).toList())
        .thenApply(networks -> Replies.json(json -> json.writePOJO(networks)));
  }

  private static boolean fits(NetworkInfo network, Filters filters) {
    return filters.pattern("name", network.name())
        && filters.prefix("id", network.id())
        && filters.exact("driver", network.driver())
        && filters.exact("scope", network.scope())
        && filters.labels("label", network.labels())
        && filters.exact("type", "builtin")
        // As in Docker, networks that are built in do not dangle.
        && !filters.flag("dangling", false);
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
    return fleet
        .get()
        .network(call.path("id"))
        .thenApply(
            network -> {
              throw new EngineException(
                  ErrorKind.FORBIDDEN,
                  network.name() + " is a pre-defined network and cannot be removed");
            });
  }
}
