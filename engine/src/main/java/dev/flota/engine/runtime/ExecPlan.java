package dev.flota.engine.runtime;

import dev.flota.engine.spec.ContainerConfig;
import java.nio.file.Path;
import java.util.List;

/** A further process of a container as the OCI runtime gets it. */
final class ExecPlan {
  private ExecPlan() {}

  /**
   * Like the container's main process in all that the exec does not say.
   *
   * @param main the container's main process
   */
  static OciSpec.ContainerProcess of(
      ContainerConfig config,
      OciSpec.ContainerProcess main,
      ExecSpec spec,
      ContainerUser user,
      HostFacts host) {
    String directory = spec.workingDir();
    List<String> capabilities = Capabilities.available(Capabilities.ALL, host.bounding());
    return new OciSpec.ContainerProcess(
        spec.tty(),
        SpecPlan.consoleSize(spec.tty(), spec.consoleSize()),
        new OciSpec.User(user.uid(), user.gid(), user.groups()),
        spec.arguments(),
        Environment.of(config, spec.tty(), spec.environment(), user.home()),
        directory == null || directory.isEmpty()
            ? main.cwd()
            : Path.of("/").resolve(directory).normalize().toString(),
        spec.privileged()
            ? new OciSpec.CapabilitySets(capabilities, capabilities, capabilities)
            : main.capabilities(),
        main.rlimits(),
        main.noNewPrivileges(),
        main.oomScoreAdj());
  }
}
