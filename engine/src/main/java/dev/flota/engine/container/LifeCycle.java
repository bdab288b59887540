package dev.flota.engine.container;

import dev.flota.engine.ErrorKind;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The life of one container, as a function: state and input in; next state, answer and effects out.
 * The actor carries out what is decided here, in order, and feeds back what came of it.
 *
 * <pre>
 * phase      input            next                    effects
 * Created    Start            Launching               launch
 * Exited     Start, Restart   Launching               launch
 * BackingOff Start            refused (not modified)
 * BackingOff Restart          Launching               stop timers, launch
 * BackingOff BackOffOver      Launching               launch
 * Launching  Launched         Running
 * Launching  LaunchFailed     Created | Exited        clean up (, delete when auto-remove)
 * Launching  HeldBack         BackingOff | Exited     back-off timer, if it is still wanted
 * Running    Stop             Running(stopping)       signal, stop timer
 * Running    Restart          Running(stopping, start) signal, stop timer
 * Running    Remove(force)    Running(stopping, remove) SIGKILL
 * Running    StopTimeout      Running(stopping)       SIGKILL
 * Running    Kill             Running                 signal
 * Running    Pause            Paused                  freeze
 * Paused     Unpause          Running                 thaw
 * Paused     StopTimeout      Running(stopping)       SIGKILL, thaw
 * Paused     Stop, Kill, …    as Running              signal, thaw
 * Running    ProcessEnded     Exited | BackingOff | Launching   clean up (, back-off timer | launch | delete)
 * BackingOff Stop, Kill       Exited                  stop timers
 * not alive  Remove           Removed | Dead          delete
 * any        Remove on Dead   Removed | Dead          delete
 * </pre>
 *
 * <p>Whatever is not in the table is refused with Docker's words and changes nothing.
 */
public final class LifeCycle {
  /** Restart delays double from here, in milliseconds (moby's restart manager). */
  static final long FIRST_BACK_OFF = 100;

  /** The longest restart delay, in milliseconds. */
  static final long LONGEST_BACK_OFF = 60_000;

  /** A run this long, in milliseconds, sets the delay back. */
  static final long GOOD_RUN = 10_000;

  /** So often, in milliseconds, it is asked whether a launch may be now. */
  static final long HOLD = 1000;

  private static final int SIGKILL = 9;

  private LifeCycle() {}

  /** Where a container stands. */
  public sealed interface Phase {
    /** Never started. */
    record Created() implements Phase {}

    /** Being started; {@code started} tells whether it ever ran before. */
    record Launching(boolean started) implements Phase {}

    /** Its process lives; {@code ending} is set once it was asked to end. */
    record Running(@Nullable Then ending) implements Phase {}

    /** Frozen; {@code ending} as in {@link Running}. */
    record Paused(@Nullable Then ending) implements Phase {}

    /** Ended; the restart policy will start it again. */
    record BackingOff() implements Phase {}

    /** Ended. */
    record Exited() implements Phase {}

    /** Its removal failed half-way. */
    record Dead() implements Phase {}

    /** Gone. */
    record Removed() implements Phase {}
  }

  /** What follows once a process that was asked to end has ended. */
  public enum Then {
    /** Nothing. */
    REST,
    /** It is started again. */
    START,
    /** It is removed, as its {@link Wanted} says. */
    REMOVE
  }

  /** What the machine remembers; {@code backOff} is the last restart delay in milliseconds. */
  public record State(Phase phase, Wanted wanted, int restartCount, long backOff) {
    State in(Phase next) {
      return new State(next, wanted, restartCount, backOff);
    }

    State wanting(Wanted now) {
      return new State(phase, now, restartCount, backOff);
    }

    /** The state of a container that never came to be. */
    public State gone() {
      return in(new Phase.Removed());
    }

    State freshCount() {
      return new State(phase, wanted, 0, 0);
    }
  }

  /** What never changes for a container. */
  public record Rules(
      String name, String id, String restartPolicy, int maximumRetries, boolean autoRemove) {
    boolean wantsRestart(State state, int exitCode) {
      return switch (restartPolicy) {
        case "always" -> true;
        case "unless-stopped" -> true;
        case "on-failure" ->
            exitCode != 0 && (maximumRetries == 0 || state.restartCount() < maximumRetries);
        default -> false;
      };
    }
  }

  /** What can happen to a container. */
  public sealed interface Input {
    /** A user's start. */
    record Start() implements Input {}

    /** A user's stop; negative seconds never kill. */
    record Stop(int signal, int seconds) implements Input {}

    /** A user's restart. */
    record Restart(int signal, int seconds) implements Input {}

    /** A user's kill; {@code ends} when the signal means the end, so that no policy restarts it. */
    record Kill(int signal, boolean ends) implements Input {}

    /** A user's pause. */
    record Pause() implements Input {}

    /** A user's unpause. */
    record Unpause() implements Input {}

    /** A user's removal. */
    record Remove(boolean force, boolean volumes) implements Input {}

    /** The launch succeeded. */
    record Launched() implements Input {}

    /** The launch failed. */
    record LaunchFailed() implements Input {}

    /** The launch may not be now. */
    record HeldBack() implements Input {}

    /** The main process ended after {@code ranMillis}. */
    record ProcessEnded(int exitCode, long ranMillis) implements Input {}

    /** The time to stop by itself is over. */
    record StopTimeout() implements Input {}

    /** The restart delay is over. */
    record BackOffOver() implements Input {}

    /** All that belonged to it is gone. */
    record Deleted() implements Input {}

    /** Something of it could not be removed. */
    record DeleteFailed() implements Input {}
  }

  /** What has to be done, in this order. */
  public sealed interface Effect {
    /** Start the process; comes back as {@link Input.Launched} or {@link Input.LaunchFailed}. */
    record Launch() implements Effect {}

    /** Send a signal to the main process. */
    record Signal(int number) implements Effect {}

    /** Freeze all processes. */
    record Freeze() implements Effect {}

    /** Thaw all processes. */
    record Thaw() implements Effect {}

    /** Take away what only a running container needs. */
    record CleanUp() implements Effect {}

    /** Remove everything; comes back as Deleted or DeleteFailed. */
    record Delete(boolean volumes) implements Effect {}

    /** Let {@link Input.StopTimeout} come after so many seconds. */
    record ArmStopTimer(int seconds) implements Effect {}

    /** Let {@link Input.BackOffOver} come after so many milliseconds. */
    record ArmBackOff(long millis) implements Effect {}

    /** No timer may come any more. */
    record DisarmTimers() implements Effect {}
  }

  /** What the user who sent the input hears. */
  public sealed interface Answer {
    /** Done. */
    record Accepted() implements Answer {}

    /** Not done, and nothing changed. */
    record Refused(ErrorKind kind, String text) implements Answer {}

    /** He hears when it has started, or could not. */
    record WhenStarted() implements Answer {}

    /** He hears when the process has ended. */
    record WhenEnded() implements Answer {}

    /** He hears when it is gone, or could not be removed. */
    record WhenRemoved() implements Answer {}
  }

  /** One decision. */
  public record Step(State next, Answer answer, List<Effect> effects) {}

  /** Decides; pure. */
  public static Step decide(State state, Rules rules, Input input) {
    return switch (input) {
      case Input.Start _ -> start(state, rules);
      case Input.Stop stop -> stop(state, stop);
      case Input.Restart restart -> restart(state, rules, restart);
      case Input.Kill kill -> kill(state, rules, kill);
      case Input.Pause _ -> pause(state, rules);
      case Input.Unpause _ -> unpause(state, rules);
      case Input.Remove remove -> remove(state, rules, remove);
      case Input.Launched _ ->
          state.phase() instanceof Phase.Launching
              ? accept(state.in(new Phase.Running(null)))
              : unchanged(state);
      case Input.LaunchFailed _ -> launchFailed(state, rules);
      case Input.HeldBack _ -> heldBack(state);
      case Input.ProcessEnded ended -> ended(state, rules, ended);
      case Input.StopTimeout _ -> stopTimeout(state);
      case Input.BackOffOver _ ->
          state.phase() instanceof Phase.BackingOff ? launch(state, true) : unchanged(state);
      case Input.Deleted _ -> accept(state.in(new Phase.Removed()));
      case Input.DeleteFailed _ -> accept(state.in(new Phase.Dead()));
    };
  }

  private static Step heldBack(State state) {
    if (!(state.phase() instanceof Phase.Launching)) {
      return unchanged(state);
    }
    return state.wanted() == Wanted.RUNNING
        ? accept(state.in(new Phase.BackingOff()), new Effect.ArmBackOff(HOLD))
        : accept(state.in(new Phase.Exited()));
  }

  private static Step stopTimeout(State state) {
    return switch (state.phase()) {
      case Phase.Running(Then ending) when ending != null ->
          accept(state, new Effect.Signal(SIGKILL));
      case Phase.Paused(Then ending) when ending != null ->
          accept(
              state.in(new Phase.Running(ending)), new Effect.Signal(SIGKILL), new Effect.Thaw());
      case Phase.Running _,
          Phase.Paused _,
          Phase.Created _,
          Phase.Launching _,
          Phase.BackingOff _,
          Phase.Exited _,
          Phase.Dead _,
          Phase.Removed _ ->
          unchanged(state);
    };
  }

  private static Step start(State state, Rules rules) {
    return switch (state.phase()) {
      case Phase.Created _ -> launch(state.wanting(Wanted.RUNNING).freshCount(), false);
      case Phase.Exited _ -> launch(state.wanting(Wanted.RUNNING).freshCount(), true);
      case Phase.Running _, Phase.Launching _, Phase.BackingOff _ ->
          refuse(state, ErrorKind.NOT_MODIFIED, "container already started");
      case Phase.Paused _ ->
          refuse(state, ErrorKind.CONFLICT, "cannot start a paused container, try unpause instead");
      case Phase.Dead _, Phase.Removed _ ->
          refuse(
              state,
              ErrorKind.CONFLICT,
              "container is marked for removal and cannot be started: " + rules.id());
    };
  }

  private static Step stop(State state, Input.Stop stop) {
    State wanting = state.wanting(Wanted.STOPPED);
    return switch (state.phase()) {
      case Phase.Running _ -> ending(wanting, Then.REST, stop.signal(), stop.seconds(), false);
      case Phase.Paused _ -> ending(wanting, Then.REST, stop.signal(), stop.seconds(), true);
      case Phase.BackingOff _ -> accept(wanting.in(new Phase.Exited()), new Effect.DisarmTimers());
      case Phase.Created _, Phase.Launching _, Phase.Exited _, Phase.Dead _, Phase.Removed _ ->
          refuse(state, ErrorKind.NOT_MODIFIED, "container already stopped");
    };
  }

  private static Step restart(State state, Rules rules, Input.Restart restart) {
    State wanting = state.wanting(Wanted.RUNNING).freshCount();
    return switch (state.phase()) {
      case Phase.Running _ ->
          ending(wanting, Then.START, restart.signal(), restart.seconds(), false);
      case Phase.Paused _ -> ending(wanting, Then.START, restart.signal(), restart.seconds(), true);
      case Phase.Created _ -> launch(wanting, false);
      case Phase.Exited _ -> launch(wanting, true);
      case Phase.BackingOff _ -> {
        Step launch = launch(wanting, true);
        List<Effect> effects = new ArrayList<>(List.of(new Effect.DisarmTimers()));
        effects.addAll(launch.effects());
        yield new Step(launch.next(), launch.answer(), List.copyOf(effects));
      }
      case Phase.Launching _, Phase.Dead _, Phase.Removed _ -> start(state, rules);
    };
  }

  private static Step ending(State state, Then then, int signal, int seconds, boolean frozen) {
    List<Effect> effects = new ArrayList<>();
    effects.add(new Effect.DisarmTimers());
    effects.add(new Effect.Signal(signal));
    if (frozen) {
      effects.add(new Effect.Thaw());
    }
    if (seconds >= 0) {
      effects.add(new Effect.ArmStopTimer(seconds));
    }
    Answer answer =
        switch (then) {
          case REST -> new Answer.WhenEnded();
          case START -> new Answer.WhenStarted();
          case REMOVE -> new Answer.WhenRemoved();
        };
    return new Step(state.in(new Phase.Running(then)), answer, List.copyOf(effects));
  }

  private static Step kill(State state, Rules rules, Input.Kill kill) {
    State next = kill.ends() ? state.wanting(Wanted.STOPPED) : state;
    return switch (state.phase()) {
      case Phase.Running running ->
          new Step(
              kill.ends() && running.ending() == null
                  ? next.in(new Phase.Running(Then.REST))
                  : next,
              kill.signal() == SIGKILL ? new Answer.WhenEnded() : new Answer.Accepted(),
              List.of(new Effect.Signal(kill.signal())));
      case Phase.Paused(Then ending) ->
          new Step(
              next.in(new Phase.Running(kill.ends() && ending == null ? Then.REST : ending)),
              kill.signal() == SIGKILL ? new Answer.WhenEnded() : new Answer.Accepted(),
              List.of(new Effect.Signal(kill.signal()), new Effect.Thaw()));
      case Phase.BackingOff _ ->
          accept(state.wanting(Wanted.STOPPED).in(new Phase.Exited()), new Effect.DisarmTimers());
      case Phase.Created _, Phase.Launching _, Phase.Exited _, Phase.Dead _, Phase.Removed _ ->
          refuse(
              state,
              ErrorKind.CONFLICT,
              "cannot kill container: "
                  + rules.name()
                  + ": container "
                  + rules.id()
                  + " is not running");
    };
  }

  private static Step pause(State state, Rules rules) {
    return switch (state.phase()) {
      case Phase.Running(Then ending) ->
          accept(state.in(new Phase.Paused(ending)), new Effect.Freeze());
      case Phase.Paused _ ->
          refuse(state, ErrorKind.CONFLICT, "container " + rules.id() + " is already paused");
      case Phase.BackingOff _ ->
          refuse(
              state,
              ErrorKind.CONFLICT,
              "container " + rules.id() + " is restarting, wait until the container is running");
      case Phase.Created _, Phase.Launching _, Phase.Exited _, Phase.Dead _, Phase.Removed _ ->
          refuse(state, ErrorKind.CONFLICT, "container " + rules.id() + " is not running");
    };
  }

  private static Step unpause(State state, Rules rules) {
    return switch (state.phase()) {
      case Phase.Paused(Then ending) ->
          accept(state.in(new Phase.Running(ending)), new Effect.Thaw());
      case Phase.Running _,
          Phase.BackingOff _,
          Phase.Created _,
          Phase.Launching _,
          Phase.Exited _,
          Phase.Dead _,
          Phase.Removed _ ->
          refuse(state, ErrorKind.CONFLICT, "Container " + rules.id() + " is not paused");
    };
  }

  private static Step remove(State state, Rules rules, Input.Remove remove) {
    State wanting = state.wanting(remove.volumes() ? Wanted.REMOVED_WITH_VOLUMES : Wanted.REMOVED);
    return switch (state.phase()) {
      case Phase.Running _ ->
          remove.force()
              ? ending(wanting, Then.REMOVE, SIGKILL, -1, false)
              : refuse(
                  state,
                  ErrorKind.CONFLICT,
                  standsAgainst(
                      rules, "running: stop the container before removing or force remove"));
      case Phase.Paused _ ->
          remove.force()
              ? ending(wanting, Then.REMOVE, SIGKILL, -1, true)
              : refuse(
                  state,
                  ErrorKind.CONFLICT,
                  standsAgainst(rules, "paused and must be unpaused first"));
      case Phase.BackingOff _ ->
          remove.force()
              ? delete(wanting, remove.volumes(), new Effect.DisarmTimers())
              : refuse(
                  state,
                  ErrorKind.CONFLICT,
                  standsAgainst(
                      rules, "restarting: stop the container before removing or force remove"));
      case Phase.Launching _ ->
          refuse(state, ErrorKind.CONFLICT, standsAgainst(rules, "starting: wait until it runs"));
      case Phase.Created _, Phase.Exited _, Phase.Dead _ -> delete(wanting, remove.volumes());
      case Phase.Removed _ ->
          refuse(state, ErrorKind.NOT_FOUND, "No such container: " + rules.id());
    };
  }

  private static String standsAgainst(Rules rules, String why) {
    return "cannot remove container \"/" + rules.name() + "\": container is " + why;
  }

  private static Step launchFailed(State state, Rules rules) {
    if (!(state.phase() instanceof Phase.Launching(boolean started))) {
      return unchanged(state);
    }
    State next =
        state
            .wanting(started ? Wanted.STOPPED : Wanted.CREATED)
            .in(started ? new Phase.Exited() : new Phase.Created());
    return rules.autoRemove()
        ? delete(next.wanting(Wanted.REMOVED_WITH_VOLUMES), true, new Effect.CleanUp())
        : accept(next, new Effect.CleanUp());
  }

  private static Step ended(State state, Rules rules, Input.ProcessEnded ended) {
    Then then =
        switch (state.phase()) {
          case Phase.Running(Then ending) -> ending;
          case Phase.Paused(Then ending) -> ending;
          case Phase.Created _,
              Phase.Launching _,
              Phase.BackingOff _,
              Phase.Exited _,
              Phase.Dead _,
              Phase.Removed _ ->
              null;
        };
    if (!(state.phase() instanceof Phase.Running) && !(state.phase() instanceof Phase.Paused)) {
      return unchanged(state);
    }
    Effect quiet = new Effect.DisarmTimers();
    Effect clean = new Effect.CleanUp();
    if (then == Then.START) {
      return new Step(
          state.in(new Phase.Launching(true)),
          new Answer.Accepted(),
          List.of(quiet, clean, new Effect.Launch()));
    }
    if (state.wanted().removal()) {
      return delete(state, state.wanted() == Wanted.REMOVED_WITH_VOLUMES, quiet, clean);
    }
    if (then == null
        && state.wanted() == Wanted.RUNNING
        && rules.wantsRestart(state, ended.exitCode())) {
      long delay =
          ended.ranMillis() > GOOD_RUN || state.backOff() == 0
              ? FIRST_BACK_OFF
              : Math.min(2 * state.backOff(), LONGEST_BACK_OFF);
      return accept(
          new State(new Phase.BackingOff(), state.wanted(), state.restartCount() + 1, delay),
          quiet,
          clean,
          new Effect.ArmBackOff(delay));
    }
    State rest = state.in(new Phase.Exited());
    return rules.autoRemove()
        ? delete(rest.wanting(Wanted.REMOVED_WITH_VOLUMES), true, quiet, clean)
        : accept(rest, quiet, clean);
  }

  private static Step launch(State state, boolean started) {
    return new Step(
        state.in(new Phase.Launching(started)),
        new Answer.WhenStarted(),
        List.of(new Effect.Launch()));
  }

  private static Step delete(State state, boolean volumes, Effect... first) {
    List<Effect> effects = new ArrayList<>(List.of(first));
    effects.add(new Effect.Delete(volumes));
    return new Step(
        state.in(settled(state.phase())), new Answer.WhenRemoved(), List.copyOf(effects));
  }

  /** While it is being deleted a container that ran counts as ended. */
  private static Phase settled(Phase phase) {
    return phase instanceof Phase.Created ? phase : new Phase.Exited();
  }

  private static Step accept(State next, Effect... effects) {
    return new Step(next, new Answer.Accepted(), List.of(effects));
  }

  private static Step unchanged(State state) {
    return accept(state);
  }

  private static Step refuse(State state, ErrorKind kind, String text) {
    return new Step(state, new Answer.Refused(kind, text), List.of());
  }
}
