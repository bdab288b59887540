package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Options of tmpfs mounts, where a later one overrules an earlier one on the same matter. */
final class TmpfsOptions {
  private static final Set<String> DATA =
      Set.of("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol");
  private static final Map<String, String> MATTERS = matters();

  private TmpfsOptions() {}

  private static Map<String, String> matters() {
    Map<String, String> matters = new TreeMap<>();
    String[][] groups = {
      {"ro", "rw"},
      {"suid", "nosuid"},
      {"dev", "nodev"},
      {"exec", "noexec"},
      {"sync", "async"},
      {"dirsync"},
      {"remount"},
      {"mand", "nomand"},
      {"atime", "noatime"},
      {"diratime", "nodiratime"},
      {"relatime", "norelatime"},
      {"strictatime", "nostrictatime"},
      {"bind", "rbind"},
      {"private", "rprivate", "shared", "rshared", "slave", "rslave", "unbindable", "runbindable"},
    };
    for (String[] group : groups) {
      for (String option : group) {
        matters.put(option, group[0]);
      }
    }
    return matters;
  }

  /**
   * What is in force.
   *
   * @throws EngineException INVALID: no such option
   */
  static List<String> merge(List<String> options) {
    Deque<String> result = new ArrayDeque<>();
    Set<String> decided = new HashSet<>();
    for (String option : options.reversed()) {
      if (option.equals("defaults")) {
        continue;
      }
      int equals = option.indexOf('=');
      String name = equals < 0 ? option : option.substring(0, equals);
      String matter = equals < 0 ? MATTERS.get(name) : (DATA.contains(name) ? name : null);
      if (matter == null) {
        throw EngineException.invalid("invalid tmpfs option \"" + name + "\"");
      }
      if (decided.add(matter)) {
        result.addFirst(option);
      }
    }
    return List.copyOf(result);
  }
}
