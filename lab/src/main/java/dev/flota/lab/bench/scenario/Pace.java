package dev.flota.lab.bench.scenario;

/**
 * How often a scenario is measured.
 *
 * @param warmUps rounds before, of which nothing is kept
 */
public record Pace(int warmUps, int rounds) {
  public Pace {
    if (warmUps < 0 || rounds < 1) {
      throw new IllegalArgumentException(
          "no pace: " + warmUps + " warm-ups, " + rounds + " rounds");
    }
  }

  /** The same, but not more than a scenario of long rounds can ask for. */
  Pace atMost(int mostWarmUps, int mostRounds) {
    return new Pace(Math.min(warmUps, mostWarmUps), Math.min(rounds, mostRounds));
  }
}
