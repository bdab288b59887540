package dev.flota.api.docker.plugin;

import akka.http.javadsl.model.HttpResponse;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Route;
import dev.flota.engine.EngineException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * {@code /plugins} of the Docker Engine API v1.50, as far as it can be answered without plugins.
 *
 * <p>{@code docker inspect NAME} asks here last, after containers, images, networks and volumes:
 * only a plain "not found" lets it say that there is no such object.
 */
public final class PluginRoutes {
  private PluginRoutes() {}

  /** The operations. */
  public static List<Route> routes() {
    return List.of(Route.of("GET", "/plugins/{name}/json", PluginRoutes::inspect));
  }

  private static CompletionStage<HttpResponse> inspect(Call call) {
    return CompletableFuture.failedFuture(
        EngineException.notFound("plugin \"%s\" not found".formatted(call.path("name"))));
  }
}
