package dev.flota.cluster.teleport;

import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.placement.NaturalOrder;
import dev.flota.engine.ByteSize;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What stands against moving a container between two hosts, as far as they tell; for people. */
public final class Suitability {
  private static final String CRIU = "criu";
  private static final String CGROUP = "cgroup";

  private Suitability() {}

  /**
   * By what both say of themselves; the features of one that does not know them yet are no
   * obstacle.
   *
   * @param runs whether it is to be moved while it runs
   * @param memory bytes of its processes
   */
  public static List<String> of(HostStatus from, HostStatus to, boolean runs, long memory) {
    List<String> obstacles = new ArrayList<>();
    if (!runs) {
      return obstacles;
    }
    if (!from.features().isEmpty() && !to.features().isEmpty()) {
      String dumps = value(from, CRIU);
      String restores = value(to, CRIU);
      if (dumps.isEmpty()) {
        obstacles.add(from.name() + " has no CRIU: install criu there");
      }
      if (restores.isEmpty()) {
        obstacles.add(to.name() + " has no CRIU: install criu there");
      } else if (NaturalOrder.compare(restores, dumps) < 0) {
        obstacles.add(
            "%s has CRIU %s, older than %s on %s: upgrade it"
                .formatted(to.name(), restores, dumps, from.name()));
      }
      if (!value(from, CGROUP).equals(value(to, CGROUP))) {
        obstacles.add(
            "%s has control groups %s, %s has %s: stop it first"
                .formatted(from.name(), value(from, CGROUP), to.name(), value(to, CGROUP)));
      }
    }
    long free = to.resources().memory() - to.resources().memoryUsed();
    if (memory > free) {
      obstacles.add(
          "%s has %s of memory to spare, %s are needed: choose another host, or make room"
              .formatted(to.name(), ByteSize.human(Math.max(0, free)), ByteSize.human(memory)));
    }
    return obstacles;
  }

  /** What may go wrong for all that, for people. */
  public static Optional<String> note(HostStatus from, HostStatus to, boolean runs) {
    return runs && NaturalOrder.compare(to.kernel(), from.kernel()) < 0
        ? Optional.of(
            "%s has kernel %s, older than %s on %s: what only that has cannot be restored there"
                .formatted(to.name(), to.kernel(), from.kernel(), from.name()))
        : Optional.empty();
  }

  /** Instructions that programs may use there and that are missing here. */
  static List<String> missing(List<String> there, List<String> here) {
    List<String> missing = new ArrayList<>(there);
    missing.removeAll(here);
    return missing;
  }

  private static String value(HostStatus host, String feature) {
    String start = feature + "=";
    return host.features().stream()
        .filter(each -> each.startsWith(start))
        .map(each -> each.substring(start.length()))
        .findFirst()
        .orElse("");
  }
}
