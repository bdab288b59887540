package dev.flota.lab.contract;

import dev.flota.lab.contract.SchemaCheck.Breach;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Where Docker Engine 28 itself does not keep to its description. Clients were written against the
 * engine, so we do as it does.
 */
final class RealDocker {
  private static final List<Habit> HABITS =
      List.of(
          // Go writes nil slices, maps and pointers as null; only some fields are marked
          // x-nullable.
          habit(".*", ".*", "is null, should be (array|object)"),
          // Pointers, where the file forgets to say x-nullable.
          habit(
              ".*",
              "HostConfig\\.(MemorySwappiness|OomKillDisable|PidsLimit)",
              "is null, should be .*"),
          // Of the time before events had types; still sent.
          habit("GET /events 200", "status|id|from", "is not in the description"));

  private RealDocker() {}

  private record Habit(Pattern operation, Pattern place, Pattern problem) {
    boolean covers(String someOperation, Breach breach) {
      return operation.matcher(someOperation).matches()
          && place.matcher(breach.place()).matches()
          && problem.matcher(breach.problem()).matches();
    }
  }

  private static Habit habit(String operation, String place, String problem) {
    return new Habit(Pattern.compile(operation), Pattern.compile(place), Pattern.compile(problem));
  }

  static boolean doesSo(String operation, Breach breach) {
    return HABITS.stream().anyMatch(habit -> habit.covers(operation, breach));
  }
}
