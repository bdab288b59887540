package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.MountTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What in a container's images stands for things of its host, and how another host puts its own in
 * place. The names are those that runc's restore looks for: a bind mount by its destination, what
 * masks a file by {@code /dev/null}, a namespace that was given by its path by {@code
 * extRootNetNS}. Where runc has no name the mapping goes through a file of criu's configuration.
 */
final class Checkpoint {
  /** In the bundle's annotations: a file of criu's options for a restore, for runc. */
  static final String CONFIGURATION = "org.criu.config";

  private static final String MASKED_FILE = "/dev/null";
  private static final String MASKED_DIRECTORY = "/flota/masked-directory";

  /** runc takes the group that it is in itself for the container's, when it restores. */
  private static final String CGROUP = "/flota/cgroup";

  private Checkpoint() {}

  /**
   * The external mounts and namespaces of a running container.
   *
   * @param pid of its first process
   * @param bundle its {@code config.json}
   */
  static List<String> externals(int pid, OciSpec bundle) {
    List<String> externals = new ArrayList<>();
    mounts(table(pid), bundle, path -> Files.isDirectory(inside(pid, path)))
        .forEach((target, key) -> externals.add("mnt[%s]:%s".formatted(target, key)));
    boolean givenNetwork =
        bundle.linux().namespaces().stream()
            .anyMatch(each -> each.type().equals("network") && each.path() != null);
    if (givenNetwork) {
      externals.add("net[%d]:extRootNetNS".formatted(inode(pid)));
    }
    return externals;
  }

  /** Whether something in a container is a directory. */
  interface Look {
    boolean isDirectory(Path path);
  }

  /** The names of its external mounts by where they are in the container; pure. */
  static Map<String, String> mounts(MountTable table, OciSpec bundle, Look look) {
    List<String> bound =
        bundle.mounts().stream()
            .filter(mount -> mount.options().contains("bind") || mount.options().contains("rbind"))
            .map(OciSpec.Mount::destination)
            .toList();
    List<String> masked =
        bundle.linux().maskedPaths() == null ? List.of() : bundle.linux().maskedPaths();
    Map<String, String> names = new LinkedHashMap<>();
    for (MountTable.Entry entry : table.entries()) {
      String target = entry.target().toString();
      if (entry.type().startsWith("cgroup")) {
        names.put(target, CGROUP + target);
      } else if (bound.contains(target)) {
        names.put(target, target);
      } else if (masked.contains(target)) {
        names.put(target, look.isDirectory(entry.target()) ? MASKED_DIRECTORY : MASKED_FILE);
      }
    }
    return names;
  }

  /**
   * criu's options for a restore here.
   *
   * @param groups the container's directory in each hierarchy of control groups, by where that is
   *     mounted
   */
  static String configuration(Path emptyDirectory, Map<Path, Path> groups) {
    StringBuilder options = new StringBuilder("skip-in-flight\nnetwork-lock skip\n");
    options.append(external(MASKED_DIRECTORY, emptyDirectory.toString()));
    options.append(external(MASKED_FILE, MASKED_FILE));
    groups.forEach(
        (hierarchy, group) -> options.append(external(CGROUP + hierarchy, group.toString())));
    return options.toString();
  }

  private static String external(String key, String source) {
    return "external mnt[%s]:%s\n".formatted(key, source);
  }

  /** What the standard streams are, for runc to put conmon's in their place. */
  static List<String> streams(int pid) {
    return List.of(link(pid, "fd/0"), link(pid, "fd/1"), link(pid, "fd/2"));
  }

  private static String link(int pid, String name) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", Integer.toString(pid), name)).toString();
    } catch (IOException e) {
      throw EngineException.system("the container's process has no " + name, e);
    }
  }

  private static MountTable table(int pid) {
    try {
      return MountTable.parse(
          Files.readAllLines(Path.of("/proc", Integer.toString(pid), "mountinfo")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path inside(int pid, Path path) {
    return Path.of("/proc/" + pid + "/root" + path);
  }

  private static long inode(int pid) {
    try {
      return (long) Files.getAttribute(Path.of("/proc/" + pid + "/ns/net"), "unix:ino");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
