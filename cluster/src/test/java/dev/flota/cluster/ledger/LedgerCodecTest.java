package dev.flota.cluster.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class LedgerCodecTest {
  private static final CBORMapper CBOR = new CBORMapper();

  @Test
  void theNamesInOldLogsAreKnownForEver() {
    assertThat(Arrays.stream(Change.class.getPermittedSubclasses()).map(Class::getSimpleName))
        .contains(
            "AllOf",
            "FoundCluster",
            "AddHost",
            "ChangeHost",
            "RemoveHost",
            "IssueToken",
            "RevokeToken",
            "RedeemToken",
            "RenewLease",
            "TakeOver",
            "Move",
            "CreateContainer",
            "UpdateContainer",
            "RenameContainer",
            "RemoveContainer",
            "CreateNetwork",
            "RemoveNetwork",
            "TakeAddress",
            "GiveBackAddresses",
            "TakePorts",
            "ReleasePorts",
            "CreateVolume",
            "RemoveVolume",
            "TagImage",
            "UntagImage");
  }

  @Test
  void whatANewerHostAddsIsIgnored() throws IOException {
    ObjectNode tree = (ObjectNode) CBOR.readTree(LedgerCodec.encode(LedgerSamples.host(1)));
    ((ObjectNode) tree.get("change").get("host")).put("favouriteColour", "blue");
    assertThat(LedgerCodec.decodeChange(CBOR.writeValueAsBytes(tree)))
        .isEqualTo(LedgerSamples.host(1));
  }

  @Test
  void whatANewerHostMeansOtherwiseIsRefused() throws IOException {
    JsonNode tree = CBOR.readTree(LedgerCodec.encode(LedgerSamples.host(1)));
    ((ObjectNode) tree).put("version", 2);
    byte[] newer = CBOR.writeValueAsBytes(tree);
    assertThatThrownBy(() -> LedgerCodec.decodeChange(newer))
        .isInstanceOf(IOException.class)
        .hasMessage("the fleet's ledger is of version 2, this host knows up to 1: update it");
  }

  @Test
  void aSnapshotFromBeforeGoneHostsWereKeptIsRead() throws IOException {
    LedgerState state =
        LedgerState.EMPTY
            .apply(LedgerSamples.host(1))
            .state()
            .apply(LedgerSamples.host(2))
            .state()
            .apply(new Change.RemoveHost(LedgerSamples.hostId(2), true))
            .state();
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    LedgerCodec.write(state, written);
    ObjectNode tree = (ObjectNode) CBOR.readTree(written.toByteArray());
    assertThat(((ObjectNode) tree.get("snapshot")).remove("goneHosts")).hasSize(1);

    LedgerState read = LedgerCodec.read(new ByteArrayInputStream(CBOR.writeValueAsBytes(tree)));

    assertThat(read.hosts().gone()).isEmpty();
    assertThat(read.hosts().entries()).isEqualTo(state.hosts().entries());
  }

  @Test
  void anUnknownChangeIsNotPassedOver() throws IOException {
    JsonNode tree = CBOR.readTree(LedgerCodec.encode(LedgerSamples.host(1)));
    ((ObjectNode) tree.get("change")).put("type", "PaintHost");
    byte[] newer = CBOR.writeValueAsBytes(tree);
    assertThatThrownBy(() -> LedgerCodec.decodeChange(newer)).isInstanceOf(IOException.class);
  }
}
