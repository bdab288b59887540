package dev.flota.lab.harness;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What exists inside a lab host by kind, for a look before and after.
 *
 * @param things names of mounts, cgroups, network devices, namespaces, directories and processes
 * @param openFiles of the daemon
 */
public record Census(Map<String, TreeSet<String>> things, int openFiles) {
  /** Prints kind and name, one thing a line. */
  private static final String SCRIPT =
      """
      sed 's/^/mount /' < <(awk '{print $5, "on", $4}' /proc/self/mountinfo)
      find /sys/fs/cgroup -mindepth 1 -type d ! -path '*/unified/*' -printf 'cgroup %p\\n'
      ip -o link | awk '{sub("@.*", "", $2); sub(":$", "", $2); print "device", $2}'
      lsns -t net -n -o NS | sed 's/^ */netns /'
      find /var/lib/flota/containers /var/lib/flota/layers /run/flota -mindepth 1 -maxdepth 2 ! -type s -printf 'file %p\\n' 2>/dev/null
      for process in /proc/[0-9]*; do
        [ "$(readlink $process/ns/pid)" = "$(readlink /proc/1/ns/pid)" ] || { echo "process in-a-container ${process##*/}"; continue; }
        read -r comm < $process/comm && echo "process $comm ${process##*/}"
      done 2>/dev/null | grep -v -E ' (bash|find|awk|sed|ip|lsns|grep|cut|readlink|nsenter|dumped) [0-9]+$'
      true
      """;

  /** Looks now. */
  public static Census of(LabHost host) {
    Map<String, TreeSet<String>> things = new TreeMap<>();
    for (String line : host.shell(SCRIPT).exited(0).lines()) {
      String[] words = line.split(" ", 2);
      things.computeIfAbsent(words[0], kind -> new TreeSet<>()).add(words[1]);
    }
    return new Census(things, openFilesOfDaemon(host));
  }

  private static int openFilesOfDaemon(LabHost host) {
    long daemon =
        host.daemon().orElseThrow(() -> new AssertionError("no daemon runs in the host")).pid();
    String[] files = Path.of("/proc", String.valueOf(daemon), "fd").toFile().list();
    return files == null ? 0 : files.length;
  }

  /** What is there now and was not before, as readable lines. */
  public List<String> newSince(Census before) {
    return things.entrySet().stream()
        .flatMap(
            entry ->
                entry.getValue().stream()
                    .filter(
                        name ->
                            !before
                                .things
                                .getOrDefault(entry.getKey(), new TreeSet<>())
                                .contains(name))
                    .map(name -> entry.getKey() + " " + name))
        .toList();
  }
}
