package dev.flota.engine.image.pull;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.image.Progress;
import dev.flota.engine.image.Progress.LayerBytes;
import dev.flota.engine.image.Progress.LayerStatus;
import dev.flota.engine.image.Progress.Message;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ThrottledProgressTest {
  private long now;
  private final List<Progress> heard = new ArrayList<>();
  private final ThrottledProgress progress = new ThrottledProgress(heard::add, () -> now);

  private void after(long millis, Progress event) {
    now += TimeUnit.MILLISECONDS.toNanos(millis);
    progress.onProgress(event);
  }

  private static LayerBytes bytes(String id, long current) {
    return new LayerBytes(id, "Downloading", current, 100);
  }

  @Test
  void letsOneCountPassPerIntervalAndLayer() {
    after(0, bytes("a", 1));
    after(50, bytes("a", 2));
    after(0, bytes("b", 3));
    after(51, bytes("a", 4));
    after(10, bytes("a", 100));
    assertThat(heard).containsExactly(bytes("a", 1), bytes("b", 3), bytes("a", 4), bytes("a", 100));
  }

  @Test
  void letsAllElsePassAndStartsAnewAfterAStatus() {
    Message message = new Message(null, "Digest: x");
    after(0, bytes("a", 1));
    after(0, new LayerStatus("a", "Download complete"));
    after(0, bytes("a", 2));
    after(0, message);
    after(0, message);
    assertThat(heard)
        .containsExactly(
            bytes("a", 1),
            new LayerStatus("a", "Download complete"),
            bytes("a", 2),
            message,
            message);
  }

  @Property
  void neverTellsMoreThanTenCountsPerSecond(@ForAll List<@IntRange(max = 300) Integer> gaps) {
    heard.clear();
    long start = now;
    gaps.forEach(gap -> after(gap, bytes("a", 1)));
    long intervals = TimeUnit.NANOSECONDS.toMillis(now - start) / 100;
    assertThat(heard).hasSizeLessThanOrEqualTo((int) intervals + 1);
  }
}
