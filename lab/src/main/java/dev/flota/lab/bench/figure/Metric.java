package dev.flota.lab.bench.figure;

/** Something that is measured: "cycle on the bridge: start", in milliseconds. */
public record Metric(String name, Unit unit, Target target) {
  /** A duration without a target. */
  public static Metric duration(String name) {
    return new Metric(name, Unit.MILLISECONDS, new Target.None());
  }

  /** A size without a target. */
  public static Metric size(String name) {
    return new Metric(name, Unit.MEGABYTES, new Target.None());
  }

  /** How often in a second, without a target. */
  public static Metric rate(String name) {
    return new Metric(name, Unit.PER_SECOND, new Target.None());
  }

  /** How much in a second, without a target. */
  public static Metric throughput(String name) {
    return new Metric(name, Unit.MEGABYTES_PER_SECOND, new Target.None());
  }

  /** The same metric, to be at most this fraction of Docker's. */
  public Metric atMostOfDocker(double fraction) {
    return atMostOf(fraction, "Docker's");
  }

  /** The same metric, to be at most this fraction of the other's. */
  public Metric atMostOf(double fraction, String whose) {
    return new Metric(name, unit, new Target.AtMostOf(fraction, whose));
  }

  /** The same metric, to be at least this fraction of the other's. */
  public Metric atLeastOf(double fraction, String whose) {
    return new Metric(name, unit, new Target.AtLeastOf(fraction, whose));
  }

  /** The same metric, to be at most this value in its unit. */
  public Metric atMost(double most) {
    return new Metric(name, unit, new Target.AtMost(most));
  }

  /** The same metric, to be at least this value in its unit. */
  public Metric atLeast(double least) {
    return new Metric(name, unit, new Target.AtLeast(least));
  }
}
