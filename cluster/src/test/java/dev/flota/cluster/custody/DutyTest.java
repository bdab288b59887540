package dev.flota.cluster.custody;

import static dev.flota.cluster.ledger.LedgerSamples.hostId;
import static dev.flota.cluster.ledger.LedgerSamples.record;
import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DutyTest {
  private static final String ME = hostId(1);
  private static final ContainerRecord HERE = record("c1", "web").withEpoch(0);

  private static ContainerEntry entry(String owner, long epoch, ContainerRecord record) {
    return new ContainerEntry("c1", "web", owner, epoch, record);
  }

  private static List<Duty> duties(
      List<ContainerEntry> ledger, List<ContainerRecord> own, boolean movable) {
    return Duty.of(byId(ledger), ME, own, container -> movable, Set.of(), Duty.Moves.NONE);
  }

  private static Map<String, ContainerEntry> byId(List<ContainerEntry> ledger) {
    return ledger.isEmpty() ? Map.of() : Map.of("c1", ledger.getFirst());
  }

  @Test
  void whatAgreesNeedsNothing() {
    assertThat(duties(List.of(entry(ME, 1, HERE)), List.of(HERE), false)).isEmpty();
    ContainerRecord promised = HERE.withEpoch(3);
    assertThat(duties(List.of(entry(ME, 3, promised)), List.of(promised), true)).isEmpty();
  }

  @Test
  void whatTheLedgerDoesNotKnowIsEntered() {
    assertThat(duties(List.of(), List.of(HERE), true)).containsExactly(new Duty.Enter("c1"));
  }

  @Test
  void whatIsAnotherHostsIsAbandonedEvenIfItWasToBeRemoved() {
    ContainerEntry theirs = entry(hostId(2), 2, HERE.withEpoch(2));
    assertThat(duties(List.of(theirs), List.of(HERE.withEpoch(1)), true))
        .containsExactly(new Duty.Abandon("c1"));
    assertThat(duties(List.of(theirs), List.of(HERE.withWanted(Wanted.REMOVED)), true))
        .containsExactly(new Duty.Abandon("c1"));
  }

  @Test
  void aPromiseIsMadeAndWithdrawnUntilBothSidesSaySo() {
    assertThat(duties(List.of(entry(ME, 3, HERE)), List.of(HERE), true))
        .containsExactly(new Duty.Promise("c1", 3));
    assertThat(duties(List.of(entry(ME, 3, HERE)), List.of(HERE.withEpoch(3)), true))
        .containsExactly(new Duty.Promise("c1", 3));
    assertThat(duties(List.of(entry(ME, 3, HERE.withEpoch(3))), List.of(HERE), true))
        .containsExactly(new Duty.Promise("c1", 3));
    assertThat(duties(List.of(entry(ME, 3, HERE)), List.of(HERE.withEpoch(3)), false))
        .containsExactly(new Duty.Withdraw("c1"));
    assertThat(duties(List.of(entry(ME, 3, HERE.withEpoch(3))), List.of(HERE), false))
        .containsExactly(new Duty.Withdraw("c1"));
  }

  @Test
  void whatIsWantedNowIsNotedForThoseWhoMayTakeItOver() {
    ContainerRecord promised = HERE.withEpoch(1);
    ContainerRecord stopped = promised.withWanted(Wanted.STOPPED);
    assertThat(duties(List.of(entry(ME, 1, promised)), List.of(stopped), true))
        .containsExactly(new Duty.Note("c1"));
    assertThat(duties(List.of(entry(ME, 1, HERE)), List.of(HERE.withWanted(Wanted.STOPPED)), false))
        .isEmpty();
  }

  @Test
  void anUnfinishedRenameAndAnUnfinishedRemovalComeToTheirEnd() {
    assertThat(duties(List.of(entry(ME, 1, HERE)), List.of(HERE.withName("old")), false))
        .containsExactly(new Duty.Rename("c1", "web"));
    ContainerRecord going = HERE.withWanted(Wanted.REMOVED);
    assertThat(duties(List.of(entry(ME, 1, HERE)), List.of(going), false))
        .containsExactly(new Duty.Finish("c1"));
    assertThat(duties(List.of(), List.of(going), false)).containsExactly(new Duty.Finish("c1"));
  }

  @Test
  void whatTheFencerStoppedIsRevived() {
    ContainerRecord promised = HERE.withEpoch(1);
    assertThat(
            Duty.of(
                byId(List.of(entry(ME, 1, promised))),
                ME,
                List.of(promised),
                container -> true,
                Set.of("c1"),
                Duty.Moves.NONE))
        .containsExactly(new Duty.Revive("c1"));
  }

  @Test
  void whatIsThisHostsAndNotHereIsRestored() {
    ContainerEntry mine = entry(ME, 2, HERE.withEpoch(2));
    assertThat(duties(List.of(mine), List.of(), true)).containsExactly(new Duty.Restore(mine));
    assertThat(duties(List.of(entry(hostId(2), 2, HERE)), List.of(), true)).isEmpty();
  }

  private static List<Duty> duties(
      ContainerEntry entry, List<ContainerRecord> own, Set<String> frozen, Set<String> worked) {
    return Duty.of(
        byId(List.of(entry)),
        ME,
        own,
        container -> false,
        Set.of(),
        new Duty.Moves(frozen, Set.of(), worked));
  }

  @Test
  void whatIsSettledHereAndMayNotBeConnectedIsOpenedUnlessSomebodyIsAboutTo() {
    assertThat(opening(entry(ME, 2, HERE), Set.of())).containsExactly(new Duty.Open("c1"));
    assertThat(opening(entry(ME, 2, HERE), Set.of("c1"))).isEmpty();
    ContainerEntry unsettled = moving(hostId(2), ME);
    assertThat(opening(unsettled, Set.of())).containsExactly(new Duty.Conclude(unsettled));
    assertThat(opening(entry(hostId(2), 3, HERE), Set.of()))
        .containsExactly(new Duty.Abandon("c1"));
  }

  private static List<Duty> opening(ContainerEntry entry, Set<String> worked) {
    return Duty.of(
        byId(List.of(entry)),
        ME,
        List.of(HERE),
        container -> false,
        Set.of(),
        new Duty.Moves(Set.of(), Set.of("c1"), worked));
  }

  private static ContainerEntry moving(String from, String to) {
    return new ContainerEntry("c1", "web", to, 2, HERE, from);
  }

  @Test
  void whoHasItFrozenWaitsUntilTheOwnerHasSpoken() {
    assertThat(duties(moving(ME, hostId(2)), List.of(HERE), Set.of("c1"), Set.of())).isEmpty();
    assertThat(duties(entry(hostId(2), 2, HERE), List.of(HERE), Set.of("c1"), Set.of()))
        .containsExactly(new Duty.Abandon("c1"));
    ContainerEntry mine = entry(ME, 3, HERE);
    assertThat(duties(mine, List.of(HERE), Set.of("c1"), Set.of()))
        .containsExactly(new Duty.Resume(mine));
  }

  @Test
  void whatWasMovedHereIsConcludedWhetherAnythingOfItIsHereOrNot() {
    ContainerEntry moved = moving(hostId(2), ME);
    assertThat(duties(moved, List.of(HERE.withEpoch(2)), Set.of(), Set.of()))
        .containsExactly(new Duty.Conclude(moved));
    assertThat(duties(moved, List.of(), Set.of(), Set.of()))
        .containsExactly(new Duty.Conclude(moved));
  }

  @Test
  void whatSomebodyWorksAtIsLeftAlone() {
    for (ContainerEntry entry :
        List.of(moving(ME, hostId(2)), moving(hostId(2), ME), entry(ME, 3, HERE))) {
      assertThat(duties(entry, List.of(HERE), Set.of("c1"), Set.of("c1"))).isEmpty();
      assertThat(duties(entry, List.of(), Set.of(), Set.of("c1"))).isEmpty();
    }
  }
}
