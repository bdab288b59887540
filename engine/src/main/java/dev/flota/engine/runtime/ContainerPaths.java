package dev.flota.engine.runtime;

import dev.flota.engine.EngineSettings;
import dev.flota.engine.spec.ContainerRecord;
import java.nio.file.Path;

/**
 * Where the files of a container's run lie. All of them end with the boot; what must last is in the
 * container's own directory.
 */
public final class ContainerPaths {
  private final EngineSettings settings;

  /** Below {@code settings.runDir()}. */
  public ContainerPaths(EngineSettings settings) {
    this.settings = settings;
  }

  /** The OCI bundle of a container, with conmon's sockets and FIFOs. */
  public Path bundle(String id) {
    return settings.runDir().resolve("bundles").resolve(id);
  }

  /** {@code config.json} of a container. */
  public Path specification(String id) {
    return bundle(id).resolve("config.json");
  }

  /** conmon's attach socket of a container. */
  public Path attachSocket(String id) {
    return bundle(id).resolve("attach");
  }

  /** Where conmon writes the exit codes of all containers. */
  public Path exitDirectory() {
    return settings.runDir().resolve("exits");
  }

  /** Where conmon writes a container's exit code. */
  public Path exitFile(String id) {
    return exitDirectory().resolve(id);
  }

  /** The state directory of an OCI runtime, its {@code --root}. */
  public Path runtimeRoot(String runtime) {
    return settings.runDir().resolve("runtimes").resolve(runtime);
  }

  /** {@code /dev/shm} of a container whose IPC namespace others may join. */
  public Path sharedMemory(String id) {
    return settings.runDir().resolve("shm").resolve(id);
  }

  /** Where containers that move are written down. */
  public Path images() {
    return settings.runDir().resolve("teleport");
  }

  /**
   * Where the images of a container lie that is being moved, in memory as all of the run directory.
   */
  public Path images(String id) {
    return images().resolve(id);
  }

  /** Where memory lies that was sent in that round, while the container ran; counted from 1. */
  Path images(String id, int round) {
    return images().resolve("%s.round-%d".formatted(id, round));
  }

  /** A directory without anything in it. */
  Path emptyDirectory() {
    return settings.runDir().resolve("empty");
  }

  /** The control group of a container, as OCI runtimes take it. */
  public String cgroup(ContainerRecord record) {
    String parent = record.hostConfig().cgroupParent();
    return Cgroups.pathOf(
        parent == null || parent.isEmpty() ? settings.cgroupParent() : parent, record.id());
  }

  Path processFile(String id) {
    return bundle(id).resolve("processes.json");
  }

  Path execDirectory(String id, String execId) {
    return bundle(id).resolve("exec").resolve(execId);
  }
}
