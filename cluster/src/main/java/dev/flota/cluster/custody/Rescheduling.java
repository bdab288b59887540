package dev.flota.cluster.custody;

import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import dev.flota.engine.spec.HostConfig;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Which containers are started elsewhere when their host is lost. */
public final class Rescheduling {
  /** The label by which a container says so itself: {@code true} or {@code false}. */
  public static final String LABEL = "flota.reschedule";

  private static final Set<String> POLICIES = Set.of("always", "unless-stopped");
  private static final String CONTAINER = "container:";

  private Rescheduling() {}

  /**
   * Whether a container may be: it is meant to run for ever, wants it or is not asked, and leaves
   * nothing behind that another host could not have.
   *
   * @param byDefault for those without the label
   */
  public static boolean allowed(ContainerRecord container, boolean byDefault) {
    return POLICIES.contains(Objects.requireNonNullElse(policy(container), ""))
        && wished(container, byDefault)
        && container.mounts().stream().allMatch(mount -> mount.type().equals("tmpfs"))
        && !leansOnAnother(container.hostConfig());
  }

  private static @Nullable String policy(ContainerRecord container) {
    return container.hostConfig().restart().name();
  }

  private static boolean wished(ContainerRecord container, boolean byDefault) {
    String label =
        Objects.requireNonNullElse(container.config().labels(), Map.<String, String>of())
            .get(LABEL);
    return label == null ? byDefault : Boolean.parseBoolean(label);
  }

  private static boolean leansOnAnother(HostConfig host) {
    return host.network().startsWith(CONTAINER)
        || Objects.requireNonNullElse(host.pidMode(), "").startsWith(CONTAINER)
        || Objects.requireNonNullElse(host.ipcMode(), "").startsWith(CONTAINER);
  }

  /** Whether it should be running now. */
  public static boolean due(ContainerRecord container) {
    return container.wanted() == Wanted.RUNNING;
  }
}
