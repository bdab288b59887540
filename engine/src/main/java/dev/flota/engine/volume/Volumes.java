package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.container.ContainerConfig;
import dev.flota.engine.container.ContainerRecord;
import dev.flota.engine.container.HostConfig;
import dev.flota.engine.container.MountPoint;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The volumes of one host. All methods block and may be called from any thread. */
@SuppressWarnings("DoNotCallSuggester") // filled in next
public final class Volumes {
  private final EngineSettings settings;

  /** Reads what is below {@code stateDir/volumes}. */
  public Volumes(EngineSettings settings) {
    this.settings = settings;
  }

  /** Makes a volume, or gives the one that exists under that name; {@code null} is anonymous. */
  public VolumeInfo create(
      @Nullable String name,
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable Map<String, String> labels) {
    throw EngineException.notImplemented(settings.hostName() + name + driver + options + labels);
  }

  /** All volumes, by name. */
  public List<VolumeInfo> list() {
    throw EngineException.notImplemented("volumes");
  }

  /** The volume of that name. */
  public VolumeInfo find(String name) {
    throw EngineException.notImplemented(name);
  }

  /** Bytes that a volume's files occupy. */
  public long size(String name) {
    throw EngineException.notImplemented(name);
  }

  /** Removes a volume that none of {@code containers} uses. */
  public void remove(String name, boolean force, Collection<ContainerRecord> containers) {
    throw EngineException.notImplemented(name + force + containers);
  }

  /** What a prune removed. */
  public record Pruned(List<String> names, long bytes) {}

  /** Removes the volumes that none of {@code containers} uses: anonymous ones, or all. */
  public Pruned prune(
      boolean all, Collection<ContainerRecord> containers, Function<VolumeInfo, Boolean> filter) {
    throw EngineException.notImplemented("" + all + containers + filter);
  }

  /** At create: what the container will mount; makes the volumes that do not exist yet. */
  public List<MountPoint> resolve(
      ContainerConfig config,
      HostConfig hostConfig,
      Function<String, ContainerRecord> volumesFrom) {
    throw EngineException.notImplemented("" + config + hostConfig + volumesFrom);
  }

  /** At create: fills an empty volume from the image's directory below {@code mergedRootfs}. */
  public void copyUp(MountPoint mount, HostConfig hostConfig, Path mergedRootfs) {
    throw EngineException.notImplemented("" + mount + hostConfig + mergedRootfs);
  }

  /** At start: makes the sources ready (missing host directories, volumes with a device). */
  public List<BoundMount> use(ContainerRecord container) {
    throw EngineException.notImplemented(container.id());
  }

  /** At exit: unmounts what {@link #use} mounted and none of {@code others} uses. */
  public void disuse(ContainerRecord container, Collection<ContainerRecord> others) {
    throw EngineException.notImplemented(container.id() + others);
  }

  /** At {@code rm -v}: removes the container's anonymous volumes that none of the others uses. */
  public void removeAnonymous(ContainerRecord container, Collection<ContainerRecord> others) {
    throw EngineException.notImplemented(container.id() + others);
  }
}
