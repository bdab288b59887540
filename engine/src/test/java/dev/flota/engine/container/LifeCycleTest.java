package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.LifeCycle.Answer;
import dev.flota.engine.container.LifeCycle.Effect;
import dev.flota.engine.container.LifeCycle.Input;
import dev.flota.engine.container.LifeCycle.Phase;
import dev.flota.engine.container.LifeCycle.Rules;
import dev.flota.engine.container.LifeCycle.State;
import dev.flota.engine.container.LifeCycle.Step;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class LifeCycleTest {
  private static final String ID = "0123456789ab";

  private static Rules rules(String policy, int retries, boolean autoRemove) {
    return new Rules("web", ID, policy, retries, autoRemove);
  }

  private static final Rules PLAIN = rules("no", 0, false);

  private static State fresh() {
    return new State(new Phase.Created(), Wanted.CREATED, 0, 0);
  }

  private static State running() {
    return new State(new Phase.Running(null), Wanted.RUNNING, 0, 0);
  }

  @Test
  void startLaunchesAndAnswersWhenStarted() {
    Step step = LifeCycle.decide(fresh(), PLAIN, new Input.Start());

    assertThat(step.effects()).containsExactly(new Effect.Launch());
    assertThat(step.answer()).isEqualTo(new Answer.WhenStarted());
    assertThat(step.next().wanted()).isEqualTo(Wanted.RUNNING);
  }

  @Test
  void startOfARunningContainerIsNotModified() {
    Step step = LifeCycle.decide(running(), PLAIN, new Input.Start());

    assertThat(step.answer())
        .isInstanceOfSatisfying(
            Answer.Refused.class,
            refused -> assertThat(refused.kind()).isEqualTo(ErrorKind.NOT_MODIFIED));
    assertThat(step.next()).isEqualTo(running());
  }

  @Test
  void aFailedFirstStartLeavesItCreatedAndCleansUp() {
    State launching = LifeCycle.decide(fresh(), PLAIN, new Input.Start()).next();

    Step step = LifeCycle.decide(launching, PLAIN, new Input.LaunchFailed());

    assertThat(step.next().phase()).isEqualTo(new Phase.Created());
    assertThat(step.effects()).containsExactly(new Effect.CleanUp());
  }

  @Test
  void aLaunchThatMayNotBeNowIsTriedAgainAndStillWanted() {
    State launching = LifeCycle.decide(fresh(), PLAIN, new Input.Start()).next();

    Step held = LifeCycle.decide(launching, PLAIN, new Input.HeldBack());
    Step again = LifeCycle.decide(held.next(), PLAIN, new Input.BackOffOver());

    assertThat(held.next().phase()).isEqualTo(new Phase.BackingOff());
    assertThat(held.next().wanted()).isEqualTo(Wanted.RUNNING);
    assertThat(held.effects()).containsExactly(new Effect.ArmBackOff(LifeCycle.HOLD));
    assertThat(again.effects()).containsExactly(new Effect.Launch());
  }

  @Test
  void removalOfARunningContainerNeedsForce() {
    Step refused = LifeCycle.decide(running(), PLAIN, new Input.Remove(false, false));
    Step forced = LifeCycle.decide(running(), PLAIN, new Input.Remove(true, true));

    assertThat(refused.answer())
        .isEqualTo(
            new Answer.Refused(
                ErrorKind.CONFLICT,
                "cannot remove container \"/web\": container is running: stop the container"
                    + " before removing or force remove"));
    assertThat(forced.effects()).contains(new Effect.Signal(9));
    assertThat(LifeCycle.decide(forced.next(), PLAIN, new Input.ProcessEnded(137, 5)).effects())
        .endsWith(new Effect.CleanUp(), new Effect.Delete(true));
  }

  @Test
  void aRemovalTakesAnonymousVolumesOnlyIfAsked() {
    State killed = LifeCycle.decide(running(), PLAIN, new Input.Remove(true, false)).next();

    assertThat(killed.wanted()).isEqualTo(Wanted.REMOVED);
    assertThat(LifeCycle.decide(killed, PLAIN, new Input.ProcessEnded(137, 5)).effects())
        .endsWith(new Effect.Delete(false));
  }

  @Test
  void aPauseDoesNotForgetThatTheEndWasAskedFor() {
    State stopping = LifeCycle.decide(running(), PLAIN, new Input.Stop(15, 10)).next();
    State paused = LifeCycle.decide(stopping, PLAIN, new Input.Pause()).next();

    Step late = LifeCycle.decide(paused, PLAIN, new Input.StopTimeout());
    Step thawed = LifeCycle.decide(paused, PLAIN, new Input.Unpause());

    assertThat(late.effects()).containsExactly(new Effect.Signal(9), new Effect.Thaw());
    assertThat(late.next().phase()).isEqualTo(stopping.phase());
    assertThat(thawed.next().phase()).isEqualTo(stopping.phase());
  }

  @Test
  void aRemovalUnderWayGoesOnWhateverEndsTheProcess() {
    State found =
        new State(new Phase.Running(LifeCycle.Then.REMOVE), Wanted.REMOVED_WITH_VOLUMES, 0, 0);

    assertThat(LifeCycle.decide(found, PLAIN, new Input.ProcessEnded(0, 5)).effects())
        .endsWith(new Effect.Delete(true));
  }

  @Test
  void aRestartEndsInALaunch() {
    State stopping = LifeCycle.decide(running(), PLAIN, new Input.Restart(15, 10)).next();

    Step step = LifeCycle.decide(stopping, PLAIN, new Input.ProcessEnded(0, 5));

    assertThat(step.effects()).endsWith(new Effect.CleanUp(), new Effect.Launch());
    assertThat(step.next().phase()).isEqualTo(new Phase.Launching(true));
  }

  @Test
  void backOffDoublesUpToAMinuteAndAGoodRunSetsItBack() {
    Rules always = rules("always", 0, false);
    State state = running();
    List<Long> delays = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      state = LifeCycle.decide(state, always, new Input.ProcessEnded(1, 10)).next();
      delays.add(state.backOff());
      state = LifeCycle.decide(state, always, new Input.BackOffOver()).next();
      state = LifeCycle.decide(state, always, new Input.Launched()).next();
    }
    State afterGoodRun = LifeCycle.decide(state, always, new Input.ProcessEnded(1, 11_000)).next();

    assertThat(delays).startsWith(100L, 200L, 400L, 800L).endsWith(60_000L).isSorted();
    assertThat(afterGoodRun.backOff()).isEqualTo(100);
  }

  @Test
  void onFailureStopsAfterItsRetries() {
    Rules twice = rules("on-failure", 2, false);
    State state = running();
    int restarts = 0;
    while (true) {
      state = LifeCycle.decide(state, twice, new Input.ProcessEnded(3, 10)).next();
      if (!(state.phase() instanceof Phase.BackingOff)) {
        break;
      }
      restarts++;
      state = LifeCycle.decide(state, twice, new Input.BackOffOver()).next();
      state = LifeCycle.decide(state, twice, new Input.Launched()).next();
    }

    assertThat(restarts).isEqualTo(2);
    assertThat(state.phase()).isEqualTo(new Phase.Exited());
  }

  @Provide
  Arbitrary<List<Input>> histories() {
    Arbitrary<Input> users =
        Arbitraries.of(
            new Input.Start(),
            new Input.Stop(15, 10),
            new Input.Stop(15, -1),
            new Input.Restart(15, 1),
            new Input.Kill(9, true),
            new Input.Kill(1, false),
            new Input.Pause(),
            new Input.Unpause(),
            new Input.Remove(false, false),
            new Input.Remove(true, true),
            new Input.StopTimeout(),
            new Input.BackOffOver());
    Arbitrary<Input> ends =
        Combinators.combine(
                Arbitraries.integers().between(0, 255), Arbitraries.longs().between(0, 20_000))
            .as(Input.ProcessEnded::new);
    return Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(3, users), net.jqwik.api.Tuple.of(1, ends))
        .list()
        .ofMaxSize(60);
  }

  @Provide
  Arbitrary<Rules> someRules() {
    return Arbitraries.of(
        PLAIN,
        rules("no", 0, true),
        rules("always", 0, false),
        rules("unless-stopped", 0, false),
        rules("on-failure", 3, false));
  }

  /**
   * A world that carries out the effects: it has at most one process, and it can let launches fail.
   * Whatever the history, what the machine believes must be what the world is.
   */
  @Property(tries = 3000)
  void whateverHappensTheStateTellsTheTruth(
      @ForAll("histories") List<Input> history,
      @ForAll("someRules") Rules rules,
      @ForAll List<Launch> launches) {
    World world = new World(rules, launches);
    for (Input input : history) {
      if (input instanceof Input.ProcessEnded && !world.alive) {
        continue;
      }
      world.happen(input);
      world.check();
    }
  }

  enum Launch {
    RUNS,
    FAILS,
    IS_HELD_BACK
  }

  private static final class World {
    private final Rules rules;
    private final List<Launch> outcomes;
    private State state = fresh();
    private boolean alive;
    private boolean frozen;
    private boolean deleted;
    private int launches;

    World(Rules rules, List<Launch> outcomes) {
      this.rules = rules;
      this.outcomes = outcomes;
    }

    void happen(Input input) {
      if (input instanceof Input.ProcessEnded) {
        alive = false;
        frozen = false;
      }
      State before = state;
      Step step = LifeCycle.decide(state, rules, input);
      if (step.answer() instanceof Answer.Refused) {
        assertThat(step.effects()).isEmpty();
        assertThat(step.next()).isEqualTo(before);
        return;
      }
      Input follow = null;
      for (Effect effect : step.effects()) {
        assertThat(deleted).as("nothing is done to a deleted container: %s", effect).isFalse();
        switch (effect) {
          case Effect.Launch _ -> {
            assertThat(alive).as("never two processes").isFalse();
            Launch outcome = launches < outcomes.size() ? outcomes.get(launches) : Launch.RUNS;
            launches++;
            alive = outcome == Launch.RUNS;
            follow =
                switch (outcome) {
                  case RUNS -> new Input.Launched();
                  case FAILS -> new Input.LaunchFailed();
                  case IS_HELD_BACK -> new Input.HeldBack();
                };
          }
          case Effect.Signal _ -> assertThat(alive).isTrue();
          case Effect.Freeze _ -> {
            assertThat(alive && !frozen).isTrue();
            frozen = true;
          }
          case Effect.Thaw _ -> {
            assertThat(frozen).isTrue();
            frozen = false;
          }
          case Effect.CleanUp _ -> assertThat(alive).isFalse();
          case Effect.Delete _ -> {
            assertThat(alive).as("a running container is not deleted").isFalse();
            deleted = true;
            follow = new Input.Deleted();
          }
          case Effect.ArmStopTimer _, Effect.ArmBackOff _, Effect.DisarmTimers _ -> {}
        }
      }
      state = step.next();
      if (follow != null) {
        happen(follow);
      }
    }

    void check() {
      switch (state.phase()) {
        case Phase.Running _ -> assertThat(alive && !frozen).isTrue();
        case Phase.Paused _ -> assertThat(alive && frozen).isTrue();
        case Phase.Created _, Phase.Exited _, Phase.BackingOff _, Phase.Dead _ ->
            assertThat(alive).isFalse();
        case Phase.Removed _ -> assertThat(deleted).isTrue();
        case Phase.Launching _ -> assertThat(false).as("a launch is never left open").isTrue();
      }
      if (state.phase() instanceof Phase.BackingOff) {
        assertThat(state.wanted()).isEqualTo(Wanted.RUNNING);
      }
      assertThat(deleted).isEqualTo(state.phase() instanceof Phase.Removed);
    }
  }
}
