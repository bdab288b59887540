package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.RootedDirectory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Whom a process in a container runs as, resolved by the container's own {@code /etc/passwd} and
 * {@code /etc/group}. These files are the container's to write: they are read without following any
 * link out of its root, to a limited size, and lines that make no sense are passed over.
 *
 * @param groups the primary group first
 * @param home home directory by {@code /etc/passwd}, {@code /} without an entry
 */
record ContainerUser(int uid, int gid, List<Integer> groups, String home) {
  private static final int MAXIMUM_FILE_BYTES = 16 << 20;
  private static final int MAXIMUM_ID = Integer.MAX_VALUE;

  /**
   * Reads the two files below {@code root} and resolves.
   *
   * @param specification {@code user[:group]}, each by name or number; empty for root
   * @param additional further groups by name or number
   */
  static ContainerUser resolve(Path root, String specification, List<String> additional) {
    try (RootedDirectory directory = RootedDirectory.open(root)) {
      return resolve(
          lines(directory, "/etc/passwd"),
          lines(directory, "/etc/group"),
          specification,
          additional);
    }
  }

  private static List<String> lines(RootedDirectory root, String file) {
    try {
      return root.read(file, MAXIMUM_FILE_BYTES)
          .map(bytes -> new String(bytes, StandardCharsets.UTF_8).lines().toList())
          .orElse(List.of());
    } catch (IOException unusable) {
      return List.of(); // like a file that is missing: only numbers can be used
    }
  }

  static ContainerUser resolve(
      List<String> passwd, List<String> group, String specification, List<String> additional) {
    int colon = specification.indexOf(':');
    String userPart = colon < 0 ? specification : specification.substring(0, colon);
    String groupPart = colon < 0 ? "" : specification.substring(colon + 1);
    Optional<User> entry = userEntry(passwd, userPart);
    int uid = entry.map(User::uid).orElseGet(() -> numericUser(userPart));
    List<Group> known = group.stream().flatMap(line -> Group.parse(line).stream()).toList();
    int gid = groupPart.isEmpty() ? entry.map(User::gid).orElse(0) : groupNumber(known, groupPart);
    Set<Integer> groups = new LinkedHashSet<>();
    groups.add(gid);
    if (groupPart.isEmpty() && entry.isPresent()) {
      String name = entry.get().name();
      known.stream()
          .filter(one -> one.members().contains(name))
          .forEach(one -> groups.add(one.gid));
    }
    additional.forEach(one -> groups.add(groupNumber(known, one)));
    return new ContainerUser(
        uid, gid, List.copyOf(groups), entry.map(User::home).filter(h -> !h.isEmpty()).orElse("/"));
  }

  /** A number always means the id, never a user whose name looks like a number. */
  private static Optional<User> userEntry(List<String> passwd, String user) {
    OptionalInt number = user.isEmpty() ? OptionalInt.of(0) : number(user);
    return passwd.stream()
        .flatMap(line -> User.parse(line).stream())
        .filter(
            one -> number.isPresent() ? one.uid() == number.getAsInt() : one.name().equals(user))
        .findFirst();
  }

  private static int numericUser(String user) {
    if (user.isEmpty()) {
      return 0;
    }
    return number(user)
        .orElseThrow(
            () ->
                EngineException.invalid(
                    "unable to find user " + user + ": no matching entries in passwd file"));
  }

  private static int groupNumber(List<Group> known, String group) {
    OptionalInt number = number(group);
    if (number.isPresent()) {
      return number.getAsInt();
    }
    return known.stream()
        .filter(one -> one.name().equals(group))
        .findFirst()
        .map(Group::gid)
        .orElseThrow(
            () ->
                EngineException.invalid(
                    "unable to find group " + group + ": no matching entries in group file"));
  }

  private static OptionalInt number(String text) {
    boolean negative = text.startsWith("-");
    String digits = negative ? text.substring(1) : text;
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalInt.empty();
    }
    if (negative || digits.length() > 10 || Long.parseLong(digits) > MAXIMUM_ID) {
      throw EngineException.invalid("uids and gids must be in range 0-2147483647");
    }
    return OptionalInt.of(Integer.parseInt(digits));
  }

  private static OptionalInt fileNumber(String text) {
    try {
      int value = Integer.parseInt(text.strip());
      return value < 0 ? OptionalInt.empty() : OptionalInt.of(value);
    } catch (NumberFormatException notANumber) {
      return OptionalInt.empty();
    }
  }

  private static List<String> fields(String line) {
    return Arrays.asList(line.strip().split(":", -1));
  }

  private record User(String name, int uid, int gid, String home) {
    static Optional<User> parse(String line) {
      List<String> fields = fields(line);
      if (fields.size() < 4) {
        return Optional.empty();
      }
      OptionalInt uid = fileNumber(fields.get(2));
      OptionalInt gid = fileNumber(fields.get(3));
      if (uid.isEmpty() || gid.isEmpty()) {
        return Optional.empty();
      }
      String home = fields.size() > 5 ? fields.get(5) : "";
      return Optional.of(new User(fields.getFirst(), uid.getAsInt(), gid.getAsInt(), home));
    }
  }

  private record Group(String name, int gid, List<String> members) {
    static Optional<Group> parse(String line) {
      List<String> fields = fields(line);
      OptionalInt gid = fields.size() < 3 ? OptionalInt.empty() : fileNumber(fields.get(2));
      if (gid.isEmpty()) {
        return Optional.empty();
      }
      List<String> members = new ArrayList<>();
      if (fields.size() > 3) {
        members.addAll(Arrays.asList(fields.get(3).split(",", -1)));
      }
      return Optional.of(new Group(fields.getFirst(), gid.getAsInt(), members));
    }
  }
}
