package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

final class OverlayTest {
  private final List<String> applied = new ArrayList<>();
  private final OverlayRules rules =
      new OverlayRules(
          new Firewall() {
            @Override
            public void apply(String script) {
              if (script.contains("10.9.9.9")) {
                throw EngineException.system("refused");
              }
              applied.add(script);
            }

            @Override
            public void close() {}
          });

  private static OverlayPlan plan(int number, String host) {
    return new OverlayPlan(
        "br" + number,
        number,
        Subnet.parse("10." + number + ".0.0/16"),
        Ipv4.parse("10." + number + ".0.1").orElseThrow(),
        Ipv4.parse(host).orElseThrow(),
        new Ipv4(1),
        OverlayPlan.DEFAULT_PORT,
        1450);
  }

  @Test
  void theHostIsNotTheGatewayAndBothAreInTheSubnet() {
    assertThatThrownBy(() -> plan(9, "10.9.0.1")).isInstanceOf(EngineException.class);
    assertThatThrownBy(() -> plan(9, "10.8.0.2")).hasMessageContaining("10.9.0.0/16");
    assertThatThrownBy(() -> plan(0, "10.0.0.2")).hasMessageContaining("VNI 0");
    assertThat(plan(255, "10.255.0.2").device()).isEqualTo("vx-255");
  }

  @Test
  void theTableHoldsAllNetworksOfTheHostAndIsReplacedAsAWhole() {
    rules.restore(List.of(plan(8, "10.8.0.2")));
    rules.put(plan(9, "10.9.0.2"));
    assertThat(applied.getLast())
        .contains("delete table bridge flota")
        .contains("02:42:0a:08:00:01 : 02:42:0a:08:00:02, 02:42:0a:09:00:01 : 02:42:0a:09:00:02")
        .contains("{ 10.8.0.1, 10.8.0.2, 10.9.0.1, 10.9.0.2 }");
    rules.put(plan(9, "10.9.0.2"));
    assertThat(applied).as("nothing new, nothing done").hasSize(2);
    rules.remove(plan(8, "10.8.0.2"));
    rules.remove(plan(9, "10.9.0.2"));
    assertThat(applied.getLast()).doesNotContain("chain").contains("delete table bridge flota");
  }

  @Test
  void whatIsRefusedIsNotKept() {
    rules.put(plan(8, "10.8.0.2"));
    assertThatThrownBy(() -> rules.put(plan(9, "10.9.9.9"))).hasMessage("refused");
    rules.put(plan(7, "10.7.0.2"));
    assertThat(applied.getLast()).contains("10.7.0.1").contains("10.8.0.1").doesNotContain("10.9");
  }

  @Test
  void anAnnouncementIsAnArpRequestForItself() {
    Ipv4 address = Ipv4.parse("10.9.0.2").orElseThrow();
    assertThat(HexFormat.of().formatHex(GratuitousArp.frame(address, MacAddress.of(address))))
        .isEqualTo(
            "ffffffffffff"
                + "02420a090002"
                + "0806" // Ethernet: to all, from the container, ARP
                + "0001"
                + "0800"
                + "06"
                + "04"
                + "0001"
                + "02420a090002"
                + "0a090002"
                + "000000000000"
                + "0a090002");
  }
}
