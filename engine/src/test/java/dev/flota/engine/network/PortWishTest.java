package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PortWishTest {
  private static final String NO_PORTS = "{}";

  private static List<PortWish> wishes(String config, String hostConfig) {
    return PortWish.of(Samples.config(config), Samples.hostConfig(hostConfig));
  }

  private static List<PortWish> bindings(String json) {
    return wishes(NO_PORTS, "{\"PortBindings\": " + json + "}");
  }

  @Test
  void nothingIsAskedByDefault() {
    assertThat(wishes("{\"ExposedPorts\": {\"80/tcp\": {}}}", "{}")).isEmpty();
  }

  @Test
  void aBindingNamesAddressAndPort() {
    assertThat(
            bindings(
                "{\"80/tcp\": [{\"HostIp\": \"127.0.0.1\", \"HostPort\": \"8080\"}, {}],"
                    + " \"53/udp\": [{\"HostPort\": \"8000-8010\"}], \"22\": null}"))
        .containsExactly(
            new PortWish(new ContainerPort(53, Protocol.UDP), Ipv4.ANY, new PortRange(8000, 8010)),
            new PortWish(
                new ContainerPort(80, Protocol.TCP),
                new Ipv4(0x7f000001),
                new PortRange(8080, 8080)),
            new PortWish(new ContainerPort(80, Protocol.TCP), Ipv4.ANY, PortRange.ANY));
  }

  @Test
  void publishAllTakesWhatIsExposedAndNotBound() {
    assertThat(
            wishes(
                "{\"ExposedPorts\": {\"80/tcp\": {}, \"443\": {}, \"7000-7001/udp\": {}}}",
                "{\"PublishAllPorts\": true, \"PortBindings\": {\"80/tcp\": [{\"HostPort\":"
                    + " \"1\"}]}}"))
        .extracting(wish -> wish.port() + "<-" + wish.hostPorts())
        .containsExactly("80/tcp<-1", "443/tcp<-0", "7000/udp<-0", "7001/udp<-0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-1", "80-", "65536", "8010-8000", "80 ", "80-90-100", "0x50"})
  void aMalformedPortIsRefusedInDockersWords(String port) {
    assertThatThrownBy(() -> bindings("{\"80/tcp\": [{\"HostPort\": \"" + port + "\"}]}"))
        .hasMessage("invalid port specification: \"" + port + "\"");
    assertThatThrownBy(() -> bindings("{\"" + port + "/tcp\": [{}]}"))
        .hasMessage("invalid port specification: \"" + port + "\"");
  }

  @Test
  void unknownProtocolsAndAddressesAreRefused() {
    assertThatThrownBy(() -> bindings("{\"80/icmp\": [{}]}")).hasMessage("invalid proto: icmp");
    assertThatThrownBy(() -> bindings("{\"80/tcp\": [{\"HostIp\": \"1.2.3\"}]}"))
        .hasMessage("invalid IP address: 1.2.3");
    assertThatThrownBy(() -> bindings("{\"80/tcp\": [{\"HostIp\": \"::1\"}]}"))
        .hasMessage("cannot publish on ::1: IPv6 is not supported, use an IPv4 address");
  }

  @Property
  void everyPortRangeReadsBackAsItIsWritten(
      @ForAll @IntRange(min = 1, max = 65535) int one,
      @ForAll @IntRange(min = 1, max = 65535) int other) {
    PortRange range = new PortRange(Math.min(one, other), Math.max(one, other));
    assertThat(PortRange.parse(range.toString())).contains(range);
  }

  @Property
  void noTextBreaksTheParser(@ForAll String text) {
    PortRange.parse(text).ifPresent(range -> assertThat(range.first()).isBetween(0, range.last()));
  }
}
