package dev.flota.lab.bench.figure;

import java.util.List;

/** The values of one metric, in the order in which they were measured; at least one. */
public record Samples(List<Double> values) {
  public Samples {
    values = List.copyOf(values);
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values");
    }
  }

  public int count() {
    return values.size();
  }

  /** The middle value, or the mean of the two in the middle. */
  public double median() {
    List<Double> sorted = sorted();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }

  /** The smallest value that at least {@code percent} per cent of the values do not exceed. */
  public double percentile(int percent) {
    if (percent < 1 || percent > 100) {
      throw new IllegalArgumentException("not a percentage: " + percent);
    }
    int rank = Math.ceilDiv(percent * values.size(), 100);
    return sorted().get(rank - 1);
  }

  private List<Double> sorted() {
    return values.stream().sorted().toList();
  }
}
