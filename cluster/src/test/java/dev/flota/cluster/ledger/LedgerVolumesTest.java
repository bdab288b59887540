package dev.flota.cluster.ledger;

import static dev.flota.cluster.ledger.LedgerSamples.NOW;
import static dev.flota.cluster.ledger.LedgerSamples.host;
import static dev.flota.cluster.ledger.LedgerSamples.hostId;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.volume.VolumeClaims;
import dev.flota.engine.volume.VolumeInfo;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LedgerVolumesTest {
  private final Ledger ledger = new MemoryLedger();
  private final LedgerVolumes first = new LedgerVolumes(ledger, hostId(1));
  private final LedgerVolumes second = new LedgerVolumes(ledger, hostId(2));

  @BeforeEach
  void found() {
    Submission.await(ledger.submit(LedgerSamples.found()));
    Submission.await(ledger.submit(host(1)));
    Submission.await(ledger.submit(host(2)));
  }

  private static VolumeInfo volume(String name, @Nullable Map<String, String> labels) {
    return new VolumeInfo(NOW, "local", labels, "/data/" + name, name, null, "local", null);
  }

  private Optional<String> holder(String name) {
    return ledger.state().volumes().byName(name).map(VolumeEntry::hostId);
  }

  @Test
  void theSecondIsToldOfTheVolumeOfTheFirst() {
    VolumeInfo made = volume("v", Map.of("by", "first"));
    assertThat(first.claim(made)).isEmpty();
    assertThat(first.claim(made)).isEmpty();

    VolumeClaims.Elsewhere elsewhere = second.claim(volume("v", null)).orElseThrow();

    assertThat(elsewhere.volume()).isEqualTo(made);
    assertThat(elsewhere.host())
        .isEqualTo(ledger.state().hosts().byId(hostId(1)).orElseThrow().name());
  }

  @Test
  void onlyItsHostGivesANameUp() {
    assertThat(first.claim(volume("v", null))).isEmpty();
    second.giveUp("v");
    assertThat(holder("v")).contains(hostId(1));
    first.giveUp("v");
    assertThat(second.claim(volume("v", null))).isEmpty();
    first.giveUp("missing");
  }

  @Test
  void afterAStartTheLedgerKnowsWhatIsThere() {
    assertThat(first.claim(volume("gone", null))).isEmpty();
    assertThat(first.claim(volume("kept", null))).isEmpty();
    assertThat(second.claim(volume("both", null))).isEmpty();
    LedgerVolumes restarted = new LedgerVolumes(ledger, hostId(1));
    assertThat(restarted.claim(volume("in-the-making", null))).isEmpty();

    restarted.settle(
        () ->
            List.of(
                volume("kept", null),
                volume("both", null),
                volume("brought", null),
                volume("nameless", Map.of(VolumeInfo.ANONYMOUS_LABEL, ""))));

    assertThat(holder("gone")).isEmpty();
    assertThat(holder("kept")).contains(hostId(1));
    assertThat(holder("both")).contains(hostId(2));
    assertThat(holder("brought")).contains(hostId(1));
    assertThat(holder("in-the-making")).contains(hostId(1));
    assertThat(holder("nameless")).isEmpty();
  }
}
