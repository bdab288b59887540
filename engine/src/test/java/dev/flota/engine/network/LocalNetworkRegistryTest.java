package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.NetworkDefinition.AddressWish;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalNetworkRegistryTest {
  @TempDir Path directory;

  private LocalNetworkRegistry open() {
    return new LocalNetworkRegistry(
        Samples.settings(directory),
        () -> List.of(Subnet.parse("172.18.0.0/24")),
        new PortRange(40000, 40003));
  }

  private static NetworkDefinition wish(String name) {
    return NetworkDefinition.wish(
        name, "bridge", AddressWish.ANY, false, true, Map.of("o", "1"), Map.of("l", "2"));
  }

  @Test
  void networksAreThereAgainAfterARestart() {
    LocalNetworkRegistry registry = open();
    NetworkDefinition first = registry.create(wish("a"));
    NetworkDefinition second = registry.create(wish("b"));
    assertThat(first.subnet()).as("past the host's route").isEqualTo("172.17.0.0/16");
    registry.remove(second.id());
    registry.remove(second.id());
    assertThat(open().networks())
        .extracting(NetworkDefinition::name)
        .containsExactly("bridge", "a");
    assertThat(open().networks()).contains(first);
  }

  @Test
  void aNetworkStaysWhileSomebodyHasAnAddress() {
    LocalNetworkRegistry registry = open();
    NetworkDefinition network = registry.create(wish("a"));
    Address address = registry.take(network.id(), "c", null, null);
    assertThat(registry.take(network.id(), "c", null, null)).isEqualTo(address);
    assertThatThrownBy(() -> registry.remove(network.id()))
        .hasMessage(
            "error while removing network: network a id %s has active endpoints"
                .formatted(network.id()))
        .hasFieldOrPropertyWithValue("kind", ErrorKind.FORBIDDEN);
    registry.giveBack(network.id(), "c");
    registry.remove(network.id());
    registry.giveBack(network.id(), "c");
    assertThatThrownBy(() -> registry.take(network.id(), "c", null, null))
        .hasFieldOrPropertyWithValue("kind", ErrorKind.NOT_FOUND);
  }

  @Test
  void addressesAndPortsFollowFromTheRecords() {
    NetworkDefinition network = open().create(wish("a"));
    EndpointRecord endpoint =
        new EndpointRecord(
            "a",
            network.id(),
            "e",
            "172.17.0.2",
            16,
            "172.17.0.1",
            "02:00:00:00:00:07",
            List.of(),
            Map.of("80/tcp", List.of(new EndpointRecord.Published("0.0.0.0", 8080))));
    EndpointRecord lost =
        new EndpointRecord("gone", "f", "e", "10.1.0.2", 16, "10.1.0.1", null, List.of(), Map.of());
    ContainerRecord web =
        Samples.running(Samples.container("web", "{}", "{}", List.of(endpoint, lost)));
    LocalNetworkRegistry registry = open();
    registry.recall(List.of(web));
    assertThat(registry.take(network.id(), web.id(), null, null))
        .isEqualTo(new Address("172.17.0.2", "02:00:00:00:00:07"));
    assertThat(registry.take(network.id(), "other", null, null).ip()).isEqualTo("172.17.0.3");
    List<PortWish> wish =
        List.of(
            new PortWish(new ContainerPort(80, Protocol.TCP), Ipv4.ANY, new PortRange(8080, 8081)));
    assertThat(registry.claimPorts("other", wish, Set.of()))
        .containsExactly(new HostPort(Protocol.TCP, Ipv4.ANY, 8081));
    registry.releasePorts(web.id());
    assertThat(registry.claimPorts("other", wish, Set.of()))
        .as("a new choice replaces the old one")
        .containsExactly(new HostPort(Protocol.TCP, Ipv4.ANY, 8080));
  }

  @Test
  void aFileThatCannotBeReadIsNamed() throws IOException {
    open();
    Files.writeString(directory.resolve("lib/networks/x.json"), "nonsense");
    assertThatThrownBy(this::open).hasMessageContaining("networks/x.json cannot be read");
  }

  @Test
  void aLineOfTheRoutingTableIsASubnet() {
    assertThat(HostRoutes.subnet("eth0\t00001EAC\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0"))
        .containsExactly(Subnet.parse("172.30.0.0/24"));
    assertThat(HostRoutes.subnet("eth0\t00000000\t01001EAC\t0003\t0\t0\t0\t00000000\t0\t0\t0"))
        .isEmpty();
  }
}
