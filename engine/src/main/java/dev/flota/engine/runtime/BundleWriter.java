package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.linux.Errno;
import dev.flota.engine.linux.LinuxException;
import dev.flota.engine.linux.MountTable;
import dev.flota.engine.linux.Mounts;
import dev.flota.engine.linux.RootedDirectory;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts a container's files in place, for conmon and the OCI runtime to find. */
final class BundleWriter {
  private static final Path UNPRIVILEGED_PORTS =
      Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

  private final EngineSettings settings;
  private final ContainerPaths paths;
  private final HostFacts host;
  private final RootFilesystem rootFilesystem = new RootFilesystem();

  BundleWriter(EngineSettings settings, ContainerPaths paths, HostFacts host) {
    this.settings = settings;
    this.paths = paths;
    this.host = host;
  }

  /**
   * Mounts the root, makes the working directory, writes {@code config.json}.
   *
   * @return warnings
   */
  List<String> write(Launch launch) {
    return write(launch, Map.of());
  }

  /** The same with annotations more. */
  List<String> write(Launch launch, Map<String, String> annotations) {
    ContainerRecord record = launch.record();
    Path root = rootFilesystem.mount(launch.directory(), launch.layers());
    makeWorkingDirectory(root, record.config());
    SpecPlan plan =
        SpecPlan.of(
            new SpecPlan.Input(
                launch,
                root,
                user(root, record, record.config().user()),
                host,
                DevicePlan.of(record.hostConfig()),
                MountTable::read,
                paths.cgroup(record),
                settings.init(),
                sharedMemory(launch),
                Files.exists(UNPRIVILEGED_PORTS)));
    FileTree.create(paths.bundle(record.id()));
    FileTree.write(paths.specification(record.id()), plan.specification().annotated(annotations));
    return plan.warnings();
  }

  /** By the container's own files. */
  static ContainerUser user(Path root, ContainerRecord record, @Nullable String name) {
    List<String> groups = record.hostConfig().groupAdd();
    return ContainerUser.resolve(
        root, name == null ? "" : name, groups == null ? List.of() : groups);
  }

  private static void makeWorkingDirectory(Path root, ContainerConfig config) {
    String directory = SpecPlan.workingDirectory(config);
    try (RootedDirectory rooted = RootedDirectory.open(root)) {
      rooted.makeDirectories(directory, 0755, 0, 0);
    } catch (LinuxException failure) {
      if (failure.errno() == Errno.ENOTDIR) {
        throw EngineException.invalid("Cannot mkdir: " + directory + " is not a directory");
      }
      throw failure;
    }
  }

  /** A directory of the host for {@code /dev/shm}, where it is shared. */
  private @Nullable Path sharedMemory(Launch launch) {
    HostConfig hostConfig = launch.record().hostConfig();
    SharedNamespaces.Peer peer = launch.shared().ipc();
    if (peer != null) {
      return paths.sharedMemory(peer.id());
    }
    if ("host".equals(hostConfig.ipcMode())) {
      return Path.of("/dev/shm");
    }
    return "shareable".equals(hostConfig.ipcMode())
        ? mountSharedMemory(launch.record().id(), hostConfig)
        : null;
  }

  private Path mountSharedMemory(String id, HostConfig hostConfig) {
    Path directory = paths.sharedMemory(id);
    FileTree.create(directory);
    Mounts.mount(
        "shm",
        directory.toString(),
        "tmpfs",
        Mounts.NO_SET_USER_ID | Mounts.NO_EXECUTE | Mounts.NO_DEVICES,
        "mode=1777,size=" + MountPlan.shmBytes(hostConfig));
    return directory;
  }

  /** Removes what {@link #write} made, except for the root. */
  void remove(String id) {
    Path sharedMemory = paths.sharedMemory(id);
    if (Files.exists(sharedMemory)) {
      Mounts.unmount(sharedMemory);
      FileTree.delete(sharedMemory);
    }
    FileTree.delete(paths.bundle(id));
  }
}
