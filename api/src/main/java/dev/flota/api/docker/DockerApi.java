package dev.flota.api.docker;

import akka.stream.Materializer;
import dev.flota.api.docker.container.ContainerRoutes;
import dev.flota.api.docker.event.EventRoutes;
import dev.flota.api.docker.exec.ExecRoutes;
import dev.flota.api.docker.image.ImageRoutes;
import dev.flota.api.docker.network.NetworkRoutes;
import dev.flota.api.docker.plugin.PluginRoutes;
import dev.flota.api.docker.system.DaemonInfo;
import dev.flota.api.docker.system.SystemRoutes;
import dev.flota.api.docker.volume.VolumeRoutes;
import dev.flota.cluster.Fleet;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The Docker Engine API, versions 1.24 to 1.50, as one request handler. */
public final class DockerApi {
  private DockerApi() {}

  /**
   * The handler of all operations.
   *
   * @param fleet asked anew with each request, so that the engine's ActorSystem can be replaced;
   *     may throw an {@link dev.flota.engine.EngineException} while there is none
   * @param daemon what the daemon says of itself
   * @param materializer of the server that listens
   * @param forwarding which calls another host answers
   * @param more operations beside Docker's
   */
  public static Router create(
      Supplier<Fleet> fleet,
      DaemonInfo daemon,
      Materializer materializer,
      Forwarding forwarding,
      List<Route> more) {
    List<Route> all = Stream.concat(routes(fleet, daemon).stream(), more.stream()).toList();
    return new Router(all, daemon.version(), materializer, forwarding);
  }

  static List<Route> routes(Supplier<Fleet> fleet, DaemonInfo daemon) {
    return Stream.of(
            new SystemRoutes(fleet, daemon).routes(),
            new EventRoutes(fleet).routes(),
            new ExecRoutes(fleet).routes(),
            new ContainerRoutes(fleet).routes(),
            new ImageRoutes(fleet).routes(),
            new VolumeRoutes(fleet).routes(),
            new NetworkRoutes(fleet).routes(),
            PluginRoutes.routes(),
            NotBuilt.routes())
        .flatMap(List::stream)
        .toList();
  }
}
