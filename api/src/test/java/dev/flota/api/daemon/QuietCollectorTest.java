package dev.flota.api.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class QuietCollectorTest {
  private static final long MEGABYTE = 1 << 20;

  private final Heap heap = new Heap();
  private final QuietCollector collector = QuietCollector.watching(heap);

  /** 30 MB live in it, and then there is garbage. */
  private static final class Heap implements QuietCollector.Watched {
    private long busy;
    private long used = 30 * MEGABYTE;
    private long afterCollection;
    private int collections;

    @Override
    public long busyNanos() {
      return busy;
    }

    @Override
    public long used() {
      return used;
    }

    @Override
    public long usedAfterCollection() {
      return afterCollection;
    }

    @Override
    public void collect() {
      collections++;
      used = 30 * MEGABYTE;
      afterCollection = used;
    }
  }

  private void lookAfter(Duration work) {
    heap.busy += work.toNanos();
    collector.look();
  }

  @Test
  void collectsOnceItIsQuiet() {
    lookAfter(Duration.ofSeconds(4));
    assertThat(heap.collections).isZero();

    lookAfter(Duration.ofMillis(200));
    assertThat(heap.collections).isEqualTo(1);
    lookAfter(Duration.ofMillis(200));
    assertThat(heap.collections).isEqualTo(1);
  }

  @Test
  void collectsAfterWorkWhatLivedMeanwhile() {
    lookAfter(Duration.ZERO);
    lookAfter(Duration.ofSeconds(4));
    heap.collect();

    lookAfter(Duration.ZERO);

    assertThat(heap.collections).isEqualTo(3);
  }

  @Test
  void leavesAHeapAloneWithLittleGarbage() {
    lookAfter(Duration.ZERO);
    heap.used += MEGABYTE;
    lookAfter(Duration.ZERO);
    lookAfter(Duration.ZERO);
    assertThat(heap.collections).isEqualTo(1);

    heap.used += 10 * MEGABYTE;
    lookAfter(Duration.ZERO);
    assertThat(heap.collections).isEqualTo(2);
  }

  @Test
  void findsTheHeapOfThisProcess() {
    QuietCollector.Watched here = new QuietCollector.ThisProcess();
    here.collect();

    assertThat(here.used()).isGreaterThan(MEGABYTE);
    assertThat(here.usedAfterCollection()).isGreaterThan(MEGABYTE);
    assertThat(here.busyNanos()).isPositive();
  }
}
