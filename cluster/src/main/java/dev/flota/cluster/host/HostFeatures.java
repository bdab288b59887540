package dev.flota.cluster.host;

import dev.flota.engine.linux.ProgramOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a teleport depends on: kernel and CRIU. A feature is a word, or a word, {@code =} and a
 * value; what is not there has no word.
 *
 * @param root of the file system
 * @param criu program
 */
record HostFeatures(Path root, String criu) {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
  private static final Pattern VERSION = Pattern.compile("Version:\\s+(\\S+)");

  /**
   * Names of {@code criu check --feature}: pages that change are noted (pre-copy), page faults are
   * handed to a process (post-copy, also across forks), sockets know processes, connections are
   * locked by nftables.
   */
  private static final List<String> CHECKED =
      List.of("mem_dirty_track", "uffd", "uffd-noncoop", "pidfd_store", "network_lock_nftables");

  /** Of this machine. */
  static HostFeatures ofThisHost() {
    return new HostFeatures(Path.of("/"), "criu");
  }

  /** All that are there, always in the same order. Starts programs and waits for them. */
  List<String> probe() {
    List<String> features = new ArrayList<>();
    features.add("cgroup=" + cgroups());
    if (hasFileSystem("overlay")) {
      features.add("overlay");
    }
    ProgramOutput.of(List.of(criu, "--version"), ANSWER_WITHIN)
        .map(output -> VERSION.matcher(output.text()))
        .filter(Matcher::find)
        .ifPresent(
            version -> {
              features.add("criu=" + version.group(1));
              CHECKED.stream().filter(this::check).forEach(features::add);
            });
    return List.copyOf(features);
  }

  private boolean check(String feature) {
    return ProgramOutput.of(List.of(criu, "check", "--feature", feature), ANSWER_WITHIN)
        .filter(output -> output.status() == 0)
        .isPresent();
  }

  /** {@code v2} where that is all there is. */
  private String cgroups() {
    return Files.exists(root.resolve("sys/fs/cgroup/cgroup.controllers")) ? "v2" : "v1";
  }

  private boolean hasFileSystem(String name) {
    try {
      return Files.readAllLines(root.resolve("proc/filesystems")).stream()
          .anyMatch(line -> line.strip().endsWith("\t" + name) || line.strip().equals(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
