package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class EveryStepTest {
  private final List<String> done = new ArrayList<>();
  private final EveryStep steps = new EveryStep();

  @Test
  void nothingIsThrownWhenNothingFails() {
    steps.run("one", () -> done.add("one"));
    steps.orThrow();
    assertThat(done).containsExactly("one");
    assertThat(steps).asString().startsWith("one ");
  }

  @Test
  void aFailureStopsNoOtherStep() {
    EngineException first = EngineException.system("first");
    EngineException second = EngineException.system("second");
    steps.run(
        "one",
        () -> {
          throw first;
        });
    steps.run("two", () -> done.add("two"));
    steps.run(
        "three",
        () -> {
          throw second;
        });
    steps.run(
        "again",
        () -> {
          throw first;
        });
    steps.run("four", () -> done.add("four"));
    assertThat(done).containsExactly("two", "four");
    assertThatThrownBy(steps::orThrow).isSameAs(first);
    assertThat(first.getSuppressed()).containsExactly(second);
  }
}
