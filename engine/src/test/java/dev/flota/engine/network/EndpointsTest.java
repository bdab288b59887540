package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What follows from a container's places in networks. */
final class EndpointsTest {
  private static EndpointRecord endpoint(
      String network, int slot, boolean internal, int priority, List<String> aliases) {
    return new EndpointRecord(
        network,
        "id-" + network,
        "e-" + network,
        "10.5.0.2",
        24,
        "10.5.0.1",
        null,
        aliases,
        Map.of(),
        slot,
        "bridge",
        internal,
        new EndpointWish(null, null, null, null, null, priority));
  }

  private static EndpointRecord endpoint(String network, boolean internal, int priority) {
    return endpoint(network, 0, internal, priority, List.of());
  }

  @Test
  void theGatewayIsTheOneOfHighestPriorityThenTheFirstByName() {
    EndpointRecord a = endpoint("a", false, 0);
    EndpointRecord b = endpoint("b", false, 0);
    EndpointRecord important = endpoint("z", false, 3);
    EndpointRecord internal = endpoint("0", true, 9);
    assertThat(Gateways.of(List.of(b, a, internal))).contains(a);
    assertThat(Gateways.of(List.of(b, a, important, internal))).contains(important);
    assertThat(Gateways.of(List.of(internal))).isEmpty();
    assertThat(Gateways.of(List.of())).isEqualTo(Optional.empty());
  }

  @Test
  void aContainerIsKnownByNameAliasesShortIdAndHostname() {
    ContainerRecord web =
        Samples.container(
            "web",
            "{\"Hostname\": \"h\"}",
            "{}",
            List.of(
                endpoint("mine", 0, false, 0, List.of("www", "web")),
                endpoint("bridge", false, 0)));
    assertThat(EndpointNames.of(web)).as("while it does not run").isEmpty();
    assertThat(EndpointNames.of(Samples.running(web)))
        .containsExactly(
            new EndpointNames(
                "id-mine",
                web.id(),
                "10.5.0.2",
                List.of("web", "www", web.id().substring(0, 12), "h")),
            new EndpointNames(
                "id-bridge", web.id(), "10.5.0.2", List.of("web", web.id().substring(0, 12))));
    assertThat(EndpointNames.on(web, web.endpoints().getLast())).as("as Docker shows it").isEmpty();
  }

  @Test
  void interfacesHaveNumbersOfTheirOwn() {
    assertThat(Plugs.freeSlot(List.of())).isZero();
    assertThat(
            Plugs.freeSlot(
                List.of(
                    endpoint("a", 0, false, 0, List.of()), endpoint("b", 2, false, 0, List.of()))))
        .isEqualTo(1);
    String id = Samples.id("web");
    assertThat(IntStream.range(0, 36).mapToObj(slot -> Plugs.name(id, slot)))
        .doesNotHaveDuplicates()
        .allMatch(name -> name.matches(Plugs.NAMES) && name.length() <= 15);
    List<EndpointRecord> all =
        IntStream.range(0, 36).mapToObj(i -> endpoint("n" + i, i, false, 0, List.of())).toList();
    assertThatThrownBy(() -> Plugs.freeSlot(all)).hasMessageContaining("36 networks at most");
  }

  @Test
  void recordsOfTheFirstEngineAreStillRead() throws IOException {
    String old =
        """
        {"network":"bridge","networkId":"b","endpointId":"e","address":"172.17.0.2",
         "prefixLength":16,"gateway":"172.17.0.1","mac":"02:42:ac:11:00:02","aliases":[],
         "published":{"80/tcp":[{"hostIp":"0.0.0.0","hostPort":8080}]}}
        """;
    EndpointRecord read = Json.PLAIN.readValue(old, EndpointRecord.class);
    assertThat(read)
        .isEqualTo(
            new EndpointRecord(
                "bridge",
                "b",
                "e",
                "172.17.0.2",
                16,
                "172.17.0.1",
                "02:42:ac:11:00:02",
                List.of(),
                Map.of("80/tcp", List.of(new EndpointRecord.Published("0.0.0.0", 8080)))));
    assertThat(read.priority()).isZero();
    EndpointRecord now = endpoint("a", 3, true, 7, List.of("x"));
    assertThat(Json.PLAIN.readValue(Json.PLAIN.writeValueAsBytes(now), EndpointRecord.class))
        .isEqualTo(now);
  }
}
