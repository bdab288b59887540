package dev.flota.cluster.ledger;

import static dev.flota.cluster.ledger.LedgerSamples.BRIDGE_ID;
import static dev.flota.cluster.ledger.LedgerSamples.NOW;
import static dev.flota.cluster.ledger.LedgerSamples.container;
import static dev.flota.cluster.ledger.LedgerSamples.found;
import static dev.flota.cluster.ledger.LedgerSamples.host;
import static dev.flota.cluster.ledger.LedgerSamples.hostId;
import static dev.flota.cluster.ledger.LedgerSamples.network;
import static dev.flota.cluster.ledger.LedgerSamples.promise;
import static dev.flota.cluster.ledger.LedgerSamples.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.Outcome;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.spec.MountPoint;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LedgerStateTest {
  private static final String ANOTHER =
      "; 'flota token create' on a host of the fleet prints another";

  private LedgerState state = LedgerState.EMPTY;

  LedgerStateTest() {
    accept(found());
    accept(host(1));
    accept(host(2));
  }

  private <A extends Answer> A accept(Change<A> change) {
    Applied applied = state.apply(change);
    state = applied.state();
    @SuppressWarnings("unchecked") // each change has its own kind of answer
    A answer = (A) applied.outcome().orThrow();
    return answer;
  }

  private void refuse(Change<?> change, ErrorKind kind, String text) {
    Applied applied = state.apply(change);
    assertThat(applied.outcome()).isEqualTo(new Outcome.Refused<Answer>(kind, text));
    assertThat(applied.state()).isSameAs(state);
  }

  @Test
  void theBridgeIsThereFromTheBeginning() {
    NetworkDefinition bridge = state.networks().byName("bridge").orElseThrow();
    assertThat(bridge.vni()).isEqualTo(4096);
    assertThat(bridge.gateway()).isEqualTo("172.17.0.1");
    accept(found());
    assertThat(state.networks().all()).hasSize(1);
  }

  @Test
  void anotherFleetCannotBeFoundedHere() {
    refuse(
        new Change.FoundCluster("other", List.of(LedgerSamples.bridge())),
        ErrorKind.CONFLICT,
        "this ledger is of fleet fleet already");
  }

  @Test
  void aHostKeepsItsNameAddressAndId() {
    HostEntry one = host(1).host();
    accept(host(1));
    refuse(
        new Change.AddHost(
            new HostEntry(hostId(3), one.name(), "10.0.0.9", "f", Map.of(), one.availability())),
        ErrorKind.CONFLICT,
        "the name host-1 is host 111111111111's already: set another host-name in flota.conf, or remove that host by 'flota hosts rm'");
    refuse(
        new Change.AddHost(
            new HostEntry(hostId(3), "x", one.address(), "f", Map.of(), one.availability())),
        ErrorKind.CONFLICT,
        "the address 10.0.0.1 is host-1's already: give another by --address, or remove that host by 'flota hosts rm'");
    refuse(
        new Change.AddHost(
            new HostEntry(hostId(1), "x", "10.0.0.9", "f", Map.of(), one.availability())),
        ErrorKind.CONFLICT,
        "the host id 111111111111 is host-1's already: a host that joins takes a new one");
  }

  @Test
  void aTokenLetsOneHostInAndSaysWhyNoOther() {
    accept(new Change.IssueToken("a", NOW, NOW.plusSeconds(60), hostId(1)));
    accept(new Change.IssueToken("b", NOW, NOW.plusSeconds(60), hostId(1)));
    accept(new Change.IssueToken("c", NOW, NOW.plusSeconds(60), hostId(1)));
    accept(new Change.RevokeToken("c"));
    accept(new Change.RedeemToken("a", NOW, hostId(3)));
    accept(new Change.RedeemToken("a", NOW, hostId(3)));
    refuse(
        new Change.RedeemToken("a", NOW, hostId(4)),
        ErrorKind.FORBIDDEN,
        "this join token was used already, by host 333333333333" + ANOTHER);
    refuse(
        new Change.RedeemToken("b", NOW.plusSeconds(60), hostId(4)),
        ErrorKind.FORBIDDEN,
        "this join token expired at 2026-11-24T10:01:00Z" + ANOTHER);
    refuse(
        new Change.RedeemToken("c", NOW, hostId(4)),
        ErrorKind.FORBIDDEN,
        "this join token was revoked" + ANOTHER);
    refuse(
        new Change.RedeemToken("d", NOW, hostId(4)),
        ErrorKind.FORBIDDEN,
        "this join token is not one of this fleet" + ANOTHER);
    accept(
        new Change.IssueToken(
            "e", NOW.plus(Duration.ofDays(2)), NOW.plus(Duration.ofDays(3)), hostId(1)));
    assertThat(state.tokens().all()).extracting(TokenEntry::hash).containsExactly("e");
  }

  @Test
  void aContainerGetsItsAddressAtOnceAndGivesAllBackAtItsEnd() {
    Answer.Created created = accept(container("c1", "web", 1));
    assertThat(created.addresses())
        .containsExactly(
            new Answer.AddressTaken(
                BRIDGE_ID, "172.17.0.2", 16, "172.17.0.1", "02:42:ac:11:00:02"));
    assertThat(created.container().record().endpoints().getFirst().address())
        .isEqualTo("172.17.0.2");
    assertThat(accept(container("c1", "web", 1))).isEqualTo(created);
    accept(ports("c1", new PortClaim("tcp", "0.0.0.0", 8080, 8080)));
    refuse(
        container("c2", "web", 2),
        ErrorKind.CONFLICT,
        "Conflict. The container name \"/web\" is already in use by container \"c1\". You have to remove (or rename) that container to be able to reuse that name.");
    assertThat(state.networks().addressesOf("c2")).isEmpty();

    accept(new Change.RemoveContainer("c1", 1));
    assertThat(state.containers().byName("web")).isEmpty();
    assertThat(state.networks().holder(BRIDGE_ID, "172.17.0.2")).isEmpty();
    assertThat(state.ports().all()).isEmpty();
    refuse(new Change.RemoveContainer("c1", 1), ErrorKind.NOT_FOUND, "No such container: c1");
  }

  @Test
  void aLostHostsContainerIsTakenOverOnlyIfThatWasPromised() {
    accept(container("c1", "web", 1));
    accept(new Change.RenewLease(hostId(1), 7, 1000));
    refuse(
        new Change.TakeOver("c1", 1, hostId(1), 1, hostId(2)),
        ErrorKind.CONFLICT,
        "container web stays with host-1: nothing ends it there");
    accept(promise(state.containers().byId("c1").orElseThrow()));
    accept(new Change.TakeOver("c1", 1, hostId(1), 1, hostId(2)));
    assertThat(state.containers().byId("c1").orElseThrow().record().epoch()).isEqualTo(2);
  }

  @Test
  void aLostHostsContainerIsTakenOverOnlyWhileItsLeaseStandsStill() {
    accept(container("c1", "web", 1));
    accept(promise(state.containers().byId("c1").orElseThrow()));
    accept(new Change.RenewLease(hostId(1), 7, 1000));
    long seen = state.hosts().lease(hostId(1)).renewal();
    accept(new Change.RenewLease(hostId(1), 7, 1000));
    refuse(
        new Change.TakeOver("c1", 1, hostId(1), seen, hostId(2)),
        ErrorKind.CONFLICT,
        "host host-1 lives: its lease was renewed");
    assertThat(accept(new Change.TakeOver("c1", 1, hostId(1), seen + 1, hostId(2))).epoch())
        .isEqualTo(2);
    refuse(
        new Change.TakeOver("c1", 1, hostId(1), seen + 1, hostId(2)),
        ErrorKind.CONFLICT,
        "container web is at epoch 2 on host-2, not at epoch 1");
    refuse(
        new Change.UpdateContainer("c1", 1, record("web")),
        ErrorKind.CONFLICT,
        "container web is at epoch 2 on host-2, not at epoch 1");
    refuse(
        new Change.RenewLease(hostId(1), 6, 1000),
        ErrorKind.CONFLICT,
        "the lease of host-1 is renewed by a daemon that started later");
  }

  private ContainerEntry entry(String id) {
    return state.containers().byId(id).orElseThrow();
  }

  @Test
  void aMoveIsSettledOrReturnedByTheNewOwner() {
    accept(container("c1", "web", 1));
    assertThat(accept(new Change.Move("c1", 1, hostId(2))).epoch()).isEqualTo(2);
    assertThat(entry("c1").ownerHostId()).isEqualTo(hostId(2));
    assertThat(entry("c1").isMovedFrom(hostId(1))).isTrue();
    refuse(
        new Change.Move("c1", 2, hostId(3)),
        ErrorKind.CONFLICT,
        "container web is on its way from host-1 to host-2");
    refuse(
        new Change.RemoveContainer("c1", 2),
        ErrorKind.CONFLICT,
        "container web is on its way from host-1 to host-2");
    refuse(
        new Change.Recall("c1", 1, hostId(1)),
        ErrorKind.CONFLICT,
        "container web is at epoch 2 on host-2, not at epoch 1");

    accept(new Change.SettleMove("c1", 2));
    assertThat(entry("c1").isMoving()).isFalse();
    refuse(new Change.ReturnMove("c1", 2), ErrorKind.CONFLICT, "container web is not being moved");

    accept(new Change.Move("c1", 2, hostId(1)));
    assertThat(accept(new Change.ReturnMove("c1", 3)).epoch()).isEqualTo(4);
    assertThat(entry("c1").ownerHostId()).isEqualTo(hostId(2));
    assertThat(entry("c1").isMoving()).isFalse();
  }

  @Test
  void itsVolumesComeAlongWhenAMoveIsSettled() {
    accept(host(3));
    accept(new Change.CreateVolume(volume("data", 1)));
    accept(new Change.CreateVolume(volume("other", 1)));
    accept(mounting(container("c1", "web", 1), "data"));

    accept(new Change.Move("c1", 1, hostId(2)));
    assertThat(hostOf("data")).isEqualTo(hostId(1));
    accept(new Change.ReturnMove("c1", 2));
    assertThat(hostOf("data")).isEqualTo(hostId(1));

    accept(new Change.Move("c1", 3, hostId(3)));
    accept(new Change.SettleMove("c1", 4));
    assertThat(hostOf("data")).isEqualTo(hostId(3));
    assertThat(hostOf("other")).isEqualTo(hostId(1));
  }

  private static Change.CreateContainer mounting(Change.CreateContainer create, String volume) {
    MountPoint mount = new MountPoint("volume", volume, "", "/data", "local", "z", true, "");
    return new Change.CreateContainer(
        create.id(),
        create.name(),
        create.ownerHostId(),
        create.record().withMounts(List.of(mount)),
        create.addresses());
  }

  private static VolumeEntry volume(String name, int host) {
    return new VolumeEntry(name, hostId(host), "local", Map.of(), Map.of(), NOW);
  }

  private String hostOf(String volume) {
    return state.volumes().byName(volume).orElseThrow().hostId();
  }

  @Test
  void aRecalledMoveComesTooLate() {
    accept(container("c1", "web", 1));
    refuse(
        new Change.Move("c1", 1, hostId(1)),
        ErrorKind.CONFLICT,
        "container web is on host-1 already");
    refuse(new Change.Recall("c1", 1, hostId(2)), ErrorKind.CONFLICT, "container web is host-1's");
    assertThat(accept(new Change.Recall("c1", 1, hostId(1))).epoch()).isEqualTo(2);
    refuse(
        new Change.Move("c1", 1, hostId(2)),
        ErrorKind.CONFLICT,
        "container web is at epoch 2 on host-1, not at epoch 1");
  }

  /** Without a promise: the lost host's fencer knows what is moved there. */
  @Test
  void whatWasMovedToALostHostGoesBackAndNowhereElse() {
    accept(container("c1", "web", 1));
    accept(new Change.RenewLease(hostId(2), 1, 1000));
    accept(new Change.Move("c1", 1, hostId(2)));
    refuse(
        new Change.TakeOver("c1", 2, hostId(2), 1, hostId(3)),
        ErrorKind.CONFLICT,
        "container web is on its way from host-1 to host-2");
    assertThat(accept(new Change.TakeOver("c1", 2, hostId(2), 1, hostId(1))).epoch()).isEqualTo(3);
    assertThat(entry("c1").ownerHostId()).isEqualTo(hostId(1));
    assertThat(entry("c1").isMoving()).isFalse();
  }

  @Test
  void aHostWithContainersLeavesOnlyByForceAndItsLeaseStands() {
    accept(container("c1", "web", 1));
    accept(promise(state.containers().byId("c1").orElseThrow()));
    accept(new Change.RenewLease(hostId(1), 1, 1000));
    refuse(
        new Change.RemoveHost(hostId(1), false),
        ErrorKind.CONFLICT,
        "host host-1 still has 1 containers: drain it first, or force its removal");
    accept(new Change.RemoveHost(hostId(1), true));
    assertThat(state.containers().ownedBy(hostId(1))).hasSize(1);
    accept(new Change.TakeOver("c1", 1, hostId(1), 1, hostId(2)));
    assertThat(state.containers().ownedBy(hostId(2))).hasSize(1);
  }

  @Test
  void anUpdateKeepsTheNameAndARenameKeepsTheRest() {
    accept(container("c1", "web", 1));
    accept(new Change.RenameContainer("c1", "shop"));
    accept(new Change.UpdateContainer("c1", 1, record("web")));
    ContainerEntry container = state.containers().byName("shop").orElseThrow();
    assertThat(container.record().name()).isEqualTo("shop");
    assertThat(state.containers().byName("web")).isEmpty();
  }

  @Test
  void networksGetSubnetsThatDoNotOverlap() {
    NetworkDefinition one = accept(network("n1", "one")).network();
    NetworkDefinition two = accept(network("n2", "two")).network();
    assertThat(one.subnet()).isEqualTo("172.18.0.0/16");
    assertThat(one.gateway()).isEqualTo("172.18.0.1");
    assertThat(two.subnet()).isEqualTo("172.19.0.0/16");
    assertThat(List.of(one.vni(), two.vni())).containsExactly(4097, 4098);
    refuse(network("n3", "two"), ErrorKind.CONFLICT, "network with name two already exists");
    refuse(
        network("n3", "host"),
        ErrorKind.FORBIDDEN,
        "operation is not permitted on predefined host network ");
    refuse(
        wished("n3", "172.18.4.0/24", null),
        ErrorKind.FORBIDDEN,
        "invalid pool request: Pool overlaps with other one on this address space");
    for (int number = 0; number < 12 + 16; number++) {
      accept(network("more" + number, "more" + number));
    }
    refuse(
        network("n3", "n3"),
        ErrorKind.INVALID,
        "all predefined address pools have been fully subnetted");
    accept(new Change.RemoveNetwork("n1"));
    NetworkDefinition again = accept(network("n4", "n4")).network();
    assertThat(again.subnet()).isEqualTo("172.18.0.0/16");
    assertThat(again.vni()).isGreaterThan(two.vni() + 28);
  }

  private static Change.CreateNetwork wished(String id, String subnet, @Nullable String range) {
    return network(id, id, subnet, null, range, List.of());
  }

  @Test
  void aSubnetThatTheHostUsesOtherwiseIsNotChosen() {
    NetworkDefinition one =
        accept(network("n1", "one", null, null, null, List.of("172.18.200.0/24"))).network();
    assertThat(one.subnet()).isEqualTo("172.19.0.0/16");
    assertThat(one.subnetChosen()).isFalse();
  }

  @Test
  void aHostsOwnNetworksComeIntoItsFleetAsTheyAre() {
    NetworkDefinition before = accept(network("n1", "one")).network();
    state = LedgerState.EMPTY;
    accept(new Change.FoundCluster("fleet", List.of(LedgerSamples.bridge(), before)));
    assertThat(state.networks().byName("one")).contains(before);
    assertThat(accept(network("n2", "two")).network().vni()).isEqualTo(before.vni() + 1);
  }

  @Test
  void addressesComeFromTheRangeAndHostsFromTheTop() {
    accept(wished("n1", "10.1.0.0/29", "10.1.0.4/30"));
    assertThat(state.networks().byId("n1").orElseThrow().gateway()).isEqualTo("10.1.0.1");
    assertThat(take(hostId(1), AddressWish.any("n1"))).isEqualTo("10.1.0.6");
    assertThat(take("c0", AddressWish.any("n1"))).isEqualTo("10.1.0.4");
    assertThat(take("c1", AddressWish.any("n1"))).isEqualTo("10.1.0.5");
    assertThat(take("c1", AddressWish.any("n1"))).isEqualTo("10.1.0.5");
    refuse(
        new Change.TakeAddress("c2", AddressWish.any("n1")),
        ErrorKind.SYSTEM,
        "no available IPv4 addresses on this network's address pools: n1 (n1)");
    assertThat(take("c2", new AddressWish("n1", "10.1.0.2", "02-42-00-00-00-AA")))
        .isEqualTo("10.1.0.2");
    assertThat(state.networks().holder("n1", "10.1.0.2").orElseThrow().mac())
        .isEqualTo("02:42:00:00:00:aa");
    refuse(
        new Change.TakeAddress("c3", new AddressWish("n1", "10.1.0.2", null)),
        ErrorKind.FORBIDDEN,
        "Address already in use");
    refuse(
        new Change.TakeAddress("c3", new AddressWish("n1", "10.2.0.2", null)),
        ErrorKind.INVALID,
        "Invalid address 10.2.0.2: It does not belong to any of this network's subnets");
    accept(new Change.GiveBackAddresses(null, "c1"));
    assertThat(take("c3", AddressWish.any("n1"))).isEqualTo("10.1.0.5");
  }

  private String take(String owner, AddressWish wish) {
    return accept(new Change.TakeAddress(owner, wish)).address();
  }

  @Test
  void aNetworkWithContainersStaysOneWithHostsOnlyGoes() {
    accept(network("n1", "one"));
    accept(container("c1", "web", 1));
    accept(new Change.TakeAddress("c1", AddressWish.any("n1")));
    accept(new Change.TakeAddress(hostId(1), AddressWish.any("n1")));
    refuse(
        new Change.RemoveNetwork("n1"),
        ErrorKind.FORBIDDEN,
        "error while removing network: network one has active endpoints (name:\"web\" id:\"c1\")");
    refuse(
        new Change.RemoveNetwork(BRIDGE_ID),
        ErrorKind.FORBIDDEN,
        "bridge is a pre-defined network and cannot be removed");
    accept(new Change.RemoveContainer("c1", 1));
    accept(new Change.RemoveNetwork("n1"));
    assertThat(state.networks().byName("one")).isEmpty();
  }

  private static Change.TakePorts ports(String container, PortClaim... claims) {
    return new Change.TakePorts(container, List.of(claims), List.of());
  }

  @Test
  void aPortThatItsHostCannotGetIsNotChosen() {
    accept(container("c1", "one", 1));
    Answer.PortsTaken taken =
        accept(
            new Change.TakePorts(
                "c1",
                List.of(new PortClaim("tcp", "0.0.0.0", 80, 82)),
                List.of(new PortPlace("tcp", "0.0.0.0", 80), new PortPlace("udp", "0.0.0.0", 81))));
    assertThat(taken.ports()).extracting(PortEntry::port).containsExactly(81);
  }

  @Test
  void aPortOnEveryAddressLeavesRoomForNoOther() {
    accept(container("c1", "one", 1));
    accept(container("c2", "two", 2));
    accept(ports("c1", new PortClaim("tcp", "127.0.0.1", 80, 80)));
    refuse(
        ports("c2", new PortClaim("tcp", "0.0.0.0", 80, 80)),
        ErrorKind.SYSTEM,
        "Bind for 0.0.0.0:80 failed: port is already allocated");
    Answer.PortsTaken taken =
        accept(
            ports(
                "c2",
                new PortClaim("tcp", "10.0.0.1", 80, 80),
                new PortClaim("udp", "", 80, 80),
                new PortClaim("tcp", "0.0.0.0", 80, 82),
                new PortClaim("tcp", "0.0.0.0", 0, 0)));
    assertThat(taken.ports()).extracting(PortEntry::port).containsExactly(80, 80, 81, 49153);
    assertThat(state.ports().holder("tcp", "10.0.0.9", 81)).contains("c2");
    refuse(
        ports("c1", new PortClaim("tcp", "0.0.0.0", 81, 81)),
        ErrorKind.SYSTEM,
        "Bind for 0.0.0.0:81 failed: port is already allocated");
    assertThat(state.ports().of("c1")).hasSize(1);
    accept(new Change.ReleasePorts("c2"));
    Answer.PortsTaken next = accept(ports("c1", new PortClaim("tcp", "0.0.0.0", 0, 0)));
    assertThat(next.ports()).extracting(PortEntry::port).containsExactly(49154);
  }

  @Test
  void aVolumeStaysWhereItIs() {
    VolumeEntry here = volume("v", 1);
    VolumeEntry there = volume("v", 2);
    assertThat(accept(new Change.CreateVolume(here))).isEqualTo(new Answer.VolumeAt(here, true));
    assertThat(accept(new Change.CreateVolume(there))).isEqualTo(new Answer.VolumeAt(here, false));
    accept(new Change.RemoveVolume("v"));
    refuse(new Change.RemoveVolume("v"), ErrorKind.NOT_FOUND, "get v: no such volume");
  }

  @Test
  void volumesGoWithTheirHost() {
    VolumeEntry one = volume("one", 1);
    VolumeEntry two = volume("two", 2);
    accept(new Change.CreateVolume(one));
    accept(new Change.CreateVolume(two));
    accept(new Change.RemoveHost(hostId(1), false));
    assertThat(state.volumes().all()).containsExactly(two);
  }

  @Test
  void severalChangesHappenTogetherOrNotAtAll() {
    Change.RemoveVolume missing = new Change.RemoveVolume("v");
    refuse(
        new Change.AllOf(List.of(network("n1", "one"), missing)),
        ErrorKind.NOT_FOUND,
        "get v: no such volume");
    Answer.Answers both =
        accept(new Change.AllOf(List.of(network("n1", "one"), container("c1", "web", 1))));
    assertThat(both.answers()).hasSize(2);
    assertThat(state.networks().byName("one")).isPresent();
  }

  @Test
  void aReferenceMeansOneImage() {
    accept(new Change.TagImage(new ImageEntry("docker.io/library/a:1", "sha256:1", null)));
    accept(new Change.TagImage(new ImageEntry("docker.io/library/a:1", "sha256:2", "sha256:3")));
    assertThat(state.images().byReference("docker.io/library/a:1").orElseThrow().imageId())
        .isEqualTo("sha256:2");
    accept(new Change.UntagImage("docker.io/library/a:1"));
    assertThat(state.images().all()).isEmpty();
  }
}
