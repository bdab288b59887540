package dev.flota.api.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Shows what a daemon tells of many moves: on a terminal a table that is drawn anew in its place,
 * otherwise a line per change, or what the daemon says as it is.
 */
final class MoveTable {
  private static final List<String> HEAD = List.of("CONTAINER", "FROM", "TO", "PHASE", "RESULT");

  /** More rows may not fit on the screen: they are told by lines. */
  private static final int MOST_ROWS = 20;

  private static final String REST_OF_LINE = "\033[K";
  private static final String NO_WRAP = "\033[?7l";
  private static final String WRAP = "\033[?7h";

  private final PrintWriter out;
  private final boolean json;
  private final boolean terminal;
  private final Map<String, Row> rows = new LinkedHashMap<>();
  private int drawn;
  private @Nullable JsonNode end;

  private record Row(
      String container, String from, String to, String phase, String result, String reason) {
    List<String> cells() {
      return List.of(container, from, to, phase, result);
    }

    String line() {
      String way = to.equals("-") ? from : from + " → " + to;
      String said = result.equals("-") ? phase : result;
      return "%s: %s: %s%s".formatted(container, way, said, reason.isEmpty() ? "" : ": " + reason);
    }
  }

  MoveTable(PrintWriter out, boolean json) {
    this(out, json, ProgressBar.isTerminal());
  }

  MoveTable(PrintWriter out, boolean json, boolean terminal) {
    this.out = out;
    this.json = json;
    this.terminal = terminal;
  }

  /** Shows what the daemon has said next. */
  void show(JsonNode said) {
    if (said.has("error")) {
      throw new EngineException(ErrorKind.SYSTEM, said.path("error").asText());
    }
    String phase = said.path("phase").asText();
    if (phase.equals("end")) {
      end = said;
    }
    if (json) {
      out.println(said);
    } else {
      switch (phase) {
        case "end" -> summarise(said);
        case "plan" -> plan(said);
        default -> change(said);
      }
    }
    out.flush();
  }

  private void plan(JsonNode said) {
    List<List<String>> hosts = new ArrayList<>();
    hosts.add(List.of("HOST", "FULL", "THEN"));
    said.path("hosts")
        .forEach(
            host ->
                hosts.add(
                    List.of(
                        host.path("host").asText(),
                        percent(host.path("load")),
                        percent(host.path("then")))));
    FleetCommands.lines(hosts).forEach(out::println);
    List<String> words = new ArrayList<>();
    words.add(said.path("moves").asLong() + " to move");
    add(words, said.path("resting").asLong(), "left alone, moved lately");
    add(words, said.path("pinned").asLong(), "cannot move while running");
    out.println(String.join(", ", words));
  }

  private static String percent(JsonNode number) {
    return String.format(Locale.ROOT, "%.0f %%", number.asDouble());
  }

  private void change(JsonNode said) {
    Row row =
        new Row(
            said.path("container").asText(),
            said.path("from").asText(),
            said.path("to").asText("-"),
            said.path("phase").asText(),
            result(said),
            said.path("reason").asText(""));
    rows.put(said.path("id").asText(), row);
    if (terminal && rows.size() <= MOST_ROWS) {
      draw();
    } else if (!row.phase().equals("waiting")) {
      out.println(row.line());
    }
  }

  private static String result(JsonNode said) {
    String result = said.path("result").asText("-");
    return switch (result) {
      case "moved" ->
          String.format(
              Locale.ROOT,
              "moved, frozen for %d ms, %.1f MB",
              said.path("frozenMillis").asLong(),
              said.path("bytes").asLong() / FleetCommands.MEGABYTE);
      default -> result;
    };
  }

  private void draw() {
    List<List<String>> table = new ArrayList<>();
    table.add(HEAD);
    rows.values().forEach(row -> table.add(row.cells()));
    if (drawn > 0) {
      out.printf("\033[%dA", drawn);
    }
    out.print(NO_WRAP);
    FleetCommands.lines(table).forEach(line -> out.println(line + REST_OF_LINE));
    out.print(WRAP);
    drawn = table.size();
  }

  private void summarise(JsonNode said) {
    if (drawn > 0) { // the table has no room for reasons
      rows.values().stream()
          .filter(row -> !row.reason().isEmpty())
          .forEach(row -> out.println(row.line()));
    }
    if (said.has("planned")) {
      if (said.path("planned").asLong() > 0) {
        out.println("nothing is moved without --apply");
      }
      return;
    }
    List<String> words = new ArrayList<>();
    words.add(said.path("moved").asLong() + " moved");
    add(words, said.path("stayed").asLong(), "stayed");
    add(words, said.path("down").asLong(), "down");
    add(words, said.path("waiting").asLong(), "not begun");
    out.println(String.join(", ", words));
  }

  private static void add(List<String> words, long count, String what) {
    if (count > 0) {
      words.add(count + " " + what);
    }
  }

  /**
   * The command's exit code: whether all is as it should be.
   *
   * @throws EngineException UNAVAILABLE when the daemon did not come to the end
   */
  int exitCode() {
    JsonNode last = end;
    if (last == null) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          "the daemon has ended before the moves: what was on its way comes to its end, 'docker ps' tells where");
    }
    return last.path("well").asBoolean() ? 0 : 1;
  }
}
