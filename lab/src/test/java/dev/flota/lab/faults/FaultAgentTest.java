package dev.flota.lab.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultAgentTest {
  @TempDir Path directory;

  /** What is changed, in a copy. */
  static final class Sample {
    String said = "";

    Sample() {}

    void say(TimeUnit unit, String text) {
      said += unit + text;
    }
  }

  @Test
  void haltsAndFailsAtTheBeginningOfAMethodForOneOfItsSteps() throws Exception {
    Halt.in(directory);
    Object sample = changed();
    say(sample, TimeUnit.DAYS);

    Path armed = Files.writeString(directory.resolve("Sample.say.HOURS"), "halt");
    CompletableFuture<Void> halted = CompletableFuture.runAsync(() -> say(sample, TimeUnit.HOURS));
    Path reached = directory.resolve("Sample.say.HOURS.reached");
    while (!Files.exists(reached)) {
      Thread.onSpinWait();
    }
    say(sample, TimeUnit.DAYS);
    assertThat(halted).isNotDone();
    Files.delete(armed);
    halted.get(1, TimeUnit.MINUTES);

    Files.writeString(armed, Halt.FAIL);
    assertThatThrownBy(() -> say(sample, TimeUnit.HOURS))
        .hasRootCauseInstanceOf(EngineException.class)
        .hasRootCauseMessage("a test lets Sample.say.HOURS fail");
    assertThat(said(sample)).isEqualTo("DAYS.DAYS.HOURS.");
  }

  private static void say(Object sample, TimeUnit unit) {
    try {
      sample
          .getClass()
          .getDeclaredMethod("say", TimeUnit.class, String.class)
          .invoke(sample, unit, ".");
    } catch (ReflectiveOperationException failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static String said(Object sample) throws ReflectiveOperationException {
    return String.valueOf(sample.getClass().getDeclaredField("said").get(sample));
  }

  private static Object changed() throws IOException, ReflectiveOperationException {
    byte[] content;
    String file = Sample.class.getName().replace('.', '/') + ".class";
    try (InputStream from = FaultAgentTest.class.getClassLoader().getResourceAsStream(file)) {
      content = from == null ? new byte[0] : from.readAllBytes();
    }
    byte[] changed =
        new FaultAgent(Sample.class.getName() + "#say")
            .transform(null, Sample.class.getName().replace('.', '/'), null, null, content);
    Class<?> copy =
        MethodHandles.lookup()
            .defineHiddenClass(changed == null ? content : changed, true)
            .lookupClass();
    var constructor = copy.getDeclaredConstructor();
    constructor.setAccessible(true);
    return constructor.newInstance();
  }
}
