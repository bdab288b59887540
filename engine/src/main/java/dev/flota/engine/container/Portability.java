package dev.flota.engine.container;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What ties a container to its host; decided from its record alone. */
public final class Portability {
  private static final String SHAREABLE = "shareable";

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
      obstacles.add("others may use its shared memory (--ipc shareable)");
    }
    if (runs && host.privileged()) {
      obstacles.add("it is privileged");
    }
    if (host.devices() != null && !host.devices().isEmpty()) {
      obstacles.add("it uses devices (--device)");
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

  /** A neighbour has to be where the container is, the host's own only while it runs. */
  private static void shared(
      String what, @Nullable String mode, boolean runs, List<String> obstacles) {
    if (mode != null && ((runs && mode.equals("host")) || mode.startsWith("container:"))) {
      obstacles.add("it uses the %s of its %s".formatted(what, what(mode)));
    }
  }

  private static String what(String mode) {
    return mode.equals("host") ? "host" : "neighbour " + mode.substring("container:".length());
  }
}
