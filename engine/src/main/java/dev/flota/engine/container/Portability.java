package dev.flota.engine.container;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What ties a container to its host; decided from its record alone. */
public final class Portability {
  private static final String SHAREABLE = "shareable";
  private static final int SHORT_ID = 12;

  private Portability() {}

  /** What stands against it, for people; less when it does not run. */
  public static List<String> obstacles(ContainerRecord record) {
    HostConfig host = record.hostConfig();
    List<String> obstacles = new ArrayList<>();
    boolean runs = record.state().status().alive();
    shared("network", host.network(), runs, obstacles);
    shared("process ids", host.pidMode(), runs, obstacles);
    shared("shared memory", host.ipcMode(), runs, obstacles);
    if (runs && SHAREABLE.equals(host.ipcMode())) {
      obstacles.add("others may use its shared memory (--ipc shareable): stop it first");
    }
    if (runs && host.privileged()) {
      obstacles.add("it is privileged: stop it first, or run it with --cap-add");
    }
    if (host.devices() != null && !host.devices().isEmpty()) {
      obstacles.add("it uses devices of its host (--device): run another one there");
    }
    for (MountPoint mount : record.mounts()) {
      if (mount.type().equals("bind")) {
        obstacles.add(
            "it has %s of its host at %s: a volume would come along"
                .formatted(mount.source(), mount.destination()));
      }
    }
    return obstacles;
  }

  /** Which others live in its namespaces, for people; they would be left behind. */
  static List<String> tenants(ContainerRecord record, Collection<ContainerRecord> others) {
    if (!record.state().status().alive()) {
      return List.of();
    }
    return others.stream()
        .filter(other -> other.state().status().alive())
        .filter(
            other ->
                Stream.of(
                        other.hostConfig().network(),
                        other.hostConfig().pidMode(),
                        other.hostConfig().ipcMode())
                    .anyMatch(mode -> names(mode, record)))
        .map(
            other ->
                "container %s uses its network, process ids or shared memory: stop that first"
                    .formatted(other.name()))
        .toList();
  }

  private static boolean names(@Nullable String mode, ContainerRecord record) {
    if (mode == null || !mode.startsWith(ContainerEngine.CONTAINER_MODE)) {
      return false;
    }
    String reference = mode.substring(ContainerEngine.CONTAINER_MODE.length());
    return reference.equals(record.name())
        || (reference.length() >= SHORT_ID && record.id().startsWith(reference));
  }

  /** A neighbour has to be where the container is, the host's own only while it runs. */
  private static void shared(
      String what, @Nullable String mode, boolean runs, List<String> obstacles) {
    if (mode == null) {
      return;
    }
    if (mode.startsWith(ContainerEngine.CONTAINER_MODE)) {
      obstacles.add(
          "it uses the %s of its neighbour %s: run it with its own"
              .formatted(what, mode.substring(ContainerEngine.CONTAINER_MODE.length())));
    } else if (runs && mode.equals("host")) {
      obstacles.add(
          "it uses the %s of its host: stop it first, or run it with its own".formatted(what));
    }
  }
}
