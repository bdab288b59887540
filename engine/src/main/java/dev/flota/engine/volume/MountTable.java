package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What is mounted where, for the calling thread ({@code man 5 proc}, mountinfo).
 *
 * @param mounts in the order of mounting
 */
record MountTable(List<Mount> mounts) {
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");
  private static final int MOUNT_POINT = 4;
  private static final int FIRST_OPTIONAL = 6;

  /** One mount and how it is connected with mounts in other namespaces. */
  record Mount(Path point, boolean shared, boolean slave) {}

  static MountTable read() {
    try (Stream<String> lines = Files.lines(Path.of("/proc/thread-self/mountinfo"))) {
      return parse(lines.toList());
    } catch (IOException e) {
      throw EngineException.system("cannot read the mount table: " + e.getMessage(), e);
    }
  }

  static MountTable parse(List<String> lines) {
    return new MountTable(lines.stream().map(MountTable::mount).toList());
  }

  private static Mount mount(String line) {
    List<String> fields = List.of(line.split(" ", -1));
    List<String> optional = fields.subList(FIRST_OPTIONAL, fields.indexOf("-"));
    return new Mount(
        Path.of(unescape(fields.get(MOUNT_POINT))),
        optional.stream().anyMatch(field -> field.startsWith("shared:")),
        optional.stream().anyMatch(field -> field.startsWith("master:")));
  }

  private static String unescape(String text) {
    Matcher matcher = OCTAL.matcher(text);
    return matcher.replaceAll(
        match ->
            Matcher.quoteReplacement(String.valueOf((char) Integer.parseInt(match.group(1), 8))));
  }

  boolean isMountPoint(Path path) {
    return mounts.stream().anyMatch(mount -> mount.point().equals(path));
  }

  /** The mount that a path is in. */
  Mount of(Path path) {
    return mounts.stream()
        .filter(mount -> path.startsWith(mount.point()))
        .max(Comparator.comparingInt(mount -> mount.point().getNameCount()))
        .orElseThrow(() -> EngineException.system("nothing is mounted at " + path));
  }
}
