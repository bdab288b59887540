package dev.flota.cluster.ledger;

import static dev.flota.cluster.ledger.LedgerSamples.BRIDGE_ID;
import static dev.flota.cluster.ledger.LedgerSamples.NOW;
import static dev.flota.cluster.ledger.LedgerSamples.container;
import static dev.flota.cluster.ledger.LedgerSamples.found;
import static dev.flota.cluster.ledger.LedgerSamples.host;
import static dev.flota.cluster.ledger.LedgerSamples.hostId;
import static dev.flota.cluster.ledger.LedgerSamples.network;
import static dev.flota.cluster.ledger.LedgerSamples.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.Outcome;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.NetworkDefinition;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Random histories of changes from several hosts; few ids, so that they meet. */
class LedgerHistoryTest {
  private static final String[] CONTAINERS = {"c0", "c1", "c2", "c3", "c4"};
  private static final String[] NAMES = {"web", "db", "shop"};
  private static final String[] NETWORKS = {BRIDGE_ID, "n1", "n2"};

  @Provide
  Arbitrary<List<Change<?>>> histories() {
    Arbitrary<String> container = Arbitraries.of(CONTAINERS);
    Arbitrary<String> name = Arbitraries.of(NAMES);
    Arbitrary<String> network = Arbitraries.of(NETWORKS);
    Arbitrary<Integer> host = Arbitraries.integers().between(1, 3);
    Arbitrary<Long> epoch = Arbitraries.longs().between(1, 3);
    Arbitrary<AddressWish> wish =
        Combinators.combine(
                network, Arbitraries.of("172.17.0.2", "172.17.0.3", "172.18.0.2").injectNull(0.5))
            .as((in, address) -> new AddressWish(in, address, null));
    Arbitrary<PortClaim> claim =
        Combinators.combine(
                Arbitraries.of("tcp", "udp"),
                Arbitraries.of("0.0.0.0", "127.0.0.1", "10.0.0.1"),
                Arbitraries.of(0, 80, 81),
                Arbitraries.of(0, 1))
            .as(
                (protocol, address, first, more) ->
                    new PortClaim(protocol, address, first, first == 0 ? 0 : first + more));
    Arbitrary<Change<?>> change =
        Arbitraries.oneOf(
            host.map(LedgerSamples::host),
            Combinators.combine(host, Arbitraries.of(true, false))
                .as((h, forced) -> new Change.RemoveHost(hostId(h), forced)),
            Combinators.combine(host, epoch)
                .as((h, i) -> new Change.RenewLease(hostId(h), i, 1000)),
            Combinators.combine(container, name, host)
                .as((id, called, h) -> container(id, called, h)),
            Combinators.combine(container, name, host)
                .as((id, called, h) -> container(id, called, h)),
            Combinators.combine(container, epoch)
                .as((id, e) -> new Change.UpdateContainer(id, e, record("other").withEpoch(e))),
            Combinators.combine(container, name).as(Change.RenameContainer::new),
            Combinators.combine(container, epoch).as(Change.RemoveContainer::new),
            Combinators.combine(container, epoch, host, epoch, host)
                .as(
                    (id, e, from, r, to) ->
                        new Change.TakeOver(id, e, hostId(from), r, hostId(to))),
            Combinators.combine(container, epoch, host)
                .as((id, e, to) -> new Change.Move(id, e, hostId(to))),
            Combinators.combine(container, epoch).as(Change.SettleMove::new),
            Combinators.combine(container, epoch).as(Change.ReturnMove::new),
            Combinators.combine(container, epoch, host)
                .as((id, e, h) -> new Change.Recall(id, e, hostId(h))),
            network.map(id -> network(id, "net-" + id)),
            network.map(Change.RemoveNetwork::new),
            Combinators.combine(container, wish).as(Change.TakeAddress::new),
            Combinators.combine(host, wish).as((h, w) -> new Change.TakeAddress(hostId(h), w)),
            Combinators.combine(network.injectNull(0.3), container)
                .as(Change.GiveBackAddresses::new),
            Combinators.combine(
                    container,
                    claim.list().ofMaxSize(3),
                    Arbitraries.of(new PortPlace("tcp", "0.0.0.0", 80)).list().ofMaxSize(1))
                .as(Change.TakePorts::new),
            container.map(Change.ReleasePorts::new),
            name.map(called -> new Change.IssueToken(called, NOW, NOW.plusSeconds(9), hostId(1))),
            Combinators.combine(name, host)
                .as((hash, h) -> new Change.RedeemToken(hash, NOW, hostId(h))),
            Combinators.combine(name, host)
                .as(
                    (called, h) ->
                        new Change.CreateVolume(
                            new VolumeEntry(called, hostId(h), "local", Map.of(), Map.of(), NOW))),
            name.map(Change.RemoveVolume::new),
            name.map(called -> new Change.TagImage(new ImageEntry(called, "sha256:1", null))));
    Arbitrary<Change<?>> several = change.list().ofMinSize(2).ofMaxSize(3).map(Change.AllOf::new);
    return Arbitraries.frequencyOf(Tuple.of(9, change), Tuple.of(1, several))
        .list()
        .ofMinSize(20)
        .ofMaxSize(120)
        .map(
            list ->
                Stream.<Change<?>>concat(Stream.of(found(), host(1), host(2)), list.stream())
                    .toList());
  }

  @Property(tries = 100)
  void nothingIsHeldTwiceAndEpochsOnlyGrow(@ForAll("histories") List<Change<?>> history) {
    LedgerState state = LedgerState.EMPTY;
    for (Change<?> change : history) {
      LedgerState before = state;
      Applied applied = state.apply(change);
      state = applied.state();
      checkNoFault(applied);
      checkContainers(before, state);
      checkAddresses(state);
      checkPorts(state);
    }
  }

  /** A port that is taken is Docker's only refusal of kind SYSTEM here; all else is a fault. */
  private static void checkNoFault(Applied applied) {
    if (applied.outcome() instanceof Outcome.Refused<Answer>(ErrorKind kind, String text)
        && kind == ErrorKind.SYSTEM) {
      assertThat(text).endsWith("allocated");
    }
  }

  private static void checkContainers(LedgerState before, LedgerState after) {
    assertThat(after.containers().all()).extracting(ContainerEntry::name).doesNotHaveDuplicates();
    assertThat(after.containers().names()).hasSameSizeAs(after.containers().all());
    for (ContainerEntry container : after.containers().all()) {
      assertThat(after.containers().byName(container.name())).contains(container);
      assertThat(container.record().name()).isEqualTo(container.name());
      before
          .containers()
          .byId(container.id())
          .ifPresent(
              earlier -> {
                assertThat(container.epoch()).isGreaterThanOrEqualTo(earlier.epoch());
                if (container.isPromised()) {
                  assertThat(container.record().epoch()).isEqualTo(container.epoch());
                }
                if (container.epoch() == earlier.epoch()) {
                  assertThat(container.ownerHostId()).isEqualTo(earlier.ownerHostId());
                }
              });
    }
  }

  private static void checkAddresses(LedgerState state) {
    for (NetworkDefinition network : state.networks().all()) {
      List<AddressEntry> taken = List.copyOf(state.networks().addressesIn(network.id()));
      assertThat(taken).extracting(AddressEntry::address).doesNotHaveDuplicates();
      assertThat(taken).extracting(AddressEntry::ownerId).doesNotHaveDuplicates();
      assertThat(taken).extracting(AddressEntry::mac).doesNotHaveDuplicates();
      assertThat(taken).extracting(AddressEntry::address).doesNotContain(network.gateway());
    }
    assertThat(state.networks().all())
        .extracting(NetworkDefinition::subnet)
        .doesNotHaveDuplicates();
    assertThat(state.networks().all()).extracting(NetworkDefinition::vni).doesNotHaveDuplicates();
  }

  private static void checkPorts(LedgerState state) {
    List<PortEntry> ports = state.ports().all();
    for (PortEntry one : ports) {
      assertThat(state.containers().byId(one.containerId())).isPresent();
      assertThat(ports)
          .filteredOn(
              other ->
                  other.protocol().equals(one.protocol())
                      && other.port() == one.port()
                      && (other.hostIp().equals(one.hostIp())
                          || other.hostIp().equals("0.0.0.0")
                          || one.hostIp().equals("0.0.0.0")))
          .containsExactly(one);
    }
  }

  @Property(tries = 40)
  void replicasThatReadTheSameLogAreEqual(@ForAll("histories") List<Change<?>> history)
      throws IOException {
    LedgerState one = LedgerState.EMPTY;
    LedgerState other = LedgerState.EMPTY;
    for (Change<?> change : history) {
      Applied here = one.apply(change);
      Applied there = other.apply(LedgerCodec.decodeChange(LedgerCodec.encode(change)));
      assertThat(there.outcome()).isEqualTo(here.outcome());
      one = here.state();
      other = there.state();
    }
    assertThat(other).isEqualTo(one);
  }

  @Property(tries = 40)
  void aSnapshotIsTheWholeState(@ForAll("histories") List<Change<?>> history) throws IOException {
    LedgerState state = LedgerState.EMPTY;
    for (Change<?> change : history) {
      state = state.apply(change).state();
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    LedgerCodec.write(state, bytes);
    assertThat(LedgerCodec.read(new ByteArrayInputStream(bytes.toByteArray()))).isEqualTo(state);
  }
}
