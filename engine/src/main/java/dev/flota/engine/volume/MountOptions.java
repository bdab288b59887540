package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.HostConfig.BindOptions;
import dev.flota.engine.spec.HostConfig.MountRequest;
import dev.flota.engine.spec.HostConfig.TmpfsOptions;
import dev.flota.engine.spec.MountPoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** The options of a mount in an OCI configuration, as dockerd chooses them. */
final class MountOptions {
  private MountOptions() {}

  /** A bind mount of a directory or file of the host. */
  static BoundMount bind(MountPoint mount, Path source, Optional<MountRequest> request) {
    Optional<BindOptions> options = request.map(MountRequest::bindOptions);
    boolean shallow = options.map(one -> Boolean.TRUE.equals(one.nonRecursive())).orElse(false);
    boolean shallowReadOnly =
        options.map(one -> Boolean.TRUE.equals(one.readOnlyNonRecursive())).orElse(false);
    List<String> words = new ArrayList<>();
    words.add(shallow ? "bind" : "rbind");
    if (!mount.writable()) {
      words.add(shallow || shallowReadOnly ? "ro" : "rro");
    }
    words.add(
        mount.propagation().isEmpty() ? MountParser.DEFAULT_PROPAGATION : mount.propagation());
    return new BoundMount(mount.destination(), "bind", source.toString(), words);
  }

  /** Memory asked for by {@code --mount type=tmpfs}. */
  static BoundMount tmpfs(MountPoint mount, Optional<MountRequest> request) {
    List<String> words =
        new ArrayList<>(List.of("noexec", "nosuid", "nodev", MountParser.DEFAULT_PROPAGATION));
    if (!mount.writable()) {
      words.add("ro");
    }
    Optional<TmpfsOptions> options = request.map(MountRequest::tmpfsOptions);
    options
        .map(TmpfsOptions::mode)
        .filter(mode -> mode != 0)
        .ifPresent(mode -> words.add("mode=" + Integer.toOctalString(mode)));
    options
        .map(TmpfsOptions::sizeBytes)
        .filter(size -> size != 0)
        .ifPresent(size -> words.add("size=" + size));
    return new BoundMount(mount.destination(), "tmpfs", "tmpfs", words);
  }

  /** Mounts are shared with a container only from where they are shared on the host. */
  static void checkPropagation(MountPoint mount, Supplier<MountTable> table) {
    String propagation = mount.propagation();
    boolean shared = propagation.endsWith("shared");
    boolean slave = propagation.endsWith("slave");
    if (!shared && !slave) {
      return;
    }
    MountTable.Mount from = table.get().of(real(mount.sourcePath()));
    if (shared && !from.shared()) {
      throw EngineException.system(
          "path %s is mounted on %s but it is not a shared mount"
              .formatted(mount.source(), from.point()));
    }
    if (slave && !from.shared() && !from.slave()) {
      throw EngineException.system(
          "path %s is mounted on %s but it is not a shared or slave mount"
              .formatted(mount.source(), from.point()));
    }
  }

  private static Path real(Path path) {
    try {
      return path.toRealPath();
    } catch (IOException e) {
      throw EngineException.system("cannot resolve " + path + ": " + e.getMessage(), e);
    }
  }
}
