package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineSettings.Bridge;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class PredefinedNetworksTest {
  private static final PredefinedNetworks NETWORKS =
      PredefinedNetworks.of(
          PredefinedNetworks.defaultNetwork(
              new Bridge("flota0", "172.17.0.0/16", "172.17.0.1", 1450), Instant.EPOCH));
  private static final List<NetworkInfo> ALL =
      List.of(NETWORKS.bridge(), NETWORKS.host(), NETWORKS.none());

  @Test
  void aNetworkIsFoundByNameIdAndBeginningOfItsId() {
    NetworkInfo host = NETWORKS.host();
    assertThat(NetworkLookup.find(ALL, "host")).isEqualTo(host);
    assertThat(NetworkLookup.find(ALL, host.id())).isEqualTo(host);
    assertThat(NetworkLookup.find(ALL, host.id().substring(0, 12))).isEqualTo(host);
    assertThatThrownBy(() -> NetworkLookup.find(ALL, "foo"))
        .hasMessage("network foo not found")
        .hasFieldOrPropertyWithValue("kind", ErrorKind.NOT_FOUND);
    assertThatThrownBy(() -> NetworkLookup.find(ALL, "")).hasMessage("network  not found");
  }

  @Test
  void idsAreOf64HexDigitsAndDiffer() {
    assertThat(ALL)
        .extracting(NetworkInfo::id)
        .doesNotHaveDuplicates()
        .allMatch(id -> id.matches("[0-9a-f]{64}"));
  }

  @Test
  void theBridgeIsShownAsDockerShowsIt() {
    JsonNode json = Json.DOCKER.valueToTree(NETWORKS.bridge());
    assertThat(json.path("Driver").asText()).isEqualTo("bridge");
    assertThat(json.path("EnableIPv4").asBoolean()).isTrue();
    assertThat(json.path("EnableIPv6").isBoolean()).isTrue();
    assertThat(json.at("/IPAM/Config/0/Subnet").asText()).isEqualTo("172.17.0.0/16");
    assertThat(json.at("/IPAM/Config/0/Gateway").asText()).isEqualTo("172.17.0.1");
    assertThat(json.at("/Options/com.docker.network.driver.mtu").asText()).isEqualTo("1450");
    assertThat(json.at("/ConfigFrom/Network").asText()).isEmpty();
  }

  @Test
  void anInspectShowsTheRunningContainersOfTheNetwork() {
    EndpointRecord endpoint =
        new EndpointRecord(
            "bridge",
            NETWORKS.bridge().id(),
            "e".repeat(64),
            "172.17.0.2",
            16,
            "172.17.0.1",
            "02:42:ac:11:00:02",
            List.of(),
            Map.of());
    ContainerRecord stopped = Samples.container("web", "{}", "{}", List.of(endpoint));
    assertThat(NETWORKS.bridge().withContainers(List.of(stopped)).containers()).isEmpty();
    ContainerRecord running = Samples.running(stopped);
    assertThat(NETWORKS.bridge().withContainers(List.of(running)).containers())
        .containsExactly(
            Map.entry(
                running.id(),
                new NetworkInfo.EndpointResource(
                    "web", "e".repeat(64), "02:42:ac:11:00:02", "172.17.0.2/16", "")));
    assertThat(NETWORKS.host().withContainers(List.of(running)).containers()).isEmpty();
  }
}
