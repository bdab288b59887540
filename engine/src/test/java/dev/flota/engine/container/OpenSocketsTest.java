package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.network.Detour;
import dev.flota.engine.network.Flow;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.Protocol;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OpenSocketsTest {
  private static final String TITLES = "  sl  local_address rem_address   st tx_queue rx_queue";
  private static final String CONNECTED =
      "   0: 0300090A:C350 014DA8C0:01BB 01 00000000:00000000 00:00000000 00000000     0        0 7";
  private static final String UNCONNECTED =
      "  12: 00000000:1F90 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 8";

  private static Detour detour(Protocol protocol, int from, int to) {
    Ipv4 any = Ipv4.ANY;
    return new Detour(new Flow(protocol, any, from, any, to), any);
  }

  @Test
  void carriesWhatItHasSocketsFor() {
    Set<String> ends = new HashSet<>(OpenSockets.parse(Protocol.TCP, List.of(TITLES, CONNECTED)));
    ends.addAll(OpenSockets.parse(Protocol.UDP, List.of(TITLES, UNCONNECTED)));
    Detour open = detour(Protocol.TCP, 50_000, 443);
    Detour toMany = detour(Protocol.UDP, 8080, 53);

    assertThat(
            new OpenSockets(ends)
                .carrying(
                    List.of(
                        open,
                        new Detour(open.flow(), new Ipv4(1)),
                        detour(Protocol.TCP, 50_001, 443),
                        detour(Protocol.UDP, 50_000, 443),
                        toMany)))
        .containsExactly(open, toMany);
  }
}
