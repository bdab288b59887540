package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses, subnets and Ethernet addresses as texts. */
final class NetworkValuesTest {
  @Property
  void everyAddressReadsBackAsItIsWritten(@ForAll int bits) {
    Ipv4 address = new Ipv4(bits);
    assertThat(Ipv4.parse(address.toString())).contains(address);
    assertThat(MacAddress.parse(MacAddress.of(address).toString()))
        .isEqualTo(MacAddress.of(address));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "a.b.c.d", "1.2.3.4 "})
  void otherTextsAreNoAddresses(String text) {
    assertThat(Ipv4.parse(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0", "10.0.0.1/16", "10.0.0.0/31", "10.0.0.0/7", "fd00::/64", "/8"})
  void otherTextsAreNoSubnets(String text) {
    assertThatThrownBy(() -> Subnet.parse(text)).hasMessageContaining("\"" + text + "\"");
  }

  @Test
  void aSubnetKnowsItsAddresses() {
    Subnet subnet = Subnet.parse("172.16.128.0/17");
    assertThat(subnet.contains(Ipv4.parse("172.16.255.255").orElseThrow())).isTrue();
    assertThat(subnet.contains(Ipv4.parse("172.16.127.255").orElseThrow())).isFalse();
    assertThat(subnet.broadcast()).hasToString("172.16.255.255");
    assertThat(subnet).hasToString("172.16.128.0/17");
  }

  @Test
  void anEthernetAddressFollowsFromTheAddress() {
    assertThat(MacAddress.of(new Ipv4(0xac110002))).hasToString("02:42:ac:11:00:02");
  }

  @ParameterizedTest
  @ValueSource(strings = {"::", "::1", "fe80::1", "2001:db8:0:0:0:0:0:1", "::ffff:1.2.3.4", "1::"})
  void ipv6IsRecognised(String text) {
    assertThat(Ipv6Text.isAddress(text)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ":", "1", "1:2", ":::", "1:2:3:4:5:6:7:8:9", "g::", "12345::", "a::b::c"})
  void otherTextsAreNotIpv6(String text) {
    assertThat(Ipv6Text.isAddress(text)).isFalse();
  }
}
