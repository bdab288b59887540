package dev.flota.lab.bench.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class SamplesTest {
  @Example
  void medianOfAnOddCountIsTheValueInTheMiddle() {
    assertThat(new Samples(List.of(9.0, 1.0, 5.0)).median()).isEqualTo(5);
  }

  @Example
  void medianOfAnEvenCountLiesBetweenTheTwoInTheMiddle() {
    assertThat(new Samples(List.of(8.0, 1.0, 2.0, 4.0)).median()).isEqualTo(3);
  }

  @Example
  void ninetyPerCentOfTenValuesDoNotExceedTheNinth() {
    List<Double> values = List.of(10.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 1.0);

    assertThat(new Samples(values).percentile(90)).isEqualTo(9);
  }

  @Example
  void percentileOfOneValueIsThatValue() {
    assertThat(new Samples(List.of(7.0)).percentile(90)).isEqualTo(7);
  }

  @Example
  void noValuesAreRefused() {
    assertThatThrownBy(() -> new Samples(List.of())).isInstanceOf(IllegalArgumentException.class);
  }

  @Example
  void percentagesBeyondTheScaleAreRefused() {
    Samples samples = new Samples(List.of(1.0));

    assertThatThrownBy(() -> samples.percentile(0)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> samples.percentile(101)).isInstanceOf(IllegalArgumentException.class);
  }

  @Property
  void asManyValuesLieBelowTheMedianAsAbove(
      @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = 0, max = 1e6) Double> values) {
    double median = new Samples(values).median();

    assertThat(values.stream().filter(value -> value < median).count())
        .isLessThanOrEqualTo(values.size() / 2);
    assertThat(values.stream().filter(value -> value > median).count())
        .isLessThanOrEqualTo(values.size() / 2);
  }

  @Property
  void percentileIsTheSmallestValueThatEnoughDoNotExceed(
      @ForAll @Size(min = 1, max = 40) List<@DoubleRange(min = 0, max = 1e6) Double> values,
      @ForAll @IntRange(min = 1, max = 100) int percent) {
    double percentile = new Samples(values).percentile(percent);

    assertThat(values).contains(percentile);
    assertThat(100 * values.stream().filter(value -> value <= percentile).count())
        .isGreaterThanOrEqualTo((long) percent * values.size());
    assertThat(100 * values.stream().filter(value -> value < percentile).count())
        .isLessThan((long) percent * values.size());
  }
}
