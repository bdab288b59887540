package dev.flota.cluster.directory;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.cluster.ddata.LWWMap;
import akka.cluster.ddata.LWWMapKey;
import akka.cluster.ddata.SelfUniqueAddress;
import akka.cluster.ddata.typed.javadsl.DistributedData;
import akka.cluster.ddata.typed.javadsl.Replicator;
import akka.cluster.typed.Cluster;
import akka.cluster.typed.Join;
import dev.flota.cluster.ledger.ContainerBook;
import dev.flota.cluster.ledger.LedgerSamples;
import dev.flota.cluster.membership.HostState;
import dev.flota.cluster.membership.TestHosts;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.spec.ContainerRecord;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One host's actor; the test writes what other hosts would tell. */
class DirectoryActorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String HERE = "1".repeat(64);
  private static final String THERE = "2".repeat(64);
  private static final String A = "aa" + "0".repeat(62);
  private static final String B = "ab" + "0".repeat(62);
  private static final String C = "ac" + "0".repeat(62);

  @TempDir Path files;
  private final ContainerIndex own = new ContainerIndex();
  private final Directory directory = new Directory(own, HERE, () -> ContainerBook.EMPTY);
  private ActorTestKit kit;
  private ActorRef<Replicator.Command> replicator;
  private SelfUniqueAddress node;

  @BeforeEach
  void prepare() {
    kit = new TestHosts(files).start(1);
    Cluster cluster = Cluster.get(kit.system());
    cluster.manager().tell(Join.create(cluster.selfMember().address()));
    DistributedData data = DistributedData.get(kit.system());
    replicator = data.replicator();
    node = data.selfUniqueAddress();
  }

  @AfterEach
  void end() {
    kit.shutdownTestKit();
  }

  private void start() {
    kit.spawn(DirectoryActor.create(directory, own));
  }

  private void tell(String id) {
    change(id, map -> map.put(node, id, there(id)));
  }

  private void untell(String id) {
    change(id, map -> map.remove(node, id));
  }

  private void change(String id, UnaryOperator<LWWMap<String, Placed>> change) {
    replicator.tell(
        new Replicator.Update<>(
            LWWMapKey.<String, Placed>create("containers-" + DirectoryActor.bucket(id)),
            LWWMap.<String, Placed>empty(),
            Replicator.writeLocal(),
            kit.system().ignoreRef(),
            change));
  }

  private static Placed there(String id) {
    return new Placed(THERE, LedgerSamples.record(id, "name-" + id.substring(0, 2)));
  }

  private void see(HostState state) {
    directory.seen(Map.of(HERE, HostState.READY, THERE, state));
  }

  private void awaitElsewhere(String... ids) {
    kit.createTestProbe()
        .awaitAssert(
            PATIENCE,
            () -> {
              Collection<Placed> elsewhere = directory.elsewhere();
              assertThat(elsewhere).extracting(placed -> placed.record().id()).containsExactly(ids);
              return null;
            });
  }

  @Test
  void whatOthersTellAndWithdrawIsFollowed() {
    see(HostState.READY);
    start();

    tell(A);
    tell(B);
    awaitElsewhere(A, B);
    untell(A);
    awaitElsewhere(B);
  }

  @Test
  void whatWasRemovedWhileThisHostWasCutOffGoesWhenItsHostIsBack() {
    for (String id : List.of(A, B, C)) {
      directory.put(id, new Placed(THERE, LedgerSamples.record(id, "told-before")));
    }
    see(HostState.LOST);
    tell(B);
    start();
    kit.createTestProbe()
        .awaitAssert(PATIENCE, () -> assertThat(directory.find(B)).isEqualTo(there(B)));
    awaitElsewhere(A, B, C);

    see(HostState.READY);

    awaitElsewhere(B);
    assertThat(directory.find(B)).isEqualTo(there(B));
  }

  @Test
  void whatThisHostToldBeforeItRestartedAndHasNoMoreIsWithdrawn() {
    ContainerRecord kept = LedgerSamples.record(B, "kept");
    own.reserveName("kept", B);
    own.put(kept);
    for (ContainerRecord told : List.of(LedgerSamples.record(A, "gone"), kept)) {
      change(told.id(), map -> map.put(node, told.id(), new Placed(HERE, told)));
    }

    start();

    kit.createTestProbe()
        .awaitAssert(
            PATIENCE,
            () -> {
              assertThat(known(A)).doesNotContainKey(A);
              assertThat(known(B)).containsEntry(B, new Placed(HERE, kept));
              return null;
            });
  }

  private Map<String, Placed> known(String id) {
    var answers = kit.<Replicator.GetResponse<LWWMap<String, Placed>>>createTestProbe();
    var key = LWWMapKey.<String, Placed>create("containers-" + DirectoryActor.bucket(id));
    replicator.tell(new Replicator.Get<>(key, Replicator.readLocal(), answers.ref()));
    return switch (answers.receiveMessage(PATIENCE)) {
      case Replicator.GetSuccess<LWWMap<String, Placed>> success -> success.get(key).getEntries();
      default -> Map.of();
    };
  }
}
