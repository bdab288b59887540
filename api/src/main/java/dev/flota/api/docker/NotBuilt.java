package dev.flota.api.docker;

import akka.http.javadsl.model.HttpResponse;
import dev.flota.engine.EngineException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/**
 * The operations that are not built yet, each by its name in the Docker Engine API. They answer 501
 * and say so, never 404 or a success that is none.
 */
final class NotBuilt {
  private NotBuilt() {}

  private record Operation(String name, String method, String path) {
    Route route() {
      return Route.of(method, path, call -> refuse());
    }

    private CompletionStage<HttpResponse> refuse() {
      return CompletableFuture.failedFuture(
          EngineException.notImplemented(
              "%s (%s %s) is not implemented yet".formatted(name, method, path)));
    }
  }

  static List<Route> routes() {
    return Stream.of(containers(), images(), plugins(), swarm(), services())
        .flatMap(List::stream)
        .map(Operation::route)
        .toList();
  }

  private static List<Operation> containers() {
    return List.of(
        new Operation("ContainerChanges", "GET", "/containers/{id}/changes"),
        new Operation("ContainerExport", "GET", "/containers/{id}/export"),
        new Operation("ContainerStats", "GET", "/containers/{id}/stats"),
        new Operation("ContainerUpdate", "POST", "/containers/{id}/update"),
        new Operation("ContainerAttachWebsocket", "GET", "/containers/{id}/attach/ws"),
        new Operation("ContainerArchiveInfo", "HEAD", "/containers/{id}/archive"),
        new Operation("ContainerArchive", "GET", "/containers/{id}/archive"),
        new Operation("PutContainerArchive", "PUT", "/containers/{id}/archive"),
        new Operation("CheckpointList", "GET", "/containers/{id}/checkpoints"),
        new Operation("CheckpointCreate", "POST", "/containers/{id}/checkpoints"),
        new Operation("CheckpointDelete", "DELETE", "/containers/{id}/checkpoints/{checkpoint}"),
        new Operation("ImageCommit", "POST", "/commit"),
        new Operation("VolumeUpdate", "PUT", "/volumes/{name}"));
  }

  private static List<Operation> images() {
    return List.of(
        new Operation("ImageBuild", "POST", "/build"),
        new Operation("BuildPrune", "POST", "/build/prune"),
        new Operation("BuildCancel", "POST", "/build/cancel"),
        new Operation("ImagePush", "POST", "/images/{name}/push"),
        new Operation("ImageSearch", "GET", "/images/search"),
        new Operation("DistributionInspect", "GET", "/distribution/{name}/json"),
        new Operation("Session", "POST", "/session"),
        new Operation("BuildKit", "POST", "/grpc"));
  }

  private static List<Operation> plugins() {
    return List.of(
        new Operation("PluginList", "GET", "/plugins"),
        new Operation("GetPluginPrivileges", "GET", "/plugins/privileges"),
        new Operation("PluginPull", "POST", "/plugins/pull"),
        new Operation("PluginCreate", "POST", "/plugins/create"),
        new Operation("PluginEnable", "POST", "/plugins/{name}/enable"),
        new Operation("PluginDisable", "POST", "/plugins/{name}/disable"),
        new Operation("PluginUpgrade", "POST", "/plugins/{name}/upgrade"),
        new Operation("PluginPush", "POST", "/plugins/{name}/push"),
        new Operation("PluginSet", "POST", "/plugins/{name}/set"),
        new Operation("PluginDelete", "DELETE", "/plugins/{name}"));
  }

  private static List<Operation> swarm() {
    return List.of(
        new Operation("SwarmInspect", "GET", "/swarm"),
        new Operation("SwarmInit", "POST", "/swarm/init"),
        new Operation("SwarmJoin", "POST", "/swarm/join"),
        new Operation("SwarmLeave", "POST", "/swarm/leave"),
        new Operation("SwarmUpdate", "POST", "/swarm/update"),
        new Operation("SwarmUnlockkey", "GET", "/swarm/unlockkey"),
        new Operation("SwarmUnlock", "POST", "/swarm/unlock"),
        new Operation("NodeList", "GET", "/nodes"),
        new Operation("NodeUpdate", "POST", "/nodes/{id}/update"),
        new Operation("NodeInspect", "GET", "/nodes/{id}"),
        new Operation("NodeDelete", "DELETE", "/nodes/{id}"));
  }

  private static List<Operation> services() {
    return List.of(
        new Operation("ServiceList", "GET", "/services"),
        new Operation("ServiceCreate", "POST", "/services/create"),
        new Operation("ServiceUpdate", "POST", "/services/{id}/update"),
        new Operation("ServiceLogs", "GET", "/services/{id}/logs"),
        new Operation("ServiceInspect", "GET", "/services/{id}"),
        new Operation("ServiceDelete", "DELETE", "/services/{id}"),
        new Operation("TaskList", "GET", "/tasks"),
        new Operation("TaskLogs", "GET", "/tasks/{id}/logs"),
        new Operation("TaskInspect", "GET", "/tasks/{id}"),
        new Operation("SecretList", "GET", "/secrets"),
        new Operation("SecretCreate", "POST", "/secrets/create"),
        new Operation("SecretUpdate", "POST", "/secrets/{id}/update"),
        new Operation("SecretInspect", "GET", "/secrets/{id}"),
        new Operation("SecretDelete", "DELETE", "/secrets/{id}"),
        new Operation("ConfigList", "GET", "/configs"),
        new Operation("ConfigCreate", "POST", "/configs/create"),
        new Operation("ConfigUpdate", "POST", "/configs/{id}/update"),
        new Operation("ConfigInspect", "GET", "/configs/{id}"),
        new Operation("ConfigDelete", "DELETE", "/configs/{id}"));
  }
}
