package dev.flota.cluster.directory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.cluster.ledger.ContainerBook;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.cluster.ledger.LedgerSamples;
import dev.flota.cluster.membership.HostState;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.volume.VolumeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.pcollections.TreePMap;

class DirectoryTest {
  private static final String HERE = "1".repeat(64);
  private static final String THERE = "2".repeat(64);
  private static final String THIRD = "3".repeat(64);
  private static final String A = "aa" + "0".repeat(62);
  private static final String B = "ab" + "0".repeat(62);

  private final ContainerIndex own = new ContainerIndex();
  private ContainerBook registered = ContainerBook.EMPTY;
  private final Directory directory = new Directory(own, HERE, () -> registered);

  private ContainerRecord here(String id, String name) {
    own.reserveName(name, id);
    ContainerRecord record = LedgerSamples.record(id, name);
    own.put(record);
    return record;
  }

  private static Placed at(String host, String id, String name) {
    return new Placed(host, LedgerSamples.record(id, name));
  }

  private Placed there(String id, String name) {
    Placed placed = at(THERE, id, name);
    directory.put(id, placed);
    return placed;
  }

  private void see(HostState state) {
    directory.seen(Map.of(HERE, HostState.READY, THERE, state));
  }

  // ---- containers

  @Test
  void oneIsFoundByIdNameAndBeginningWhereverItIs() {
    Placed mine = new Placed(HERE, here(A, "mine"));
    Placed other = there(B, "other");

    for (String reference : List.of(A, "mine", "/mine", "aa")) {
      assertThat(directory.find(reference)).isEqualTo(mine);
    }
    for (String reference : List.of(B, "other", "/other", "ab0")) {
      assertThat(directory.find(reference)).isEqualTo(other);
    }
    assertThat(directory.hostOf(A)).contains(HERE);
    assertThat(directory.hostOf(B)).contains(THERE);
    assertThat(directory.all()).containsExactlyInAnyOrder(mine.record(), other.record());
  }

  @Test
  void aBeginningOfTwoIsRefusedAlsoWhenTheyAreOnDifferentHosts() {
    here(A, "mine");
    there(B, "other");

    assertThatThrownBy(() -> directory.find("a"))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessage("multiple IDs found with provided prefix: a");
    assertThat(directory.beginningWith("a")).hasSize(2);
    assertThat(directory.beginningWith("")).isEmpty();
  }

  @Test
  void aNameGoesBeforeABeginning() {
    here(A, "ab");
    there(B, "other");

    assertThat(directory.find("ab").record().id()).isEqualTo(A);
  }

  @Test
  void whatNobodyHasIsRefusedInDockersWords() {
    there(B, "other");

    assertThatThrownBy(() -> directory.find("nothing"))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
        .hasMessage("No such container: nothing");
    assertThat(directory.byId("nothing")).isNull();
    assertThat(directory.hostOf("nothing")).isEmpty();
  }

  @Test
  void whatNoHostHasToldOfYetIsWhereTheLedgerSays() {
    ContainerEntry entry =
        new ContainerEntry(A, "new", THERE, 1, LedgerSamples.record(A, "new-before"));
    registered =
        new ContainerBook(TreePMap.singleton(A, entry), TreePMap.singleton(entry.name(), A));
    Placed placed = at(THERE, A, "new");

    for (String reference : List.of(A, "new", "/new", "aa")) {
      assertThat(directory.find(reference)).isEqualTo(placed);
    }
    assertThat(directory.byId(A)).as("nothing is known of its state").isNull();
    assertThat(directory.all()).isEmpty();
    assertThatThrownBy(() -> directory.find("new-before")).isInstanceOf(EngineException.class);

    Placed told = there(A, "renamed");
    assertThat(directory.find(A)).isEqualTo(told);
  }

  @Test
  void whatTheLedgerSaysOfThisHostIsGoneWhenItIsNotHere() {
    ContainerEntry entry = new ContainerEntry(A, "gone", HERE, 1, LedgerSamples.record(A, "gone"));
    registered =
        new ContainerBook(TreePMap.singleton(A, entry), TreePMap.singleton(entry.name(), A));

    assertThatThrownBy(() -> directory.find("gone")).hasMessage("No such container: gone");
  }

  @Test
  void whileItMovesAContainerIsThereOnceAndThisHostsWordCounts() {
    there(A, "moving");
    ContainerRecord arrived = here(A, "moving");

    assertThat(directory.all()).containsExactly(arrived);
    assertThat(directory.find(A)).isEqualTo(new Placed(HERE, arrived));
    assertThat(directory.find("moving").hostId()).isEqualTo(HERE);
    assertThat(directory.beginningWith("aa")).containsExactly(new Placed(HERE, arrived));

    own.remove(arrived);
    assertThat(directory.find("moving").hostId()).isEqualTo(THERE);
  }

  @Test
  void anotherOwnerTakesThePlaceOfTheLast() {
    there(A, "moving");
    directory.put(A, at(THIRD, A, "moving"));

    assertThat(directory.all()).hasSize(1);
    assertThat(directory.find("moving").hostId()).isEqualTo(THIRD);
    assertThat(directory.containersOn(THERE)).isZero();
    assertThat(directory.containersOn(THIRD)).isOne();
  }

  @Test
  void anOldNameIsForgotten() {
    there(A, "before");
    directory.put(A, at(THERE, A, "after"));

    assertThat(directory.find("after").record().id()).isEqualTo(A);
    assertThatThrownBy(() -> directory.find("before")).isInstanceOf(EngineException.class);
  }

  /**
   * Two buckets are heard of in any order: the new owner of a name may come before the old goes.
   */
  @Test
  void aNameThatHasPassedOnStaysWithItsNewOwner() {
    there(A, "name");
    there(B, "name");
    directory.put(A, null);

    assertThat(directory.find("name").record().id()).isEqualTo(B);
  }

  @Test
  void listenersHearOfOtherHostsOnly() {
    List<String> heard = new ArrayList<>();
    directory.subscribe(
        new Directory.Listener() {
          @Override
          public void changed(Placed container) {
            heard.add("changed " + container.record().name());
          }

          @Override
          public void gone(Placed container) {
            heard.add("gone " + container.record().name());
          }
        });
    here(A, "mine");
    there(B, "other");
    directory.put(B, at(THERE, B, "renamed"));
    directory.put(B, null);
    directory.put(B, null);

    assertThat(heard).containsExactly("changed other", "changed renamed", "gone renamed");
  }

  // ---- what was learned

  @Test
  void whatAHostHasAnsweredIsKnownBeforeTheDirectoryTellsIt() {
    Placed made = at(THERE, A, "made");
    directory.learn(made);

    assertThat(directory.find(A)).isEqualTo(made);
    assertThat(directory.find("made")).isEqualTo(made);
    assertThat(directory.hostOf(A)).contains(THERE);
  }

  @Test
  void whatIsToldCountsMoreThanWhatWasLearned() {
    directory.learn(at(THERE, A, "made"));
    directory.put(A, at(THIRD, A, "made"));
    assertThat(directory.find(A).hostId()).isEqualTo(THIRD);

    directory.put(A, null);
    assertThatThrownBy(() -> directory.find("made"))
        .isInstanceOf(EngineException.class)
        .hasMessage("No such container: made");
  }

  @Test
  void nothingIsLearnedOfThisHost() {
    directory.learn(at(HERE, A, "mine"));

    assertThat(directory.byId(A)).isNull();
  }

  // ---- hosts

  @Test
  void whoIsNotSeenIsLostAndThisHostIsAlwaysThere() {
    assertThat(directory.state(THERE)).isEqualTo(HostState.LOST);
    see(HostState.UNREACHABLE);
    assertThat(directory.state(THERE)).isEqualTo(HostState.UNREACHABLE);
    see(HostState.READY);
    assertThat(directory.state(THERE)).isEqualTo(HostState.READY);
    directory.seen(Map.of());
    assertThat(directory.state(THERE)).isEqualTo(HostState.LOST);
    assertThat(directory.state(HERE)).isEqualTo(HostState.READY);
  }

  @Test
  void aLostHostsContainersStayListed() {
    see(HostState.READY);
    Placed other = there(B, "other");
    directory.seen(Map.of());

    assertThat(directory.all()).containsExactly(other.record());
    assertThat(directory.find("other")).isEqualTo(other);
  }

  @Test
  void volumesAreThoseOfHostsThatCanBeReached() {
    directory.has(THERE, new HostGoods(List.of(), List.of(volume("data"))));
    directory.has(HERE, new HostGoods(List.of(), List.of(volume("own"))));
    assertThat(directory.volumeElsewhere("data")).isEmpty();

    see(HostState.READY);
    assertThat(directory.volumeElsewhere("data")).contains(THERE);
    assertThat(directory.volumeElsewhere("own")).isEmpty();
    assertThat(directory.volumesElsewhere()).containsOnlyKeys(THERE);

    directory.forget(THERE);
    assertThat(directory.volumesElsewhere()).isEmpty();
  }

  private static VolumeInfo volume(String name) {
    return new VolumeInfo(
        LedgerSamples.NOW, "local", null, "/v/" + name, name, null, "local", null);
  }

  @Test
  void aLossIsToldToWhoWaitsForItAndToNobodyElse() {
    see(HostState.READY);
    AtomicInteger losses = new AtomicInteger();
    Runnable end = directory.onLoss(THERE, losses::incrementAndGet);

    see(HostState.UNREACHABLE);
    assertThat(losses).hasValue(0);
    directory.seen(Map.of(HERE, HostState.READY));
    assertThat(losses).hasValue(1);

    end.run();
    directory.seen(Map.of());
    assertThat(losses).hasValue(1);
  }

  @Test
  void whoWaitsForTheLossOfALostHostIsToldAtOnce() {
    AtomicInteger losses = new AtomicInteger();
    directory.onLoss(THERE, losses::incrementAndGet);

    assertThat(losses).hasValue(1);
  }

  @Test
  void anAnswerThatComesInTimeIsTheAnswer() {
    see(HostState.READY);
    CompletableFuture<String> answer = new CompletableFuture<>();
    CompletableFuture<String> either = directory.unlessLost(THERE, answer).toCompletableFuture();
    assertThat(either).isNotDone();

    answer.complete("done");
    directory.seen(Map.of());

    assertThat(either).isCompletedWithValue("done");
  }

  @Test
  void aFailureThatComesInTimeIsTheAnswer() {
    see(HostState.READY);
    EngineException refusal = EngineException.conflict("no");
    CompletableFuture<String> either =
        directory
            .<String>unlessLost(THERE, CompletableFuture.failedFuture(refusal))
            .toCompletableFuture();

    assertThat(either.exceptionNow()).isSameAs(refusal);
  }

  @Test
  void whoWaitsForTheAnswerOfAHostThatIsLostIsToldSo() {
    see(HostState.READY);
    directory.said(
        new HostStatus(
            THERE,
            "host-2",
            "10.0.0.2",
            1,
            2,
            "0",
            "6",
            List.of(),
            Map.of(),
            new HostStatus.Resources(1, 0, 1, 0)));
    CompletableFuture<String> answer = new CompletableFuture<>();
    CompletableFuture<String> either = directory.unlessLost(THERE, answer).toCompletableFuture();

    directory.seen(Map.of());

    assertThat(either.exceptionNow())
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
        .hasMessageStartingWith("host-2 was lost before it answered");
    answer.complete("too late");
    assertThat(either).isCompletedExceptionally();
  }
}
