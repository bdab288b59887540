package dev.flota.engine.container;

import dev.flota.engine.linux.ProcessFacts;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A process in a container that does not descend from its first one: {@code docker exec} has begun
 * it, by this daemon or one before.
 *
 * @param pid in the host's pid namespace
 * @param command with its arguments
 */
public record Guest(int pid, String command) {
  /**
   * Those of a container.
   *
   * @param first process of the container
   * @param processes all that it has
   */
  static List<Guest> of(int first, Collection<Integer> processes) {
    return processes.stream()
        .flatMap(pid -> ProcessHandle.of(pid).stream())
        .filter(process -> !descends(process, first))
        .flatMap(process -> of((int) process.pid()).stream())
        .toList();
  }

  private static boolean descends(ProcessHandle process, int first) {
    Optional<ProcessHandle> each = Optional.of(process);
    while (each.isPresent() && each.get().pid() != first) {
      each = each.get().parent();
    }
    return each.isPresent();
  }

  private static Optional<Guest> of(int pid) {
    String line = ProcessFacts.commandLine(pid);
    return line.isEmpty()
        ? Optional.empty()
        : Optional.of(new Guest(pid, line.replace('\0', ' ').strip()));
  }

  /** What keeps a container with them where it is, for people: what it does. */
  public static String obstacle(List<Guest> guests) {
    return guests.stream()
        .map(Guest::toString)
        .collect(
            Collectors.joining(
                ", ", "runs processes of docker exec, which cannot come along: ", ""));
  }

  @Override
  public String toString() {
    return "%s (process %d)".formatted(command, pid);
  }
}
