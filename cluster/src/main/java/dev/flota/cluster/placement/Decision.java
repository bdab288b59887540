package dev.flota.cluster.placement;

import java.util.List;
import java.util.stream.Collectors;

/** Where a container goes, or why nowhere. */
public sealed interface Decision {
  /**
   * A host was found.
   *
   * @param score of the strategy; the higher the better, comparable within one decision
   * @param explanation for the log and for a curious user
   */
  record Placed(String hostId, String hostName, int score, String explanation)
      implements Decision {}

  /**
   * No host can take it.
   *
   * @param rejections one for each host, in the order of their names
   */
  record NoHostFits(List<Rejection> rejections) implements Decision {
    private static final int HOSTS_IN_TEXT = 10;

    /** Keeps its own copy. */
    public NoHostFits {
      rejections = List.copyOf(rejections);
    }

    /** "no host fits: host-1: needs 2 CPUs, 0.7 free; host-2: is drained". */
    public String text() {
      if (rejections.isEmpty()) {
        return "no host fits: the fleet has no hosts";
      }
      int more = rejections.size() - HOSTS_IN_TEXT;
      return rejections.stream()
          .limit(HOSTS_IN_TEXT)
          .map(rejection -> rejection.hostName() + ": " + rejection.reason())
          .collect(
              Collectors.joining(
                  "; ",
                  "no host fits: ",
                  more <= 0 ? "" : "; and " + more + (more == 1 ? " more host" : " more hosts")));
    }
  }

  /** Why one host cannot take it: "is drained". */
  record Rejection(String hostId, String hostName, String reason) {}
}
