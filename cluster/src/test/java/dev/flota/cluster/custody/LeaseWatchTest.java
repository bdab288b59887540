package dev.flota.cluster.custody;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.ledger.HostBook;
import dev.flota.cluster.ledger.Lease;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.pcollections.HashTreePSet;
import org.pcollections.TreePMap;

class LeaseWatchTest {
  private static final Duration MARGIN = Duration.ofSeconds(3);

  private final LeaseWatch watch = new LeaseWatch(MARGIN);

  private static HostBook leases(long renewal, long millis) {
    return new HostBook(
        TreePMap.empty(),
        TreePMap.singleton("h", new Lease(1, renewal, millis)),
        HashTreePSet.empty());
  }

  private static long seconds(int count) {
    return Duration.ofSeconds(count).toNanos();
  }

  @Test
  void aHostIsLostWhenItsLeaseStandsStillForLongerThanItLasts() {
    watch.look(leases(4, 15_000), seconds(100));
    assertThat(watch.look(leases(4, 15_000), seconds(118))).isEmpty();
    assertThat(watch.look(leases(4, 15_000), seconds(119))).containsEntry("h", 4L);
  }

  @Test
  void aRenewalBeginsItAnew() {
    watch.look(leases(4, 15_000), seconds(100));
    watch.look(leases(5, 15_000), seconds(117));
    assertThat(watch.look(leases(5, 15_000), seconds(134))).isEmpty();
    assertThat(watch.look(leases(5, 15_000), seconds(136))).containsEntry("h", 5L);
  }

  @Test
  void aDaemonThatEndsOnPurposeIsWaitedForAsItSaid() {
    watch.look(leases(4, 120_000), seconds(100));
    assertThat(watch.look(leases(4, 120_000), seconds(222))).isEmpty();
    assertThat(watch.look(leases(4, 120_000), seconds(224))).containsEntry("h", 4L);
  }

  @Test
  void oneThatNeverHadALeaseIsNotLost() {
    watch.look(leases(0, 0), seconds(100));
    assertThat(watch.look(leases(0, 0), seconds(999))).isEmpty();
  }
}
