package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.EndpointRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class PublishedPortsTest {
  private static final Ipv4 CONTAINER = new Ipv4(0x0a090002);
  private static final ContainerPort WEB = new ContainerPort(80, Protocol.TCP);

  private final Sockets sockets = new Sockets();
  private final Rules rules = new Rules();
  private final Forgotten flows = new Forgotten();
  private final PublishedPorts ports = ports();

  private PublishedPorts ports() {
    return new PublishedPorts(rules, sockets, flows, new Claims(new PortRange(40000, 40003)));
  }

  /** The ports of one host, decided on the spot. */
  private record Claims(PortClaims claims) implements PortRegistry {
    Claims(PortRange ephemeral) {
      this(new PortClaims(ephemeral));
    }

    @Override
    public List<HostPort> claimPorts(
        String containerId, List<PortWish> wishes, Set<HostPort> unusable) {
      return claims.claim(containerId, wishes, unusable);
    }

    @Override
    public void releasePorts(String containerId) {
      claims.release(containerId);
    }
  }

  /** The kernel's ports: which are held, and by a foreign process. */
  private final class Sockets implements PortHolder {
    private final Set<HostPort> held = new HashSet<>();
    private final Set<HostPort> connectable = new HashSet<>();
    private final Set<Integer> foreign = new HashSet<>();

    @Override
    public Held hold(HostPort port) throws PortUnavailableException {
      if (foreign.contains(port.number()) || !held.add(port)) {
        throw new PortUnavailableException("address already in use");
      }
      return new Held() {
        @Override
        public void listen() {
          assertThat(String.join("", rules.scripts))
              .as("what comes is redirected")
              .contains(" %d : ".formatted(port.number()));
          connectable.add(port);
        }

        @Override
        public void close() {
          held.remove(port);
          connectable.remove(port);
        }
      };
    }
  }

  /** A packet filter that keeps what it was told, and refuses when told to. */
  private static final class Rules implements Firewall {
    private final List<String> scripts = new ArrayList<>();
    private int refusals;

    @Override
    public void apply(String script) {
      if (refusals > 0) {
        refusals--;
        throw EngineException.system("refused");
      }
      scripts.add(script);
    }

    @Override
    public void close() {
      scripts.clear();
    }
  }

  /** What the kernel was told to forget. */
  private static final class Forgotten implements Flows {
    private final List<Object> forgotten = new ArrayList<>();

    @Override
    public void forgetTo(HostPort port) {
      forgotten.add(port);
    }

    @Override
    public void forgetOf(Ipv4 container) {
      forgotten.add(container);
    }
  }

  private static PortWish wish(int first, int last) {
    return new PortWish(WEB, Ipv4.ANY, new PortRange(first, last));
  }

  private Map<String, List<EndpointRecord.Published>> publish(String container, PortWish... wish) {
    return ports.publish(container, CONTAINER, List.of(wish));
  }

  private static int port(Map<String, List<EndpointRecord.Published>> published) {
    return published.getOrDefault("80/tcp", List.of()).getFirst().hostPort();
  }

  @Test
  void aPublishedPortIsOneElementAndAHeldSocket() {
    assertThat(publish("a", wish(8080, 8080)))
        .isEqualTo(Map.of("80/tcp", List.of(new EndpointRecord.Published("0.0.0.0", 8080))));
    assertThat(rules.scripts)
        .containsExactly("add element ip flota tcp_any { 8080 : 10.9.0.2 . 80 }\n");
    assertThat(sockets.held).hasSize(1);
    assertThat(sockets.connectable).isEqualTo(sockets.held);
    ports.unpublish("a");
    assertThat(rules.scripts).last().isEqualTo("delete element ip flota tcp_any { 8080 }\n");
    assertThat(sockets.held).isEmpty();
    ports.unpublish("a");
    assertThat(rules.scripts).hasSize(2);
  }

  @Test
  void onePortOfOneAddressIsKeyedByBoth() {
    PortWish local = new PortWish(WEB, new Ipv4(0x7f000001), new PortRange(8080, 8080));
    assertThat(publish("a", local).get("80/tcp"))
        .containsExactly(new EndpointRecord.Published("127.0.0.1", 8080));
    assertThat(rules.scripts)
        .containsExactly("add element ip flota tcp_at { 127.0.0.1 . 8080 : 10.9.0.2 . 80 }\n");
  }

  @Test
  void aPortOfAnotherContainerIsRefusedAndNothingOfTheRequestStays() {
    publish("a", wish(8080, 8080));
    assertThatThrownBy(() -> publish("b", wish(9000, 9000), wish(8080, 8080)))
        .hasMessage("Bind for 0.0.0.0:8080 failed: port is already allocated");
    assertThat(sockets.held).extracting(HostPort::number).containsExactly(8080);
    assertThat(publish("c", wish(9000, 9000))).hasSize(1);
  }

  @Test
  void aPortOfAForeignProcessIsRefusedWithTheKernelsReason() {
    sockets.foreign.add(8080);
    assertThatThrownBy(() -> publish("a", wish(8080, 8080)))
        .hasMessage(
            "failed to bind host port for 0.0.0.0:8080:10.9.0.2:80/tcp: address already in use");
    assertThat(sockets.held).isEmpty();
  }

  @Test
  void aRangeGivesItsFirstFreePort() {
    sockets.foreign.add(8001);
    publish("a", wish(8000, 8002));
    assertThat(publish("b", wish(8000, 8002)).get("80/tcp"))
        .containsExactly(new EndpointRecord.Published("0.0.0.0", 8002));
    assertThatThrownBy(() -> publish("c", wish(8000, 8002))).hasMessage("all ports are allocated");
  }

  @Test
  void portsThatNobodyChoseAreGivenInTurn() {
    List<Integer> given = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      given.add(port(publish("a", wish(0, 0))));
      ports.unpublish("a");
    }
    assertThat(given).containsExactly(40000, 40001, 40002, 40003, 40000, 40001);
  }

  @Test
  void aRefusedChangeMakesTheTableAnew() {
    rules.refusals = 1;
    publish("a", wish(8080, 8080));
    assertThat(rules.scripts)
        .singleElement()
        .asString()
        .contains("delete table ip flota", "tcp_any { 8080 : 10.9.0.2 . 80 }");
  }

  @Test
  void whatThePacketFilterRefusesForGoodIsNotHeld() {
    rules.refusals = 2;
    assertThatThrownBy(() -> publish("a", wish(8080, 8080))).hasMessage("refused");
    assertThat(sockets.held).isEmpty();
    assertThat(publish("b", wish(8080, 8080))).hasSize(1);
  }

  @Test
  void aNewDaemonTakesOverWhatLives() {
    HostPort port = new HostPort(Protocol.UDP, Ipv4.ANY, 53);
    ports.restore(List.of(), Map.of("a", List.of(new Forward(port, CONTAINER, 5353))));
    assertThat(rules.scripts)
        .singleElement()
        .asString()
        .contains("add element ip flota udp_any { 53 : 10.9.0.2 . 5353 }");
    assertThat(sockets.held).containsExactly(port);
    ports.unpublish("a");
    assertThat(sockets.held).isEmpty();
  }

  @Test
  void oldFlowsDoNotOutliveTheRules() {
    publish("a", wish(8080, 8080));
    assertThat(flows.forgotten).as("TCP finds its way").isEmpty();
    ports.unpublish("a");
    assertThat(flows.forgotten).containsExactly(CONTAINER);
    PortWish names =
        new PortWish(new ContainerPort(53, Protocol.UDP), Ipv4.ANY, new PortRange(53, 53));
    publish("a", names);
    assertThat(flows.forgotten).last().isEqualTo(new HostPort(Protocol.UDP, Ipv4.ANY, 53));
  }

  private static Forward forward(int port, int address) {
    return new Forward(new HostPort(Protocol.TCP, Ipv4.ANY, port), new Ipv4(address), 80);
  }

  @Test
  void aContainerOnAnotherHostIsPublishedHereUntilItIsWithdrawn() {
    ports.publishElsewhere("far", List.of(forward(8080, 0x0a090007)));
    assertThat(rules.scripts)
        .containsExactly("add element ip flota tcp_any { 8080 : 10.9.0.7 . 80 }\n");
    assertThat(sockets.held).hasSize(1);
    ports.publishElsewhere("far", List.of(forward(8081, 0x0a090007)));
    assertThat(sockets.held).extracting(HostPort::number).containsExactly(8081);
    ports.withdraw("far");
    ports.withdraw("far");
    assertThat(rules.scripts).last().isEqualTo("delete element ip flota tcp_any { 8081 }\n");
    assertThat(sockets.held).isEmpty();
  }

  @Test
  void aContainerThatComesHereIsNoLongerElsewhere() {
    ports.publishElsewhere("a", List.of(forward(8080, 0x0a090007)));
    assertThat(publish("a", wish(8080, 8080))).hasSize(1);
    ports.withdraw("a");
    assertThat(sockets.held).hasSize(1);
    ports.unpublish("a");
    assertThat(sockets.held).isEmpty();
  }

  /** So that connections through this host do not notice. */
  @Test
  void aContainerThatMovesKeepsItsRulesAndFlows() {
    Forward moving = new Forward(new HostPort(Protocol.TCP, Ipv4.ANY, 8080), CONTAINER, 80);
    publish("a", wish(8080, 8080));
    List<String> before = List.copyOf(rules.scripts);

    assertThat(ports.publishElsewhere("a", List.of(moving))).as("it is here").isFalse();
    ports.leave("a");
    ports.unpublish("a");
    assertThat(ports.publishElsewhere("a", List.of(moving))).isTrue();
    publish("a", wish(8080, 8080));
    assertThat(ports.publishElsewhere("a", List.of(moving))).as("it has come").isFalse();
    ports.withdraw("a");

    assertThat(rules.scripts).isEqualTo(before);
    assertThat(flows.forgotten).isEmpty();
    assertThat(sockets.held).hasSize(1);
    ports.unpublish("a");
    assertThat(sockets.held).isEmpty();
  }

  @Test
  void whatHasLeftIsWithdrawnAsWhatWasElsewhere() {
    publish("a", wish(8080, 8080));
    ports.leave("a");
    ports.leave("a");
    ports.withdraw("a");
    assertThat(sockets.held).isEmpty();
    assertThat(flows.forgotten).containsExactly(CONTAINER);
  }

  @Test
  void whatIsPublishedHereIsNotTakenByAContainerElsewhere() {
    publish("a", wish(8080, 8080));
    ports.publishElsewhere("far", List.of(forward(8080, 0x0a090007), forward(8081, 0x0a090007)));
    assertThat(rules.scripts)
        .last()
        .isEqualTo("add element ip flota tcp_any { 8081 : 10.9.0.7 . 80 }\n");
    ports.withdraw("far");
    assertThat(sockets.held).extracting(HostPort::number).containsExactly(8080);
  }

  @Test
  void publishedPortsAreLedToAnotherAddressInOneStep() {
    publish("a", wish(8080, 8080));
    ports.redirect("a", new Ipv4(0x0a090009));
    assertThat(rules.scripts)
        .last()
        .isEqualTo(
            """
            delete element ip flota tcp_any { 8080 }
            add element ip flota tcp_any { 8080 : 10.9.0.9 . 80 }
            """);
    assertThat(flows.forgotten).containsExactly(CONTAINER);
    ports.unpublish("a");
    assertThat(sockets.held).isEmpty();
    ports.redirect("a", CONTAINER);
    assertThat(rules.scripts).hasSize(3);
  }

  @Test
  void otherNetworksAreAnotherTableWithTheSamePorts() {
    publish("a", wish(8080, 8080));
    NetworkRules network =
        new NetworkRules(
            Set.of("br-1"),
            Subnet.parse("10.5.0.0/24"),
            new Ipv4(0x0a050001),
            false,
            true,
            true,
            null);
    ports.networks(List.of(network));
    assertThat(rules.scripts)
        .last()
        .asString()
        .contains("\"br-1\"", "tcp_any { 8080 : 10.9.0.2 . 80 }");
    ports.networks(List.of(network));
    assertThat(rules.scripts).as("nothing new").hasSize(2);
  }

  @Test
  void whatTheKernelRefusesOfARangeIsAskedAnew() {
    sockets.foreign.add(40000);
    sockets.foreign.add(40001);
    assertThat(port(publish("a", wish(0, 0)))).isEqualTo(40002);
  }

  /** A container starts with that port wish, or stops. */
  private record Step(String container, boolean start, PortWish wish) {}

  @Provide
  static Arbitrary<List<Step>> histories() {
    Arbitrary<PortWish> wish =
        Arbitraries.integers()
            .between(40000, 40003)
            .flatMap(
                first -> Arbitraries.integers().between(first, 40003).map(l -> wish(first, l)));
    return Arbitraries.of("a", "b", "c", "d", "e")
        .flatMap(
            container ->
                Arbitraries.of(true, false)
                    .flatMap(start -> wish.map(one -> new Step(container, start, one))))
        .list()
        .ofMaxSize(60);
  }

  @Property
  void noPortHasTwoOwnersAndNoneIsHeldWithoutOne(@ForAll("histories") List<Step> history) {
    Map<String, Integer> owned = new HashMap<>();
    for (Step step : history) {
      if (!step.start()) {
        ports.unpublish(step.container());
        owned.remove(step.container());
      } else if (!owned.containsKey(step.container())) {
        start(step, owned);
      }
      assertThat(sockets.held)
          .extracting(HostPort::number)
          .containsExactlyInAnyOrderElementsOf(owned.values());
    }
    owned.keySet().forEach(ports::unpublish);
    assertThat(sockets.held).isEmpty();
  }

  private void start(Step step, Map<String, Integer> owned) {
    PortRange range = step.wish().hostPorts();
    boolean possible =
        IntStream.rangeClosed(range.first(), range.last())
            .anyMatch(port -> !owned.containsValue(port));
    if (possible) {
      int port = port(publish(step.container(), step.wish()));
      assertThat(owned.values()).doesNotContain(port);
      assertThat(port).isBetween(range.first(), range.last());
      owned.put(step.container(), port);
    } else {
      assertThatThrownBy(() -> publish(step.container(), step.wish()))
          .isInstanceOf(EngineException.class);
    }
  }
}
