package dev.flota.cluster.custody;

import static dev.flota.cluster.ledger.LedgerSamples.BRIDGE_ID;
import static dev.flota.cluster.ledger.LedgerSamples.container;
import static dev.flota.cluster.ledger.LedgerSamples.found;
import static dev.flota.cluster.ledger.LedgerSamples.host;
import static dev.flota.cluster.ledger.LedgerSamples.hostId;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.ledger.AddressWish;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.LedgerState;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class StrayAddressesTest {
  private final StrayAddresses strays = new StrayAddresses(Duration.ofMinutes(10));

  private static LedgerState ledger(boolean entered) {
    LedgerState state = LedgerState.EMPTY;
    for (Change<?> change :
        List.of(
            found(),
            host(1),
            container("c1", "web", 1),
            new Change.TakeAddress(hostId(1), AddressWish.any(BRIDGE_ID)),
            new Change.TakeAddress("c2", AddressWish.any(BRIDGE_ID)))) {
      state = state.apply(change).state();
    }
    return entered ? state.apply(container("c2", "db", 1)).state() : state;
  }

  private static long minutes(int count) {
    return Duration.ofMinutes(count).toNanos();
  }

  @Test
  void anAddressOfNobodyIsFreeAfterAWhile() {
    assertThat(strays.look(ledger(false), minutes(5))).isEmpty();
    assertThat(strays.look(ledger(false), minutes(15))).isEmpty();
    assertThat(strays.look(ledger(false), minutes(16))).containsExactly("c2");
  }

  @Test
  void oneThatGotItsContainerIsNot() {
    strays.look(ledger(false), minutes(5));
    assertThat(strays.look(ledger(true), minutes(6))).isEmpty();
    assertThat(strays.look(ledger(true), minutes(60))).isEmpty();
    assertThat(strays.look(ledger(false), minutes(61))).isEmpty();
  }
}
