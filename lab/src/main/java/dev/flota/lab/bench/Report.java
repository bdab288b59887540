package dev.flota.lab.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.flota.lab.bench.figure.Comparison;
import dev.flota.lab.bench.figure.Metric;
import dev.flota.lab.bench.figure.Samples;
import dev.flota.lab.bench.figure.TextTable;
import dev.flota.lab.bench.figure.TextTable.Side;
import dev.flota.lab.bench.figure.Unit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * The figures for a person and for a program.
 *
 * @param other heading of what Flota is compared with, if it is
 */
record Report(
    Surroundings surroundings,
    Optional<String> other,
    List<Comparison> comparisons,
    List<String> failures) {
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  Report {
    comparisons = List.copyOf(comparisons);
    failures = List.copyOf(failures);
  }

  /**
   * Prints the table, and writes every value to a file where one is named.
   *
   * @return 0 unless something failed
   */
  int publish(@Nullable Path json) throws IOException {
    System.out.print(text());
    if (json != null) {
      Files.writeString(json, json());
    }
    return failures.isEmpty() ? 0 : 1;
  }

  /** The table, and below it what it was measured on and what failed. */
  String text() {
    StringBuilder text = new StringBuilder(table().render());
    text.append('\n').append(surroundings.describe()).append('\n');
    failures.forEach(failure -> text.append("FAILED  ").append(failure).append('\n'));
    return text.toString();
  }

  private TextTable table() {
    TextTable table = new TextTable().column("", Side.LEFT);
    other.ifPresent(name -> table.column(name, Side.RIGHT).column("p90", Side.RIGHT));
    table.column("FLOTA", Side.RIGHT).column("p90", Side.RIGHT);
    other.ifPresent(name -> table.column("RATIO", Side.RIGHT));
    table.column("TARGET", Side.LEFT).column("REACHED", Side.LEFT);
    comparisons.forEach(comparison -> table.row(cells(comparison, other.isPresent())));
    return table;
  }

  private static List<String> cells(Comparison comparison, boolean withOther) {
    Metric metric = comparison.metric();
    Unit unit = metric.unit();
    String flota = median(comparison.flota(), unit);
    String flotaP90 = p90(comparison.flota(), unit);
    String target = metric.target().describe(unit);
    String reached = comparison.verdict().text();
    return withOther
        ? List.of(
            metric.name(),
            median(comparison.other(), unit),
            p90(comparison.other(), unit),
            flota,
            flotaP90,
            ratio(comparison.ratio()),
            target,
            reached)
        : List.of(metric.name(), flota, flotaP90, target, reached);
  }

  private static String median(Optional<Samples> samples, Unit unit) {
    return samples.map(some -> unit.format(some.median())).orElse("-");
  }

  /** Of a single value there is none. */
  private static String p90(Optional<Samples> samples, Unit unit) {
    return samples
        .filter(some -> some.count() > 1)
        .map(some -> unit.format(some.percentile(90)))
        .orElse("");
  }

  private static String ratio(OptionalDouble ratio) {
    return ratio.isPresent() ? String.format(Locale.ROOT, "%.2f", ratio.getAsDouble()) : "";
  }

  /** All of it, every single value too. */
  String json() {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("surroundings", surroundings.json());
    other.ifPresent(name -> report.put("other", name));
    report.put("figures", comparisons.stream().map(Report::json).toList());
    report.put("failures", failures);
    try {
      return JSON.writeValueAsString(report) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the report is not JSON", e);
    }
  }

  private static Map<String, Object> json(Comparison comparison) {
    Metric metric = comparison.metric();
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("name", metric.name());
    figure.put("unit", metric.unit().symbol());
    comparison.other().ifPresent(samples -> figure.put("other", json(samples)));
    comparison.flota().ifPresent(samples -> figure.put("flota", json(samples)));
    comparison.ratio().ifPresent(ratio -> figure.put("ratio", ratio));
    figure.put("target", metric.target().describe(metric.unit()));
    figure.put("reached", comparison.verdict().text());
    return figure;
  }

  private static Map<String, Object> json(Samples samples) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("median", samples.median());
    json.put("p90", samples.percentile(90));
    json.put("values", samples.values());
    return json;
  }
}
