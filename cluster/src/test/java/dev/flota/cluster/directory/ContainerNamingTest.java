package dev.flota.cluster.directory;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.cluster.ledger.LedgerSamples;
import dev.flota.engine.json.Json;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.spec.RunState;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ContainerNamingTest {
  private static final InetSocketAddress OF_HOST = server("127.0.0.53");

  private final Set<String> lost = new HashSet<>();
  private final ContainerNaming naming =
      new ContainerNaming(host -> !lost.contains(host), () -> List.of(OF_HOST));

  private static InetSocketAddress server(String address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), 53);
  }

  private static Ipv4 ip(String text) {
    return Ipv4.parse(text).orElseThrow();
  }

  private static EndpointRecord on(
      String network, String address, boolean internal, List<String> aliases, String... links) {
    EndpointWish wish = new EndpointWish(null, List.of(links), aliases, null, null, 0);
    return new EndpointRecord(
        network,
        "id-" + network,
        "e",
        address,
        24,
        "10.0.0.1",
        null,
        aliases,
        Map.of(),
        0,
        "bridge",
        internal,
        wish);
  }

  private static EndpointRecord on(String network, String address, String... aliases) {
    return on(network, address, false, List.of(aliases));
  }

  private static ContainerRecord container(String name, EndpointRecord... endpoints) {
    ContainerRecord made = LedgerSamples.record(name + "0".repeat(64 - name.length()), name);
    return made.withEndpoints(List.of(endpoints))
        .withState(new RunState(RunState.Status.RUNNING, 1, 0, false, "", LedgerSamples.NOW, null));
  }

  private ContainerRecord add(ContainerRecord record, String host) {
    naming.put(record.id(), new Placed(host, record));
    return record;
  }

  private ContainerRecord add(String name, EndpointRecord... endpoints) {
    return add(container(name, endpoints), "here");
  }

  private List<String> found(String client, String name) {
    return naming.lookup(ip(client), name).orElse(List.of()).stream()
        .map(Ipv4::toString)
        .sorted()
        .toList();
  }

  @Test
  void namesLeadToWhoIsOnTheSameNetwork() {
    add("asker", on("one", "10.0.1.2"));
    ContainerRecord web =
        add("Web", on("one", "10.0.1.3", "Front"), on("two", "10.0.2.3", "behind"));
    String shortId = web.id().substring(0, 12).toLowerCase(Locale.ROOT);

    for (String name : List.of("web", "front", shortId, "web.one", "front.one")) {
      assertThat(found("10.0.1.2", name)).as(name).containsExactly("10.0.1.3");
    }
    for (String name : List.of("behind", "web.two", "nosuch", "web.one.one", ".one", "")) {
      assertThat(found("10.0.1.2", name)).as(name).isEmpty();
    }
    assertThat(naming.lookup(ip("10.0.9.9"), "web")).as("a stranger").isEmpty();
  }

  @Test
  void theNetworkThatLeadsOutIsAskedFirst() {
    add(
        "asker",
        on("a-inside", "10.0.1.2", true, List.of()),
        on("b", "10.0.2.2"),
        on("c", "10.0.3.2"));
    add("first", on("a-inside", "10.0.1.3", true, List.of("x", "y")));
    add("second", on("b", "10.0.2.3", "x"));
    add("third", on("c", "10.0.3.3", "x"));

    assertThat(found("10.0.2.2", "x")).containsExactly("10.0.2.3");
    assertThat(found("10.0.1.2", "x.c")).containsExactly("10.0.3.3");
    assertThat(found("10.0.3.2", "y")).containsExactly("10.0.1.3");
  }

  @Test
  void severalOfOneNameAreAllFoundButThoseOnLostHosts() {
    add("asker", on("one", "10.0.1.2"));
    add("a", on("one", "10.0.1.3", "x"));
    add(container("b", on("one", "10.0.1.4", "x")), "there");
    assertThat(found("10.0.1.2", "x")).containsExactly("10.0.1.3", "10.0.1.4");

    lost.add("there");
    assertThat(found("10.0.1.2", "x")).containsExactly("10.0.1.3");
    lost.add("here");
    assertThat(found("10.0.1.2", "x")).as("better than none").hasSize(2);
  }

  @Test
  void namesComeAndGoWithTheirContainers() {
    add("asker", on("one", "10.0.1.2"));
    ContainerRecord web = add("web", on("one", "10.0.1.3", "x"));
    add(web.withName("new"), "here");
    assertThat(found("10.0.1.2", "web")).isEmpty();
    assertThat(found("10.0.1.2", "new")).containsExactly("10.0.1.3");

    add(web.withState(RunState.created()), "here");
    assertThat(found("10.0.1.2", "x")).as("while it does not run").isEmpty();
    assertThat(naming.serves(ip("10.0.1.3"))).as("its command may ask at once").isTrue();
    add(web.withEndpoints(List.of(on("one", "10.0.1.9", "x"))), "there");
    assertThat(found("10.0.1.2", "x")).containsExactly("10.0.1.9");
    assertThat(naming.serves(ip("10.0.1.3"))).isFalse();

    naming.put(web.id(), null);
    naming.put(web.id(), null);
    assertThat(found("10.0.1.2", "x")).isEmpty();
    assertThat(naming.serves(ip("10.0.1.9"))).isFalse();
  }

  @Test
  void anAddressThatHasAnotherOwnerStaysHis() {
    ContainerRecord old = add("old", on("one", "10.0.1.2"));
    add("next", on("one", "10.0.1.2"));
    naming.put(old.id(), null);
    assertThat(found("10.0.1.2", "next")).containsExactly("10.0.1.2");
    assertThat(naming.reverse(ip("10.0.1.2"), ip("10.0.1.2"))).contains("next.one");
  }

  @Test
  void aLinkIsANameOfOnesOwn() {
    ContainerRecord store = add("store", on("one", "10.0.1.3"));
    add(
        "asker",
        on("one", "10.0.1.2", false, List.of(), "store:DB", store.id() + ":byid", "store"));
    for (String name : List.of("db", "byid", "store")) {
      assertThat(found("10.0.1.2", name)).as(name).containsExactly("10.0.1.3");
      assertThat(found("10.0.1.3", name).isEmpty()).as(name).isNotEqualTo(name.equals("store"));
    }
  }

  @Test
  void addressesHaveNamesWhereTheyAreSeen() {
    add("asker", on("one", "10.0.1.2"));
    add("web", on("one", "10.0.1.3", "x"), on("two", "10.0.2.3"));
    assertThat(naming.reverse(ip("10.0.1.2"), ip("10.0.1.3"))).contains("web.one");
    assertThat(naming.reverse(ip("10.0.1.2"), ip("10.0.2.3"))).isEmpty();
    assertThat(naming.reverse(ip("10.0.1.2"), ip("10.0.1.77"))).isEmpty();
  }

  @Test
  void otherServersAreTheUsersOrTheHosts() throws JsonProcessingException {
    add("plain", on("one", "10.0.1.2"));
    add("inside", on("in", "10.0.2.2", true, List.of()));
    add("both", on("in", "10.0.2.3", true, List.of()), on("one", "10.0.1.3"));
    ContainerRecord wishing = container("own", on("one", "10.0.1.4"));
    HostConfig dns =
        Json.DOCKER.readValue("{\"Dns\":[\"127.0.0.1\",\"9.9.9.9\"]}", HostConfig.class);
    add(withHostConfig(wishing, dns), "here");

    assertThat(naming.upstreams(ip("10.0.1.2"))).containsExactly(OF_HOST);
    assertThat(naming.upstreams(ip("10.0.2.2"))).isEmpty();
    assertThat(naming.upstreams(ip("10.0.2.3"))).containsExactly(OF_HOST);
    assertThat(naming.upstreams(ip("10.0.1.4"))).containsExactly(server("9.9.9.9"));
    assertThat(naming.upstreams(ip("10.0.1.77"))).isEmpty();
  }

  @Test
  void whoIsNotKnownYetIsKnownByHisNetwork() {
    add("web", on("one", "10.0.1.3"));
    NetworkDefinition one = network("one", "10.0.1.0/24", false);
    naming.opened(one);
    naming.opened(network("in", "10.0.2.0/24", true));
    assertThat(naming.serves(ip("10.0.1.9"))).isTrue();
    assertThat(found("10.0.1.9", "web")).containsExactly("10.0.1.3");
    assertThat(found("10.0.1.9", "web.one")).containsExactly("10.0.1.3");
    assertThat(found("10.0.2.9", "web")).isEmpty();
    assertThat(naming.upstreams(ip("10.0.1.9"))).containsExactly(OF_HOST);
    assertThat(naming.upstreams(ip("10.0.2.9"))).isEmpty();
    naming.closed(one);
    assertThat(naming.serves(ip("10.0.1.9"))).isFalse();
    assertThat(naming.lookup(ip("10.0.1.9"), "web")).isEqualTo(Optional.empty());
  }

  private static NetworkDefinition network(String name, String subnet, boolean internal) {
    return new NetworkDefinition(
        "id-" + name,
        name,
        LedgerSamples.NOW,
        "bridge",
        subnet,
        true,
        null,
        null,
        Map.of(),
        internal,
        false,
        Map.of(),
        Map.of(),
        1);
  }

  private static ContainerRecord withHostConfig(ContainerRecord record, HostConfig hostConfig) {
    return new ContainerRecord(
        record.schemaVersion(),
        record.epoch(),
        record.id(),
        record.name(),
        record.created(),
        record.image(),
        record.imageId(),
        record.imageDigest(),
        record.config(),
        hostConfig,
        record.networkingConfig(),
        record.runtime(),
        record.wanted(),
        record.state(),
        record.endpoints(),
        record.mounts(),
        record.logs(),
        record.exits(),
        record.restartCount());
  }
}
