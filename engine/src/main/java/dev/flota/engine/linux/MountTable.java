package dev.flota.engine.linux;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What is mounted where, from {@code /proc/self/mountinfo} (proc(5)). */
public final class MountTable {
  private static final Path SELF = Path.of("/proc/thread-self/mountinfo");
  private final List<Entry> entries;

  private MountTable(List<Entry> entries) {
    this.entries = entries;
  }

  /**
   * One mount.
   *
   * @param root of the mounted tree within its file system
   * @param target where it is mounted
   * @param options of this mount
   * @param propagation {@code shared:N}, {@code master:N}, … empty when private
   * @param type of the file system
   * @param superOptions of the file system
   */
  public record Entry(
      String root,
      Path target,
      List<String> options,
      List<String> propagation,
      String type,
      String source,
      List<String> superOptions) {}

  /** As this thread sees it now. */
  public static MountTable read() {
    try {
      return parse(Files.readAllLines(SELF));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** From the lines of a mountinfo file. */
  public static MountTable parse(List<String> lines) {
    return new MountTable(lines.stream().map(MountTable::entry).toList());
  }

  /** In the order they were mounted. */
  public List<Entry> entries() {
    return entries;
  }

  /** Whether something is mounted exactly there. */
  public boolean mounted(Path target) {
    return entries.stream().anyMatch(entry -> entry.target().equals(target));
  }

  /** The mount that {@code path} lies on. */
  public Entry containing(Path path) {
    return entries.stream()
        .filter(entry -> path.startsWith(entry.target()))
        .reduce((first, second) -> deeper(first, second) ? first : second)
        .orElseThrow(() -> new IllegalArgumentException("no mount contains " + path));
  }

  private static boolean deeper(Entry first, Entry second) {
    return first.target().getNameCount() > second.target().getNameCount();
  }

  private static Entry entry(String line) {
    List<String> fields = Arrays.asList(line.split(" "));
    int separator = fields.indexOf("-");
    if (separator < 6 || fields.size() < separator + 3) {
      throw new IllegalArgumentException("not a line of mountinfo: " + line);
    }
    String superOptions = fields.size() > separator + 3 ? fields.get(separator + 3) : "";
    return new Entry(
        unescape(fields.get(3)),
        Path.of(unescape(fields.get(4))),
        List.of(fields.get(5).split(",")),
        List.copyOf(fields.subList(6, separator)),
        fields.get(separator + 1),
        unescape(fields.get(separator + 2)),
        List.of(superOptions.split(",")));
  }

  /** Space, tab, newline and backslash are written as three octal digits. */
  private static String unescape(String text) {
    if (text.indexOf('\\') < 0) {
      return text;
    }
    StringBuilder plain = new StringBuilder();
    for (int index = 0; index < text.length(); index++) {
      char character = text.charAt(index);
      if (character == '\\' && index + 3 < text.length()) {
        plain.append((char) Integer.parseInt(text.substring(index + 1, index + 4), 8));
        index += 3;
      } else {
        plain.append(character);
      }
    }
    return plain.toString();
  }
}
