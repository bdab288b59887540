package dev.flota.lab.bench.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final Metric HALF = Metric.duration("exec").atMostOfDocker(0.5);
  private static final Metric TWENTY = Metric.duration("list").atMost(20);
  private static final Metric FREE = Metric.duration("create");

  @Test
  void ratioIsFlotasMedianInDockers() {
    assertThat(new Comparison(FREE, of(40, 50, 60), of(10, 20, 90)).ratio()).hasValue(0.4);
  }

  @Test
  void withoutDockerThereIsNoRatio() {
    assertThat(new Comparison(FREE, Optional.empty(), of(10)).ratio()).isEmpty();
  }

  @Test
  void nothingIsDividedByZero() {
    assertThat(new Comparison(FREE, of(0), of(10)).ratio()).isEmpty();
  }

  @Test
  void fractionIsReachedUpToItsVeryValue() {
    assertThat(new Comparison(HALF, of(40), of(20)).verdict()).isEqualTo(Verdict.REACHED);
    assertThat(new Comparison(HALF, of(40), of(20.1)).verdict()).isEqualTo(Verdict.MISSED);
  }

  @Test
  void fractionOfWhatWasNotMeasuredIsNotJudged() {
    assertThat(new Comparison(HALF, Optional.empty(), of(20)).verdict())
        .isEqualTo(Verdict.NOT_COMPARED);
  }

  @Test
  void fixedValueIsJudgedWithoutDocker() {
    assertThat(new Comparison(TWENTY, Optional.empty(), of(20)).verdict())
        .isEqualTo(Verdict.REACHED);
    assertThat(new Comparison(TWENTY, of(1000), of(21)).verdict()).isEqualTo(Verdict.MISSED);
  }

  @Test
  void aRateIsReachedFromItsVeryValueOn() {
    Metric rate = Metric.rate("decisions").atLeast(10_000);
    assertThat(new Comparison(rate, Optional.empty(), of(10_000)).verdict())
        .isEqualTo(Verdict.REACHED);
    assertThat(new Comparison(rate, Optional.empty(), of(9_999)).verdict())
        .isEqualTo(Verdict.MISSED);
    assertThat(rate.target().describe(rate.unit())).isEqualTo("≥ 10000 /s");
  }

  @Test
  void flotasFailureIsNotASuccess() {
    assertThat(new Comparison(TWENTY, of(1000), Optional.empty()).verdict())
        .isEqualTo(Verdict.NOT_COMPARED);
  }

  @Test
  void withoutATargetNothingIsJudged() {
    assertThat(new Comparison(FREE, of(1), of(2)).verdict()).isEqualTo(Verdict.NOT_ASKED);
    assertThat(new Comparison(FREE, of(1), Optional.empty()).verdict())
        .isEqualTo(Verdict.NOT_ASKED);
  }

  private static Optional<Samples> of(double... values) {
    return Optional.of(new Samples(Arrays.stream(values).boxed().toList()));
  }
}
