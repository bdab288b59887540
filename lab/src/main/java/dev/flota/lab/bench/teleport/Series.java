package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.figure.Samples;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Values by what they are of, in the order in which those were first met. */
final class Series {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();

  void add(String of, double value) {
    values.computeIfAbsent(of, _ -> new ArrayList<>()).add(value);
  }

  Optional<Samples> get(String of) {
    return Optional.ofNullable(values.get(of)).map(Samples::new);
  }

  /** What there are values of. */
  List<String> names() {
    return List.copyOf(values.keySet());
  }
}
