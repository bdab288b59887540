package dev.flota.cluster.placement;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.Reference;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.HostConfig.MountRequest;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A container that wants a host.
 *
 * @param id of the container
 * @param name of the container, without the leading slash
 * @param labels of the container, for the affinities of others
 * @param reservation what it reserves
 * @param image familiar reference with a tag or digest ({@code redis:7.2})
 * @param imageId {@code sha256:…}, where it is known
 * @param volumes names of the volumes it mounts
 * @param peers names or ids of containers whose namespaces or volumes it shares
 * @param runtime OCI runtime; null is any
 * @param platform what its image runs on; null is any
 * @param expressions constraints and affinities
 */
public record Wish(
    String id,
    String name,
    Map<String, String> labels,
    Reservation reservation,
    String image,
    @Nullable String imageId,
    List<String> volumes,
    List<String> peers,
    @Nullable String runtime,
    @Nullable Platform platform,
    List<Expression> expressions) {
  private static final String CONTAINER = "container:";

  /** Keeps its own copies. */
  public Wish {
    labels = Map.copyOf(labels);
    volumes = List.copyOf(volumes);
    peers = List.copyOf(peers);
    expressions = List.copyOf(expressions);
  }

  /**
   * What a create request asks for.
   *
   * @param imageId {@code sha256:…}, where it is known already
   * @param platform of {@code --platform} or of the image; null is any
   * @throws EngineException INVALID for a wrong constraint or affinity
   */
  public static Wish of(
      String id,
      String name,
      ContainerConfig config,
      HostConfig hostConfig,
      @Nullable String imageId,
      @Nullable Platform platform) {
    Map<String, String> labels = Objects.requireNonNullElse(config.labels(), Map.of());
    String runtime = hostConfig.runtime();
    return new Wish(
        id,
        name,
        labels,
        Reservation.of(hostConfig),
        familiar(Objects.requireNonNullElse(config.image(), "")),
        imageId,
        volumes(hostConfig),
        peers(hostConfig),
        runtime == null || runtime.isEmpty() ? null : runtime,
        platform,
        Expression.of(labels, Objects.requireNonNullElse(config.env(), List.of())));
  }

  /** What is no reference is an id. */
  private static String familiar(String image) {
    try {
      return Reference.parse(image).orLatest().familiar();
    } catch (EngineException notReference) {
      return image;
    }
  }

  /** What a container needs of a host that was not chosen for it. */
  public static Wish of(ContainerRecord record) {
    return of(
        record.id(), record.name(), record.config(), record.hostConfig(), record.imageId(), null);
  }

  /** The same for a container that brings its volumes along. */
  public Wish withoutVolumes() {
    return new Wish(
        id,
        name,
        labels,
        reservation,
        image,
        imageId,
        List.of(),
        peers,
        runtime,
        platform,
        expressions);
  }

  /** Whether it has soft constraints or affinities. */
  boolean hasPreferences() {
    for (Expression expression : expressions) {
      if (expression.soft()) {
        return true;
      }
    }
    return false;
  }

  /** Whether it asks where other containers are. */
  boolean needsContainers() {
    if (!peers.isEmpty()) {
      return true;
    }
    for (Expression expression : expressions) {
      if (expression.kind() == Expression.Kind.AFFINITY) {
        return true;
      }
    }
    return false;
  }

  private static List<String> volumes(HostConfig config) {
    Set<String> volumes = new LinkedHashSet<>();
    for (String bind : orNone(config.binds())) {
      int colon = bind.indexOf(':');
      if (colon > 0 && !bind.startsWith("/")) {
        volumes.add(bind.substring(0, colon));
      }
    }
    for (MountRequest mount : orNone(config.mounts())) {
      String source = mount.source();
      if ("volume".equals(mount.type()) && source != null && !source.isEmpty()) {
        volumes.add(source);
      }
    }
    return List.copyOf(volumes);
  }

  private static List<String> peers(HostConfig config) {
    Set<String> peers = new LinkedHashSet<>();
    for (String from : orNone(config.volumesFrom())) {
      int mode = from.indexOf(':');
      peers.add(mode < 0 ? from : from.substring(0, mode));
    }
    List<@Nullable String> modes = new ArrayList<>();
    modes.add(config.networkMode());
    modes.add(config.pidMode());
    modes.add(config.ipcMode());
    for (String mode : modes) {
      if (mode != null && mode.startsWith(CONTAINER)) {
        peers.add(mode.substring(CONTAINER.length()));
      }
    }
    return List.copyOf(peers);
  }

  private static <T> List<T> orNone(@Nullable List<T> some) {
    return some == null ? List.of() : some;
  }
}
