package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RulesetTest {
  private static final Subnet SUBNET = Subnet.parse("10.5.0.0/24");

  private static String rules(NetworkRules... networks) {
    return new Ruleset(List.of(networks)).replace(List.of());
  }

  private static NetworkRules network(
      Set<String> interfaces,
      boolean internal,
      boolean talking,
      boolean masquerade,
      @Nullable Ipv4 hostAddress) {
    return new NetworkRules(
        new TreeSet<>(interfaces),
        SUBNET,
        SUBNET.at(1),
        internal,
        talking,
        masquerade,
        hostAddress);
  }

  @Test
  void aNetworkMayHaveSeveralInterfaces() {
    assertThat(rules(network(Set.of("br-1", "gw-1"), false, true, true, null)))
        .contains("set members { type ifname; elements = { \"br-1\", \"gw-1\" }; }")
        .contains(
            "set same { type ifname . ifname; elements = { \"br-1\" . \"br-1\","
                + " \"br-1\" . \"gw-1\", \"gw-1\" . \"br-1\", \"gw-1\" . \"gw-1\" }; }")
        .contains("oifname != { \"br-1\", \"gw-1\" } ip saddr 10.5.0.0/24 masquerade")
        .contains("set internal { type ifname; }");
  }

  @Test
  void questionsForNamesAreNotPublishedAway() {
    String rules = rules(network(Set.of("br-1"), false, true, true, null));
    assertThat(rules)
        .contains("set gateways { type ipv4_addr; elements = { 10.5.0.1 }; }")
        .contains("iifname @members ip daddr @gateways udp dport 53 dnat to :20053")
        .contains("iifname @members ip daddr @gateways tcp dport 53 dnat to :20053");
    assertThat(rules.indexOf("dport 53"))
        .isLessThan(rules.indexOf("fib daddr type local jump published"));
  }

  @Test
  void withoutAHostAddressTheClientsAddressIsKept() {
    assertThat(rules(network(Set.of("br-1"), false, true, true, null)))
        .contains(
            "oifname { \"br-1\" } ct status dnat ip saddr { 127.0.0.0/8, 10.5.0.0/24 } masquerade")
        .doesNotContain("snat to");
  }

  @Test
  void withAHostAddressWhatIsPublishedComesFromIt() {
    assertThat(rules(network(Set.of("br-1"), false, true, true, new Ipv4(0x0a0500fe))))
        .contains("oifname { \"br-1\" } ct status dnat snat to 10.5.0.254");
  }

  @Test
  void whatIsInternalOrNotMasqueradedKeepsItsAddress() {
    assertThat(rules(network(Set.of("br-1"), true, true, true, null)))
        .contains("set internal { type ifname; elements = { \"br-1\" }; }")
        .doesNotContain("oifname !=");
    assertThat(rules(network(Set.of("br-1"), false, true, false, null)))
        .doesNotContain("oifname !=");
  }

  @Test
  void networksWhoseContainersAreKeptApartAreNoneWithinWhichPacketsPass() {
    assertThat(rules(network(Set.of("br-1"), false, false, true, null)))
        .contains("set same { type ifname . ifname; }");
  }
}
