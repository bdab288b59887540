package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What ties a container to the host it runs on; decided from its record alone. */
public final class Portability {
  private static final String SHAREABLE = "shareable";

  private Portability() {}

  /**
   * Fails for a container that cannot be moved while it runs.
   *
   * @throws EngineException CONFLICT, with all that stands against it
   */
  public static void check(ContainerRecord record) {
    List<String> obstacles = obstacles(record);
    if (!obstacles.isEmpty()) {
      throw EngineException.conflict(
          "container %s cannot be moved while it runs: %s"
              .formatted(record.name(), String.join("; ", obstacles)));
    }
  }

  /** What stands against it, for people. */
  public static List<String> obstacles(ContainerRecord record) {
    HostConfig host = record.hostConfig();
    List<String> obstacles = new ArrayList<>();
    String network = host.network();
    if (network.equals("host") || network.startsWith("container:")) {
      obstacles.add("it uses the network of its %s".formatted(what(network)));
    }
    shared("process ids", host.pidMode(), obstacles);
    shared("shared memory", host.ipcMode(), obstacles);
    if (SHAREABLE.equals(host.ipcMode())) {
      obstacles.add("others may use its shared memory (--ipc shareable)");
    }
    if (host.privileged()) {
      obstacles.add("it is privileged");
    }
    if (host.devices() != null && !host.devices().isEmpty()) {
      obstacles.add("it uses devices (--device)");
    }
    for (MountPoint mount : record.mounts()) {
      if (!mount.type().equals("tmpfs")) {
        obstacles.add("it has the %s %s".formatted(mount.type(), mount.destination()));
      }
    }
    return obstacles;
  }

  private static void shared(String what, @Nullable String mode, List<String> obstacles) {
    if (mode != null && (mode.equals("host") || mode.startsWith("container:"))) {
      obstacles.add("it uses the %s of its %s".formatted(what, what(mode)));
    }
  }

  private static String what(String mode) {
    return mode.equals("host") ? "host" : "neighbour " + mode.substring("container:".length());
  }
}
