package dev.flota.api.fleet;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.teleport.MoveMetrics;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** {@code GET /metrics}: figures of this host for Prometheus, at dockerd's path for its own. */
final class MetricsRoutes {
  private final Supplier<Fleet> fleet;

  MetricsRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  List<Route> routes() {
    return List.of(Route.of("GET", "/metrics", this::metrics));
  }

  private CompletionStage<HttpResponse> metrics(Call call) {
    MoveMetrics metrics = fleet.get().moveMetrics();
    ContentType type = ContentTypes.parse(metrics.contentType());
    return CompletableFuture.completedFuture(
        HttpResponse.create().withEntity(HttpEntities.create(type, metrics.text())));
  }
}
