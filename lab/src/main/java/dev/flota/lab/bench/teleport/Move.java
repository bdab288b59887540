package dev.flota.lab.bench.teleport;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One move, as its client sees it.
 *
 * @param phases from the line that says that one begins to the next such line, in milliseconds
 * @param total milliseconds of all, as the daemon says
 * @param frozen milliseconds without the container running, as the daemon says
 * @param megabytes sent in all
 */
record Move(Map<String, Double> phases, double total, double frozen, double megabytes) {
  private static final double NANOSECONDS = 1e6;
  private static final double BYTES = 1e6;
  private static final JsonMapper JSON = new JsonMapper();

  /** Keeps the order of the phases. */
  Move {
    phases = new LinkedHashMap<>(phases);
  }

  /** What the daemon said, and when each line came. */
  static final class Lines {
    private record Line(String text, long nanos) {}

    private final List<Line> lines = new ArrayList<>();

    /** Takes the next one, which came at that time. */
    void take(String text, long nanos) {
      lines.add(new Line(text, nanos));
    }

    /**
     * The move that has come to its end.
     *
     * @throws IOException when it failed
     */
    Move move() throws IOException {
      Map<String, Double> phases = new LinkedHashMap<>();
      String phase = "";
      long began = 0;
      JsonNode said = JSON.missingNode();
      for (Line line : lines) {
        said = JSON.readTree(line.text());
        String begins = said.path("phase").asText();
        if (begins.isEmpty()) {
          continue;
        }
        if (!phase.isEmpty()) {
          phases.merge(phase, (line.nanos() - began) / NANOSECONDS, Double::sum);
        }
        phase = begins;
        began = line.nanos();
      }
      if (!said.path("phase").asText().equals("done")) {
        throw new UnexpectedAnswerException("a container did not move: " + said);
      }
      return new Move(
          phases,
          said.path("totalMillis").asDouble(),
          said.path("frozenMillis").asDouble(),
          said.path("bytes").asDouble() / BYTES);
    }
  }
}
