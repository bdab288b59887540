package dev.flota.lab.bench.engine;

import java.nio.file.Path;
import java.util.Set;

/**
 * An engine to be measured.
 *
 * @param name as the table calls it
 * @param socket where its API listens
 * @param init process 1 of the lab host it runs in, as this machine counts processes
 * @param daemons commands of the processes that are the engine
 * @param supervisors commands of the processes that it has for each running container
 */
public record Engine(
    String name, Path socket, long init, Set<String> daemons, Set<String> supervisors) {
  /** What Docker's own engine is called. */
  public static final String DOCKER = "Docker";

  /** What Flota's engine is called. */
  public static final String FLOTA = "Flota";

  public static Engine docker(Path socket, long init) {
    return new Engine(
        DOCKER, socket, init, Set.of("dockerd", "containerd"), Set.of("containerd-shim"));
  }

  public static Engine flota(Path socket, long init) {
    return host(FLOTA, socket, init);
  }

  /** Flota's on a host of that name. */
  public static Engine host(String name, Path socket, long init) {
    return new Engine(name, socket, init, Set.of("java"), Set.of("conmon"));
  }
}
