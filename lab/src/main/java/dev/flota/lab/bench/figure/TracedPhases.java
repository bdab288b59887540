package dev.flota.lab.bench.figure;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of the daemon's log that tells where the time of one piece of work went, as {@code
 * FLOTA_LOG=DEBUG} shows it: "launch of clever_turing: storage 0.9, network 7.1, in all 8.0 ms".
 *
 * @param work "launch", "clean-up"
 * @param milliseconds of each phase, in the order of the log; the last is {@link #SUM}
 */
public record TracedPhases(String work, String container, Map<String, Double> milliseconds) {
  /** What the log calls all phases together. */
  public static final String SUM = "in all";

  private static final String PHASE = "[a-z][a-z -]* [0-9]+\\.[0-9]+";
  private static final Pattern LINE =
      Pattern.compile(" - ([a-z-]+) of (\\S+): (" + PHASE + "(?:, " + PHASE + ")*) ms\\s*$");

  public TracedPhases {
    milliseconds = new LinkedHashMap<>(milliseconds);
  }

  /** Empty for every other line. */
  public static Optional<TracedPhases> parse(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.find()) {
      return Optional.empty();
    }
    Map<String, Double> phases = new LinkedHashMap<>();
    for (String phase : matcher.group(3).split(", ", -1)) {
      int blank = phase.lastIndexOf(' ');
      phases.put(phase.substring(0, blank), Double.parseDouble(phase.substring(blank + 1)));
    }
    return Optional.of(new TracedPhases(matcher.group(1), matcher.group(2), phases));
  }

  /**
   * The values of each phase over many traces, under names such as "launch: network". What a
   * container has several of, as clean-ups after its end and before its removal, is added up.
   */
  public static Map<String, Samples> collect(List<TracedPhases> traces) {
    Map<String, Map<String, Double>> byContainer = new LinkedHashMap<>();
    for (TracedPhases trace : traces) {
      trace.milliseconds.forEach(
          (phase, value) ->
              byContainer
                  .computeIfAbsent(trace.work + ": " + phase, _ -> new LinkedHashMap<>())
                  .merge(trace.container, value, Double::sum));
    }
    Map<String, Samples> samples = new LinkedHashMap<>();
    byContainer.forEach(
        (name, values) -> samples.put(name, new Samples(List.copyOf(values.values()))));
    return samples;
  }
}
