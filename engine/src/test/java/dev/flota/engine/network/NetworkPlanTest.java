package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineSettings.Bridge;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import dev.flota.engine.network.NetworkDefinition.AddressWish;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class NetworkPlanTest {
  private static final NetworkDefinition DEFAULT =
      PredefinedNetworks.defaultNetwork(
          new Bridge("flota0", "172.17.0.0/16", "172.17.0.1", 1450), Instant.EPOCH);

  private static NetworkDefinition wish(String name) {
    return wish(name, AddressWish.ANY, Map.of());
  }

  private static NetworkDefinition wish(
      String name, AddressWish addresses, Map<String, String> options) {
    return NetworkDefinition.wish(name, "bridge", addresses, false, false, options, Map.of());
  }

  private static AddressWish addresses(
      String subnet, @Nullable String gateway, @Nullable String range) {
    return new AddressWish(subnet, gateway, range, Map.of());
  }

  @Test
  void whatIsLeftOpenIsDecidedAsDockerDoes() {
    NetworkDefinition network = NetworkPlan.complete(wish("a"), List.of(DEFAULT), List.of());
    assertThat(network.subnet()).isEqualTo("172.18.0.0/16");
    assertThat(network.gateway()).isEqualTo("172.18.0.1");
    assertThat(network.subnetChosen()).isFalse();
    assertThat(network.vni()).isEqualTo(4097);
    assertThat(network.bridge()).isEqualTo("br-" + network.id().substring(0, 12));
    NetworkDefinition chosen =
        NetworkPlan.complete(
            wish(
                "b",
                new AddressWish("10.5.0.0/24", null, null, Map.of("router", "10.5.0.1")),
                Map.of()),
            List.of(DEFAULT, network),
            List.of());
    assertThat(chosen.gateway()).as("not what is somebody else's").isEqualTo("10.5.0.2");
    assertThat(chosen.subnetChosen()).isTrue();
    assertThat(chosen.vni()).isEqualTo(4098);
  }

  @Test
  void aNetworkReadsBackAsItIsWritten() throws IOException {
    NetworkDefinition network = NetworkPlan.complete(wish("a"), List.of(DEFAULT), List.of());
    assertThat(Json.PLAIN.readValue(Json.PLAIN.writeValueAsBytes(network), NetworkDefinition.class))
        .isEqualTo(network);
  }

  @Test
  void thePoolsAreUsedUpAndTheHostsRoutesLeftAlone() {
    List<NetworkDefinition> existing = new ArrayList<>(List.of(DEFAULT));
    Subnet route = Subnet.parse("172.30.0.0/24");
    for (int i = 0; i < 15 - 2 + 16; i++) {
      existing.add(NetworkPlan.complete(wish("n" + i), existing, List.of(route)));
    }
    assertThat(existing)
        .extracting(NetworkDefinition::subnet)
        .doesNotHaveDuplicates()
        .doesNotContain("172.30.0.0/16")
        .contains("172.31.0.0/16", "192.168.0.0/20", "192.168.240.0/20");
    assertThatThrownBy(() -> NetworkPlan.complete(wish("more"), existing, List.of(route)))
        .hasMessage("all predefined address pools have been fully subnetted");
  }

  @Test
  void conflictsAreRefusedInDockersWords() {
    assertThatThrownBy(() -> NetworkPlan.complete(wish("bridge"), List.of(DEFAULT), List.of()))
        .hasMessage("network with name bridge already exists")
        .hasFieldOrPropertyWithValue("kind", ErrorKind.CONFLICT);
    assertThatThrownBy(
            () ->
                NetworkPlan.complete(
                    wish("a", addresses("172.17.5.0/24", null, null), Map.of()),
                    List.of(DEFAULT),
                    List.of()))
        .hasMessage("invalid pool request: Pool overlaps with other one on this address space")
        .hasFieldOrPropertyWithValue("kind", ErrorKind.FORBIDDEN);
    Map<String, String> sameBridge = Map.of("com.docker.network.bridge.name", "flota0");
    assertThatThrownBy(
            () ->
                NetworkPlan.complete(
                    wish("a", AddressWish.ANY, sameBridge), List.of(DEFAULT), List.of()))
        .hasMessageEndingWith("networks have same bridge name");
    assertThatThrownBy(() -> NetworkPlan.complete(wish(" "), List.of(), List.of()))
        .hasMessage("invalid name: name is empty");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "10.0.0.0/33||| invalid subnet 10.0.0.0/33: invalid CIDR block notation",
        "10.0.0.1/24||| invalid subnet 10.0.0.1/24: it should be 10.0.0.0/24",
        "10.0.0.0/31||| invalid subnet 10.0.0.0/31: it has no room for a gateway and a container",
        "10.0.0.0/24|10.1.0.1|| invalid gateway 10.1.0.1: parent subnet 10.0.0.0/24 doesn't contain"
            + " this address",
        "10.0.0.0/24|x|| invalid gateway x: invalid address",
        "10.0.0.0/24||10.1.0.0/25| invalid ip-range 10.1.0.0/25: parent subnet 10.0.0.0/24 doesn't"
            + " contain ip-range",
        "10.0.0.0/24||10.0.0.0/16| invalid ip-range 10.0.0.0/16: CIDR block is bigger than its"
            + " parent subnet 10.0.0.0/24",
        "10.0.0.0/24||10.0.0.5/25| invalid ip-range 10.0.0.5/25: it should be 10.0.0.0/25"
      })
  void addressesThatMakeNoSenseAreRefused(
      String subnet, @Nullable String gateway, @Nullable String range, String text) {
    assertThatThrownBy(
            () ->
                NetworkPlan.complete(
                    wish("a", addresses(subnet, gateway, range), Map.of()), List.of(), List.of()))
        .hasMessage("invalid network config:\n" + text)
        .hasFieldOrPropertyWithValue("kind", ErrorKind.INVALID);
  }

  /** Takes and gives back, by container. */
  @Provide
  static Arbitrary<List<Integer>> histories() {
    return Arbitraries.integers().between(-20, 20).filter(step -> step != 0).list().ofMaxSize(80);
  }

  @Property
  void noAddressHasTwoHoldersAndNoneIsLost(@ForAll("histories") List<Integer> history) {
    NetworkDefinition network =
        NetworkPlan.complete(
            wish(
                "a",
                new AddressWish("10.5.0.0/28", null, "10.5.0.8/29", Map.of("router", "10.5.0.9")),
                Map.of()),
            List.of(),
            List.of());
    AddressBook book = new AddressBook();
    book.open(network);
    Map<Integer, Address> held = new HashMap<>();
    for (int step : history) {
      int container = Math.abs(step);
      if (step < 0) {
        book.giveBack(network.id(), "c" + container);
        held.remove(container);
      } else if (held.containsKey(container) || held.size() < 6) {
        Address address = book.take(network.id(), "c" + container, null, null);
        Address before = held.put(container, address);
        assertThat(before == null || before.equals(address)).as("for life").isTrue();
        assertThat(Ipv4.parse(address.ip()))
            .hasValueSatisfying(
                ip -> assertThat(Subnet.parse("10.5.0.8/29").contains(ip)).isTrue());
        assertThat(address.ip()).isNotIn("10.5.0.9", "10.5.0.15");
      } else {
        assertThatThrownBy(() -> book.take(network.id(), "c" + container, null, null))
            .hasMessageStartingWith("no available IPv4 addresses on this network's address pools");
      }
      assertThat(held.values()).doesNotHaveDuplicates();
      assertThat(book.hasHolders(network.id())).isEqualTo(!held.isEmpty());
    }
  }

  @Test
  void aWishedAddressIsGivenOnceAndMayLieOutsideOfTheRange() {
    NetworkDefinition network =
        NetworkPlan.complete(
            wish("a", addresses("10.5.0.0/24", null, "10.5.0.128/25"), Map.of()),
            List.of(),
            List.of());
    AddressBook book = new AddressBook();
    book.open(network);
    assertThat(book.take(network.id(), "a", "10.5.0.7", "02:00:00:00:00:07"))
        .isEqualTo(new Address("10.5.0.7", "02:00:00:00:00:07"));
    assertThatThrownBy(() -> book.take(network.id(), "b", "10.5.0.7", null))
        .hasMessage("Address already in use");
    assertThatThrownBy(() -> book.take(network.id(), "b", "10.5.0.1", null))
        .as("the gateway's")
        .hasMessage("Address already in use");
    assertThatThrownBy(() -> book.take(network.id(), "b", "10.6.0.1", null))
        .hasMessageContaining("It does not belong to any of this network's subnets");
    assertThat(book.take(network.id(), "a", "10.5.0.8", null))
        .as("another one replaces it")
        .isEqualTo(new Address("10.5.0.8", "02:42:0a:05:00:08"));
    assertThat(book.take(network.id(), "b", "10.5.0.7", null).ip()).isEqualTo("10.5.0.7");
    book.close(network.id());
    assertThatThrownBy(() -> book.take(network.id(), "b", null, null))
        .hasMessage("network " + network.id() + " not found");
  }
}
