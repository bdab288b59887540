package dev.flota.cluster.container;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.PostStop;
import akka.actor.typed.PreRestart;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.flota.cluster.Outcome;
import dev.flota.cluster.event.EventLog;
import dev.flota.cluster.follow.Place;
import dev.flota.cluster.follow.Said;
import dev.flota.cluster.stream.Frames;
import dev.flota.cluster.stream.Streams;
import dev.flota.cluster.teleport.Departure;
import dev.flota.cluster.teleport.Step;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.Adoption;
import dev.flota.engine.container.Claims;
import dev.flota.engine.container.ContainerEngine;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.container.ContainerNames;
import dev.flota.engine.container.Guest;
import dev.flota.engine.container.LifeCycle;
import dev.flota.engine.container.LifeCycle.Answer;
import dev.flota.engine.container.LifeCycle.Effect;
import dev.flota.engine.container.LifeCycle.Input;
import dev.flota.engine.container.LifeCycle.Phase;
import dev.flota.engine.container.LifeCycle.Then;
import dev.flota.engine.runtime.Attachment;
import dev.flota.engine.runtime.ExecSession;
import dev.flota.engine.runtime.ExecSpec;
import dev.flota.engine.runtime.ExitNotice;
import dev.flota.engine.runtime.Observed;
import dev.flota.engine.runtime.ProcessTable;
import dev.flota.engine.runtime.Signals;
import dev.flota.engine.runtime.StartFailedException;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.spec.RunState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One container. It does what {@link LifeCycle} decides, one thing after the other, on a dispatcher
 * of its own that may block; its record is on disk before anyone hears of a change. When it crashes
 * it starts again from the record and from what really runs.
 */
public final class ContainerActor extends AbstractBehavior<ContainerActor.Command> {
  private static final int DEFAULT_STOP_SECONDS = 10;
  private static final int REMEMBERED_EXITS = 10;
  private static final int SIGTERM = 15;
  private static final int SIGKILL = 9;
  private static final int LOST = 255;
  private static final int CANNOT_INVOKE = 126;
  private static final Duration LINGER = Duration.ofMinutes(1);
  private static final Duration FIRST_RESTART = Duration.ofMillis(200);
  private static final Duration LAST_RESTART = Duration.ofSeconds(30);

  private static final Duration EXECS_END_WITHIN = Duration.ofSeconds(10);

  /** So long an exec that has ended can still be inspected, as in moby. */
  private static final Duration EXEC_MEMORY = Duration.ofMinutes(5);

  /** What a container can be told. */
  public sealed interface Command {}

  /** Makes it; the first message to a new container. */
  public record Make(ContainerEngine.Wish wish, ActorRef<Outcome<Created>> replyTo)
      implements Command {}

  /** Starts it. */
  public record Start(ActorRef<Outcome<Done>> replyTo) implements Command {}

  /** Stops it; null takes its own signal and time. */
  public record Stop(
      @Nullable String signal, @Nullable Integer seconds, ActorRef<Outcome<Done>> replyTo)
      implements Command {}

  /** Stops and starts it. */
  public record Restart(
      @Nullable String signal, @Nullable Integer seconds, ActorRef<Outcome<Done>> replyTo)
      implements Command {}

  /** Sends a signal, SIGKILL if null. */
  public record Kill(@Nullable String signal, ActorRef<Outcome<Done>> replyTo) implements Command {}

  /** Freezes it. */
  public record Pause(ActorRef<Outcome<Done>> replyTo) implements Command {}

  /** Thaws it. */
  public record Unpause(ActorRef<Outcome<Done>> replyTo) implements Command {}

  /** Renames it. */
  public record Rename(String name, ActorRef<Outcome<Done>> replyTo) implements Command {}

  /** Connects it to one more network. */
  public record Connect(String network, EndpointWish wish, ActorRef<Outcome<Done>> replyTo)
      implements Command {}

  /** Disconnects it from a network, with {@code force} also from one that is gone. */
  public record Disconnect(String network, boolean force, ActorRef<Outcome<Done>> replyTo)
      implements Command {}

  /** Removes it. */
  public record Remove(boolean force, boolean volumes, ActorRef<Outcome<Done>> replyTo)
      implements Command {}

  /**
   * Takes up what another host has lost, and starts it; the first message to a new container.
   *
   * @param foreign as the fleet knows it
   * @param claim makes it this host's
   * @param from the name of the other host
   */
  public record TakeUp(
      ContainerRecord foreign,
      UnaryOperator<ContainerRecord> claim,
      String from,
      ActorRef<Outcome<Created>> replyTo)
      implements Command {}

  /** It is another host's now: ends what is here of it. */
  public record Abandon() implements Command {}

  /** The fleet does not know it. */
  public record Enter(Consumer<ContainerRecord> enter) implements Command {}

  /** Has its record at that epoch, then does the rest; unless it is there already. */
  public record Promise(long epoch, Consumer<ContainerRecord> promise) implements Command {}

  /** Does what is to be done first, then has its record at epoch 0. */
  public record Withdraw(Consumer<ContainerRecord> withdraw) implements Command {}

  /** Has the fleet note anew what is wanted of it. */
  public record Note() implements Command {}

  /** The fleet knows it under that name. */
  public record Renamed(String name) implements Command {}

  /** The fencer has stopped it, or was about to: it starts anew. */
  public record Revive(Runnable done) implements Command {}

  /** A move of it begins; it goes on meanwhile. */
  public record MoveBegins(Departure departure) implements Command {}

  /** The move has failed before {@link Relocate}. */
  public record MoveFails(Departure departure, String reason) implements Command {}

  /**
   * Moves it to another host; nothing else is done with it meanwhile.
   *
   * @param departure prepared
   * @param killExecs ends processes of {@code docker exec}, which otherwise keep it here
   * @param takenOver called if it can be moved, before it is
   */
  public record Relocate(
      Departure departure,
      boolean killExecs,
      Runnable takenOver,
      ActorRef<Outcome<Departure.Fate>> replyTo)
      implements Command {}

  /**
   * It was being moved here by a daemon before this one.
   *
   * @param settle to be done if it runs
   * @param giveBack to be done if not, when nothing is left of it
   */
  public record Conclude(Runnable settle, Runnable giveBack) implements Command {}

  /** It was moved here for good, and may not be connected. */
  public record Open() implements Command {}

  /**
   * It was frozen to be moved away, and is to go on here.
   *
   * @param recall to be done first
   */
  public record Resume(Runnable recall) implements Command {}

  /** Its removal was wanted and has not come to its end. */
  public record Finish() implements Command {}

  /** Registers a wait; the reply is its number for {@link Collect}. */
  public record Await(WaitCondition condition, ActorRef<Outcome<Long>> replyTo)
      implements Command {}

  /** Asks for the result of a registered wait, whenever it comes. */
  public record Collect(long number, ActorRef<ExitStatus> replyTo) implements Command {}

  /**
   * Attaches a client.
   *
   * @param again whether he was attached before, while the container was on another host
   */
  public record Attach(AttachOptions options, boolean again, ActorRef<Outcome<Session>> replyTo)
      implements Command {}

  /** Sets the terminal's size. */
  public record Resize(int rows, int columns, ActorRef<Outcome<Done>> replyTo) implements Command {}

  /** Lists its processes. */
  public record ListProcesses(String psArguments, ActorRef<Outcome<Top>> replyTo)
      implements Command {}

  /** Prepares an exec. */
  public record CreateExec(ExecRequest request, ActorRef<Outcome<String>> replyTo)
      implements Command {}

  /** Starts an exec with a client attached. */
  public record StartExec(
      String execId,
      boolean tty,
      @Nullable List<Integer> consoleSize,
      ActorRef<Outcome<Session>> replyTo)
      implements Command {}

  /** Starts an exec and leaves it alone. */
  public record StartExecDetached(String execId, boolean tty, ActorRef<Outcome<Done>> replyTo)
      implements Command {}

  /** Sets the size of an exec's terminal. */
  public record ResizeExec(String execId, int rows, int columns, ActorRef<Outcome<Done>> replyTo)
      implements Command {}

  /** Its main process ended; from the host. */
  public record ProcessEnded(ExitNotice notice) implements Command {}

  /** Gives up a registered wait. */
  public record Forget(long number) implements Command {}

  private record ExecEnded(String execId, int exitCode) implements Command {}

  private record ForgetExec(String execId) implements Command {}

  private record Told(String action, Map<String, String> attributes) implements Command {}

  private record StopTimeout() implements Command {}

  private record BackOffOver() implements Command {}

  private record Lingered() implements Command {}

  private record StartAgain() implements Command {}

  /**
   * What all containers of a host share.
   *
   * @param forgotten told the id once a container is gone
   */
  public record Surroundings(
      ContainerEngine engine,
      ContainerIndex index,
      EventLog events,
      Execs execs,
      ActorRef<String> forgotten) {}

  private final Surroundings host;
  private final ContainerEvents events;
  private final String id;
  private final boolean rests;
  private final TimerScheduler<Command> timers;
  private final Waits waits;
  private final Attached attached;
  private final List<ActorRef<Outcome<Done>>> untilStarted = new ArrayList<>();
  private final List<ActorRef<Outcome<Done>>> untilEnded = new ArrayList<>();
  private final List<ActorRef<Outcome<Done>>> untilRemoved = new ArrayList<>();
  private final List<Streams> attachedBeforeStart = new ArrayList<>();

  /** The stop or restart under way: its end is told too. */
  private @Nullable Input asked;

  private @Nullable ContainerRecord record;
  private LifeCycle.State state = new LifeCycle.State(new Phase.Created(), Wanted.CREATED, 0, 0);

  private ContainerActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      Surroundings host,
      String id,
      boolean rests,
      Waits waits,
      Attached attached) {
    super(context);
    this.rests = rests;
    this.waits = waits;
    this.attached = attached;
    this.host = host;
    this.events = new ContainerEvents(host.events());
    this.id = id;
    this.timers = timers;
    ContainerRecord known = host.index().byId(id);
    if (known != null) {
      record = known;
      adopt(known);
    }
  }

  /** A container that is to be made, or one that the index knows. */
  public static Behavior<Command> create(Surroundings host, String id) {
    return create(host, id, false);
  }

  /** One that the index knows, and that does not start again because this host has just got it. */
  public static Behavior<Command> resting(Surroundings host, String id) {
    return create(host, id, true);
  }

  private static Behavior<Command> create(Surroundings host, String id, boolean rests) {
    Waits waits = new Waits(); // who waits does so through a crash
    Attached attached = new Attached();
    Behavior<Command> container =
        Behaviors.setup(
            context ->
                Behaviors.withTimers(
                    timers ->
                        new ContainerActor(context, timers, host, id, rests, waits, attached)));
    // Without a limit: a full disk may have space again, and the container is there all the while.
    return Behaviors.supervise(container)
        .onFailure(
            RuntimeException.class,
            SupervisorStrategy.restartWithBackoff(FIRST_RESTART, LAST_RESTART, 0.1));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.class, this::onCommand)
        .onSignal(PreRestart.class, signal -> onEnd())
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Make make -> make(make);
      case Start start -> drive(new Input.Start(), start.replyTo());
      case Stop stop ->
          refusing(
              stop.replyTo(),
              () ->
                  drive(
                      new Input.Stop(endSignal(stop.signal()), seconds(stop.seconds())),
                      stop.replyTo()));
      case Restart restart ->
          refusing(
              restart.replyTo(),
              () ->
                  drive(
                      new Input.Restart(endSignal(restart.signal()), seconds(restart.seconds())),
                      restart.replyTo()));
      case Kill kill -> refusing(kill.replyTo(), () -> kill(kill));
      case Pause pause -> drive(new Input.Pause(), pause.replyTo());
      case Unpause unpause -> drive(new Input.Unpause(), unpause.replyTo());
      case Rename rename -> reply(rename.replyTo(), () -> rename(rename.name()));
      case Connect connect ->
          reply(connect.replyTo(), () -> connect(connect.network(), connect.wish()));
      case Disconnect disconnect ->
          reply(disconnect.replyTo(), () -> disconnect(disconnect.network(), disconnect.force()));
      case Remove remove ->
          drive(new Input.Remove(remove.force(), remove.volumes()), remove.replyTo());
      case Await await -> await.replyTo().tell(Outcome.of(() -> await(await.condition())));
      case Collect collect -> waits.collect(collect.number(), collect.replyTo());
      case Forget forget -> waits.forget(forget.number());
      case Attach attach ->
          attach.replyTo().tell(Outcome.of(() -> attach(attach.options(), attach.again())));
      case Resize resize ->
          reply(
              resize.replyTo(),
              () -> host.engine().runtime().resize(alive(), resize.rows(), resize.columns()));
      case ListProcesses list -> list.replyTo().tell(Outcome.of(() -> top(list.psArguments())));
      case CreateExec exec -> exec.replyTo().tell(Outcome.of(() -> createExec(exec.request())));
      case StartExec exec ->
          exec.replyTo()
              .tell(Outcome.of(() -> startExec(exec.execId(), exec.tty(), exec.consoleSize())));
      case StartExecDetached exec ->
          reply(exec.replyTo(), () -> runExec(exec.execId(), exec.tty(), null, null));
      case ResizeExec resize ->
          reply(
              resize.replyTo(), () -> resizeExec(resize.execId(), resize.rows(), resize.columns()));
      case ProcessEnded ended -> processEnded(ended.notice());
      case ExecEnded ended -> execEnded(ended);
      case ForgetExec(String execId) -> host.execs().remove(execId);
      case Told(String action, Map<String, String> attributes) -> {
        if (record != null) {
          event(action, attributes);
        }
      }
      case StopTimeout _ -> drive(new Input.StopTimeout(), null);
      case BackOffOver _ -> drive(new Input.BackOffOver(), null);
      case StartAgain _ -> drive(new Input.Start(), null);
      case TakeUp take -> takeUp(take);
      case Abandon _ -> unlessGone(this::abandon);
      case Enter(Consumer<ContainerRecord> enter) -> unlessGone(() -> enter.accept(known()));
      case Promise(long epoch, Consumer<ContainerRecord> promise) ->
          unlessGone(() -> promise(epoch, promise));
      case Withdraw(Consumer<ContainerRecord> withdraw) -> unlessGone(() -> withdraw(withdraw));
      case Note _ -> unlessGone(() -> host.engine().claims().note(known()));
      case Renamed(String name) -> unlessGone(() -> renamed(name));
      case Revive(Runnable done) -> unlessGone(() -> revive(done));
      case MoveBegins(Departure departure) ->
          unlessGone(() -> event("teleport_start", Map.of("to", departure.to())));
      case MoveFails(Departure departure, String reason) ->
          unlessGone(() -> rolledBack(departure, reason));
      case Relocate relocate -> relocate(relocate);
      case Conclude conclude -> unlessGone(() -> conclude(conclude));
      case Open _ -> unlessGone(this::open);
      case Resume(Runnable recall) -> unlessGone(() -> resume(recall));
      case Finish _ -> unlessGone(this::removeOnceMore);
      case Lingered _ -> {}
    }
    return command instanceof Lingered ? Behaviors.stopped() : this;
  }

  private Behavior<Command> onStop() {
    waits.settle(condition -> true, new ExitStatus(LOST, "the actor of " + id + " has ended"));
    return onEnd();
  }

  private Behavior<Command> onEnd() {
    Outcome<Done> crashed =
        new Outcome.Refused<>(ErrorKind.SYSTEM, "the actor of container " + id + " has ended");
    settle(untilStarted, crashed);
    settle(untilEnded, crashed);
    settle(untilRemoved, crashed);
    attachedBeforeStart.forEach(Streams::end);
    attachedBeforeStart.clear();
    return this;
  }

  // ---- made and adopted

  private void make(Make make) {
    Outcome<Created> outcome =
        Outcome.of(
            () -> {
              ContainerEngine.Made made = host.engine().make(make.wish());
              record = made.record();
              event("create", Map.of());
              return new Created(id, made.warnings());
            });
    if (outcome instanceof Outcome.Refused) {
      state = state.gone();
      host.index().releaseName(make.wish().name(), id);
      farewell();
    }
    make.replyTo().tell(outcome);
  }

  /** Brings the record and what really runs together, after a restart of the daemon or of us. */
  private void adopt(ContainerRecord known) {
    RunState seen = known.state();
    boolean started = seen.startedAt() != null;
    Phase rest = started ? new Phase.Exited() : new Phase.Created();
    state = new LifeCycle.State(rest, known.wanted(), known.restartCount(), 0);
    Observed observed = host.engine().runtime().observe(known);
    switch (observed) {
      case Observed.Running _ ->
          adoptAlive(known, observed, new Phase.Running(ending(known.wanted())));
      case Observed.Paused _ ->
          adoptAlive(known, observed, new Phase.Paused(ending(known.wanted())));
      case Observed.Exited(int code, Instant at, boolean oom) -> {
        Instant finished = seen.finishedAt();
        if (seen.status().alive() || finished == null || at.isAfter(finished)) {
          endedMeanwhile(new ExitNotice(id, seen.pid(), code, at, oom));
        } else {
          restAgain(known);
        }
      }
      case Observed.NotStarted _ -> restAgain(known);
      case Observed.Gone _ -> {
        if (seen.status().alive()) {
          endedMeanwhile(new ExitNotice(id, seen.pid(), LOST, Instant.now(), false));
        } else {
          restAgain(known);
        }
      }
    }
  }

  /** What a person wanted goes on to be wanted. */
  private void adoptAlive(ContainerRecord known, Observed observed, Phase phase) {
    Wanted wanted = known.wanted() == Wanted.CREATED ? Wanted.RUNNING : known.wanted();
    state = new LifeCycle.State(phase, wanted, known.restartCount(), 0);
    host.engine().runtime().watch(known);
    change(Adoption.seen(known, observed, Instant.now()).withWanted(wanted));
    if (wanted.removal()) {
      removeOnceMore();
    }
  }

  private static @Nullable Then ending(Wanted wanted) {
    return switch (wanted) {
      case CREATED, RUNNING -> null;
      case STOPPED -> Then.REST;
      case REMOVED, REMOVED_WITH_VOLUMES -> Then.REMOVE;
    };
  }

  private void removeOnceMore() {
    if (!state.wanted().removal()) {
      return;
    }
    boolean volumes = state.wanted() == Wanted.REMOVED_WITH_VOLUMES;
    getContext().getSelf().tell(new Remove(true, volumes, getContext().getSystem().ignoreRef()));
  }

  private void endedMeanwhile(ExitNotice notice) {
    state =
        new LifeCycle.State(
            new Phase.Running(null),
            state.wanted() == Wanted.CREATED ? Wanted.RUNNING : state.wanted(),
            state.restartCount(),
            0);
    getContext().getSelf().tell(new ProcessEnded(notice));
  }

  private void restAgain(ContainerRecord known) {
    change(host.engine().cleanUp(known));
    if (rests) {
      return;
    }
    HostConfig.RestartPolicy policy = known.hostConfig().restart();
    boolean always = "always".equals(policy.name()) && state.phase() instanceof Phase.Exited;
    boolean unlessStopped =
        "unless-stopped".equals(policy.name()) && state.wanted() == Wanted.RUNNING;
    boolean wasRestarting = known.state().status() == RunState.Status.RESTARTING;
    if (state.wanted().removal()) {
      removeOnceMore();
    } else if (always || unlessStopped || (wasRestarting && state.wanted() == Wanted.RUNNING)) {
      getContext().getSelf().tell(new StartAgain());
    }
  }

  // ---- the life cycle

  private ContainerRecord known() {
    ContainerRecord current = record;
    if (current == null) {
      throw EngineException.notFound("No such container: " + id);
    }
    return current;
  }

  private LifeCycle.Rules rules() {
    ContainerRecord current = known();
    HostConfig.RestartPolicy policy = current.hostConfig().restart();
    String name = policy.name();
    return new LifeCycle.Rules(
        current.name(),
        id,
        name == null ? "no" : name,
        policy.maximumRetryCount(),
        current.hostConfig().autoRemove());
  }

  private void drive(Input first, @Nullable ActorRef<Outcome<Done>> replyTo) {
    if (record == null) {
      if (replyTo != null) {
        replyTo.tell(new Outcome.Refused<>(ErrorKind.NOT_FOUND, "No such container: " + id));
      }
      return;
    }
    if (replyTo != null && isFrozen()) {
      replyTo.tell(Outcome.refused(frozen()));
      return;
    }
    LifeCycle.Step step = LifeCycle.decide(state, rules(), first);
    if (step.answer() instanceof Answer.Refused(ErrorKind kind, String text)) {
      if (replyTo != null) {
        replyTo.tell(new Outcome.Refused<>(kind, text));
      }
      return;
    }
    try {
      askTheFleet(first, step, replyTo != null);
    } catch (EngineException e) {
      refuse(replyTo, e);
      return;
    }
    if (replyTo != null) {
      switch (step.answer()) {
        case Answer.WhenStarted _ -> untilStarted.add(replyTo);
        case Answer.WhenEnded _ -> untilEnded.add(replyTo);
        case Answer.WhenRemoved _ -> untilRemoved.add(replyTo);
        case Answer.Accepted _, Answer.Refused _ -> {}
      }
    }
    try {
      carryOut(step, first);
      if (replyTo != null && step.answer() instanceof Answer.Accepted) {
        replyTo.tell(Outcome.ok(Done.getInstance()));
      }
    } catch (EngineException e) {
      refuse(replyTo, e);
    }
  }

  private void refuse(@Nullable ActorRef<Outcome<Done>> replyTo, EngineException e) {
    if (replyTo == null) {
      getContext().getLog().warn("container {}: {}", known().name(), e.text(), e);
    } else {
      untilStarted.remove(replyTo);
      untilEnded.remove(replyTo);
      untilRemoved.remove(replyTo);
      replyTo.tell(Outcome.refused(e));
    }
  }

  /** What needs the other hosts is refused before anything is done, when they cannot be asked. */
  private void askTheFleet(Input input, LifeCycle.Step step, boolean byUser) {
    Claims claims = host.engine().claims();
    switch (input) {
      case Input.Start _, Input.Restart _ -> {
        if (byUser) {
          claims.permit(known());
        }
      }
      case Input.Remove _ -> claims.ready();
      case Input.Stop _,
          Input.Kill _,
          Input.Pause _,
          Input.Unpause _,
          Input.Launched _,
          Input.LaunchFailed _,
          Input.HeldBack _,
          Input.ProcessEnded _,
          Input.StopTimeout _,
          Input.BackOffOver _,
          Input.Deleted _,
          Input.DeleteFailed _ -> {}
    }
    Wanted wanted = step.next().wanted();
    if (byUser && wanted != state.wanted() && !wanted.removal()) {
      claims.note(known().withWanted(wanted));
    }
  }

  /** Effects in order, then the new state; a failing signal, freeze or thaw changes nothing. */
  private void carryOut(LifeCycle.Step step, Input cause) {
    Input follow = null;
    for (Effect effect : step.effects()) {
      Input result =
          switch (effect) {
            case Effect.Launch _ -> launch();
            case Effect.Signal(int number) -> signal(number);
            case Effect.Freeze _ -> {
              host.engine().runtime().pause(known());
              yield null;
            }
            case Effect.Thaw _ -> {
              host.engine().runtime().resume(known());
              yield null;
            }
            case Effect.CleanUp _ -> cleanUp();
            case Effect.Delete(boolean volumes) -> delete(volumes);
            case Effect.ArmStopTimer(int seconds) -> {
              timers.startSingleTimer(new StopTimeout(), Duration.ofSeconds(seconds));
              yield null;
            }
            case Effect.ArmBackOff(long millis) -> {
              timers.startSingleTimer(new BackOffOver(), Duration.ofMillis(millis));
              yield null;
            }
            case Effect.DisarmTimers _ -> {
              timers.cancel(new StopTimeout());
              timers.cancel(new BackOffOver());
              yield null;
            }
          };
      follow = result == null ? follow : result;
    }
    if (follow instanceof Input.Deleted) {
      state = step.next(); // there is no record any more
    } else {
      enter(step.next());
    }
    announce(cause);
    if (follow != null) {
      LifeCycle.Step next = LifeCycle.decide(state, rules(), follow);
      carryOut(next, follow);
    }
  }

  /** Makes the state the container's, and its record what the state says. */
  private void enter(LifeCycle.State next) {
    state = next;
    if (next.phase() instanceof Phase.Removed) {
      return;
    }
    ContainerRecord current = known();
    RunState run = current.state();
    RunState.Status status =
        switch (next.phase()) {
          case Phase.Created _ -> RunState.Status.CREATED;
          case Phase.Launching _ -> run.status();
          case Phase.Running _ -> RunState.Status.RUNNING;
          case Phase.Paused _ -> RunState.Status.PAUSED;
          case Phase.BackingOff _ -> RunState.Status.RESTARTING;
          case Phase.Exited _ -> RunState.Status.EXITED;
          case Phase.Dead _ -> RunState.Status.DEAD;
          case Phase.Removed _ -> RunState.Status.REMOVING;
        };
    ContainerRecord changed =
        current
            .withWanted(next.wanted())
            .withState(
                new RunState(
                    status,
                    status.alive() ? run.pid() : 0,
                    run.exitCode(),
                    run.oomKilled(),
                    run.error(),
                    run.startedAt(),
                    run.finishedAt()))
            .withHistory(current.exits(), next.restartCount());
    if (!changed.equals(host.index().byId(id))) {
      change(changed);
    }
  }

  private void change(ContainerRecord changed) {
    host.engine().save(changed);
    record = changed;
    host.index().put(changed);
  }

  private void announce(Input cause) {
    switch (cause) {
      case Input.Launched _ -> {
        events.supplied(known());
        event("start", Map.of());
        if (asked instanceof Input.Restart) {
          event("restart", Map.of());
        }
        asked = null;
        settle(untilStarted, Outcome.ok(Done.getInstance()));
      }
      case Input.LaunchFailed _ -> {
        ContainerRecord current = known();
        asked = null;
        settle(untilStarted, new Outcome.Refused<>(launchFailure.kind(), launchFailure.text()));
        waits.settle(
            condition -> condition == WaitCondition.NEXT_EXIT,
            new ExitStatus(current.state().exitCode(), current.state().error()));
      }
      case Input.HeldBack _ -> {
        asked = null;
        settle(untilStarted, new Outcome.Refused<>(launchFailure.kind(), launchFailure.text()));
      }
      case Input.ProcessEnded ended -> {
        events.released(known());
        told(ended);
        if (asked != null) {
          event("stop", Map.of());
        }
        if (asked instanceof Input.Stop) {
          asked = null;
        }
        if (state.phase() instanceof Phase.Exited) {
          settle(
              untilStarted,
              new Outcome.Refused<>(
                  ErrorKind.CONFLICT, "container " + id + " was stopped before it started again"));
        }
        settle(untilEnded, Outcome.ok(Done.getInstance()));
      }
      case Input.Deleted _ -> removed();
      case Input.DeleteFailed _ -> {
        Outcome<Done> failed =
            new Outcome.Refused<>(
                ErrorKind.SYSTEM,
                "cannot remove container \"/" + known().name() + "\": " + deleteFailure);
        settle(untilRemoved, failed);
        settle(untilEnded, failed);
        waits.settle(
            condition -> condition == WaitCondition.REMOVED,
            new ExitStatus(known().state().exitCode(), deleteFailure));
      }
      case Input.Pause _ -> event("pause", Map.of());
      case Input.Unpause _ -> event("unpause", Map.of());
      case Input.Kill kill -> event("kill", Map.of("signal", String.valueOf(kill.signal())));
      case Input.Stop stop -> ending(stop, stop.signal());
      case Input.Restart restart -> ending(restart, restart.signal());
      case Input.StopTimeout _ -> event("kill", Map.of("signal", String.valueOf(SIGKILL)));
      case Input.Start _, Input.Remove _, Input.BackOffOver _ -> {}
    }
  }

  /** Only now that all is free again: whoever waited may want the same ports and volumes. */
  private void told(Input.ProcessEnded ended) {
    RunState run = known().state();
    if (run.oomKilled()) {
      event("oom", Map.of());
    }
    event(
        "die",
        Map.of(
            "exitCode",
            String.valueOf(ended.exitCode()),
            "execDuration",
            String.valueOf(TimeUnit.MILLISECONDS.toSeconds(ended.ranMillis()))));
    waits.settle(
        condition -> condition != WaitCondition.REMOVED, new ExitStatus(ended.exitCode(), ""));
  }

  private void ending(Input input, int signal) {
    asked = input;
    if (state.phase() instanceof Phase.Running) {
      event("kill", Map.of("signal", String.valueOf(signal)));
    }
  }

  private EngineException launchFailure = EngineException.system("not started yet");
  private String deleteFailure = "";

  private Input launch() {
    ContainerRecord current = known();
    try {
      if (isFrozen()) {
        throw frozen();
      }
      host.engine().claims().permit(current);
    } catch (EngineException e) {
      getContext().getLog().debug("container {} is held back: {}", current.name(), e.text());
      launchFailure = e;
      return new Input.HeldBack();
    }
    List<Streams> early = List.copyOf(attachedBeforeStart);
    attachedBeforeStart.clear();
    try {
      ContainerRecord running =
          host.engine()
              .launch(
                  current,
                  created -> {
                    // Before the command runs: whoever finds it running finds it in the record.
                    change(created);
                    for (Streams streams : early) {
                      streams.connect(
                          listener ->
                              host.engine()
                                  .runtime()
                                  .attach(created, streams.takesInput(), listener));
                    }
                  });
      record = running;
      return new Input.Launched();
    } catch (RuntimeException e) {
      launchFailure =
          e instanceof EngineException known
              ? known
              : EngineException.system("cannot start container: " + e, e);
      getContext().getLog().info("container {} did not start: {}", current.name(), e.toString());
      early.forEach(Streams::end);
      if (launchFailure.kind() == ErrorKind.UNAVAILABLE && untilStarted.isEmpty()) {
        cleanUp(); // nobody waits who could try again: all hosts may just have got power again
        return new Input.HeldBack();
      }
      RunState run = current.state();
      record =
          current.withState(
              new RunState(
                  run.status(),
                  0,
                  e instanceof StartFailedException start ? start.exitCode() : 128,
                  false,
                  launchFailure.text(),
                  run.startedAt(),
                  run.finishedAt()));
      return new Input.LaunchFailed();
    }
  }

  private @Nullable Input signal(int number) {
    try {
      host.engine().runtime().signal(known(), number);
    } catch (EngineException e) {
      if (e.kind() != ErrorKind.CONFLICT) {
        throw e;
      }
      getContext().getLog().debug("the process has ended before the signal", e);
    }
    return null;
  }

  private @Nullable Input cleanUp() {
    try {
      record = host.engine().cleanUp(known());
    } catch (RuntimeException e) {
      getContext().getLog().warn("container {}: clean-up failed", known().name(), e);
    }
    return null;
  }

  private Input delete(boolean volumes) {
    try {
      host.engine().delete(known(), volumes);
      return new Input.Deleted();
    } catch (RuntimeException e) {
      getContext().getLog().warn("container {}: removal failed", known().name(), e);
      deleteFailure = e instanceof EngineException known ? known.text() : e.toString();
      return new Input.DeleteFailed();
    }
  }

  private void removed() {
    ContainerRecord last = known();
    host.index().remove(last);
    event("destroy", Map.of());
    gone(
        new ExitStatus(last.state().exitCode(), ""),
        Outcome.ok(Done.getInstance()),
        new Outcome.Refused<>(ErrorKind.NOT_FOUND, "No such container: " + id));
  }

  /**
   * What those hear who still wait.
   *
   * @param ended for those who wanted its end
   * @param started for those who wanted its start
   */
  private void gone(ExitStatus status, Outcome<Done> ended, Outcome<Done> started) {
    host.execs().removeAllOf(id);
    waits.settle(condition -> true, status);
    attachedBeforeStart.forEach(Streams::end);
    attachedBeforeStart.clear();
    settle(untilRemoved, ended);
    settle(untilEnded, ended);
    settle(untilStarted, started);
    record = null;
    farewell();
  }

  // ---- one of the fleet's

  private void takeUp(TakeUp take) {
    Outcome<Created> outcome =
        Outcome.of(
            () -> {
              record = host.engine().takeUp(take.foreign(), take.claim());
              event("reschedule", Map.of("from", take.from()));
              return new Created(id, List.of());
            });
    take.replyTo().tell(outcome);
    if (outcome instanceof Outcome.Refused) {
      state = state.gone();
      host.index().releaseName(take.foreign().name(), id);
      farewell();
    } else {
      drive(new Input.Start(), null);
    }
  }

  /** What has failed is a duty still, and told again. */
  private void unlessGone(Runnable duty) {
    if (record == null) {
      return;
    }
    try {
      duty.run();
    } catch (EngineException e) {
      getContext().getLog().warn("container {}: {}", known().name(), e.text(), e);
    }
  }

  private void abandon() {
    ContainerRecord last = known();
    getContext().getLog().info("container {} is on another host now", last.name());
    timers.cancelAll();
    ExitStatus status =
        new ExitStatus(LOST, "the container is on another host now", /* moved= */ isFrozen());
    if (status.moved()) {
      attached.moved(host.engine().logEnd(last).map(Place::in).orElse(Place.START));
    }
    host.engine().relocation().leave(last);
    waits.settle(condition -> true, status); // before what they might miss there
    host.engine().abandon(last);
    host.index().remove(last);
    state = state.gone();
    Outcome<Done> elsewhere =
        new Outcome.Refused<>(
            ErrorKind.CONFLICT, "container " + last.name() + " is on another host now: ask again");
    gone(status, elsewhere, elsewhere);
  }

  private boolean isFrozen() {
    return host.engine().relocation().frozen().contains(id);
  }

  private EngineException frozen() {
    return new EngineException(
        ErrorKind.UNAVAILABLE,
        "container %s is frozen for a move that is not decided yet: try again in a moment"
            .formatted(known().name()));
  }

  private void relocate(Relocate relocate) {
    Outcome<ContainerRecord> movable = Outcome.of(() -> movable(relocate.killExecs()));
    switch (movable) {
      case Outcome.Ok<ContainerRecord>(ContainerRecord current) ->
          relocate.replyTo().tell(relocate(relocate, current));
      case Outcome.Refused<ContainerRecord>(ErrorKind kind, String text) ->
          relocate.replyTo().tell(new Outcome.Refused<>(kind, text));
    }
  }

  private Outcome<Departure.Fate> relocate(Relocate relocate, ContainerRecord current) {
    Departure departure = relocate.departure();
    relocate.takenOver().run();
    attached.hold();
    Outcome<Departure.Fate> outcome =
        Outcome.of(
            () -> departure.move(current, () -> event("teleport_frozen", figures(departure))));
    switch (outcome) {
      case Outcome.Ok<Departure.Fate>(Departure.Fate fate) -> {
        if (fate == Departure.Fate.LEFT) {
          event("teleport_commit", figures(departure));
          abandon();
        }
      }
      case Outcome.Refused<Departure.Fate>(ErrorKind kind, String text) -> {
        attached.release();
        rolledBack(departure, text);
      }
    }
    return outcome;
  }

  private void rolledBack(Departure departure, String reason) {
    Map<String, String> all = new HashMap<>(figures(departure));
    all.put("reason", reason);
    event("teleport_rollback", all);
  }

  /** What an event says of a move; times in milliseconds. */
  private static Map<String, String> figures(Departure departure) {
    Step.Done done = departure.done();
    return Map.of(
        "to", done.host(),
        "mode", done.mode(),
        "totalMillis", Long.toString(done.totalMillis()),
        "frozenMillis", Long.toString(done.frozenMillis()),
        "bytes", Long.toString(done.bytes()));
  }

  private ContainerRecord movable(boolean killExecs) {
    ContainerRecord current = known();
    boolean movable =
        switch (state.phase()) {
          case Phase.Running(Then ending) -> ending == null;
          case Phase.Paused(Then ending) -> ending == null;
          case Phase.Created _, Phase.Exited _ -> true;
          case Phase.Launching _, Phase.BackingOff _, Phase.Dead _, Phase.Removed _ -> false;
        };
    if (!movable || isFrozen()) {
      throw EngineException.conflict(
          "container %s is about to start, to end or to move: try again in a moment"
              .formatted(current.name()));
    }
    if (killExecs) {
      host.execs().killAllOf(id, EXECS_END_WITHIN);
      host.engine().relocation().endGuests(current, EXECS_END_WITHIN);
    }
    List<Guest> guests = host.engine().relocation().guests(current);
    if (!guests.isEmpty()) {
      throw EngineException.conflict(
          "container %s %s".formatted(current.name(), Guest.obstacle(guests)));
    }
    return current;
  }

  private void conclude(Conclude conclude) {
    if (runs() || !host.engine().relocation().arriving().contains(id)) {
      conclude.settle().run();
      open();
      return;
    }
    ContainerRecord last = known();
    timers.cancelAll();
    host.engine().relocation().discard(last);
    conclude.giveBack().run();
    host.index().remove(last);
    state = state.gone();
    Outcome<Done> elsewhere =
        new Outcome.Refused<>(ErrorKind.CONFLICT, "container " + last.name() + " did not come");
    gone(new ExitStatus(LOST, "the container is on another host"), elsewhere, elsewhere);
  }

  private boolean runs() {
    return state.phase() instanceof Phase.Running || state.phase() instanceof Phase.Paused;
  }

  private void open() {
    if (runs()) {
      change(host.engine().relocation().openUp(known()));
    }
    host.engine().relocation().arrived(known());
  }

  private void resume(Runnable recall) {
    recall.run();
    ContainerRecord current = known();
    if (state.phase() instanceof Phase.Paused && host.engine().relocation().wasRunning(id)) {
      RunState run = current.state();
      current =
          current.withState(
              new RunState(
                  RunState.Status.RUNNING, run.pid(), 0, false, "", run.startedAt(), null));
      state =
          new LifeCycle.State(
              new Phase.Running(ending(current.wanted())),
              current.wanted(),
              current.restartCount(),
              0);
    }
    host.engine().relocation().thaw(current);
    attached.release();
    change(current);
  }

  private void promise(long epoch, Consumer<ContainerRecord> promise) {
    if (known().epoch() != epoch) {
      change(known().withEpoch(epoch));
    }
    promise.accept(known());
  }

  private void withdraw(Consumer<ContainerRecord> withdraw) {
    withdraw.accept(known());
    if (known().epoch() != 0) {
      change(known().withEpoch(0));
    }
  }

  private void renamed(String name) {
    ContainerRecord current = known();
    if (!name.equals(current.name())) {
      host.index().reserveName(name, id);
      change(current.withName(name));
      host.index().releaseName(current.name(), id);
    }
  }

  private void revive(Runnable done) {
    done.run();
    if (state.phase() instanceof Phase.Running || state.phase() instanceof Phase.Paused) {
      drive(new Input.Restart(SIGKILL, 0), null);
    }
  }

  /** Nobody finds it any more; it still answers those who had found it before. */
  private void farewell() {
    host.forgotten().tell(id);
    timers.startSingleTimer(new Lingered(), LINGER);
  }

  private void processEnded(ExitNotice notice) {
    ContainerRecord current = record;
    if (current == null
        || !(state.phase() instanceof Phase.Running || state.phase() instanceof Phase.Paused)) {
      return;
    }
    RunState run = current.state();
    Instant startedAt = run.startedAt() == null ? notice.at() : run.startedAt();
    if (notice.pid() != run.pid()) {
      return; // told again of an earlier run
    }
    List<ContainerRecord.Exit> exits = new ArrayList<>(current.exits());
    exits.add(new ContainerRecord.Exit(notice.exitCode(), notice.at(), notice.oomKilled()));
    if (exits.size() > REMEMBERED_EXITS) {
      exits.removeFirst();
    }
    change(
        current
            .withState(
                new RunState(
                    RunState.Status.EXITED,
                    0,
                    notice.exitCode(),
                    notice.oomKilled(),
                    "",
                    startedAt,
                    notice.at()))
            .withHistory(exits, current.restartCount()));
    Duration ran = Duration.between(startedAt, notice.at());
    drive(new Input.ProcessEnded(notice.exitCode(), Math.max(0, ran.toMillis())), null);
  }

  // ---- what users ask besides

  private void kill(Kill kill) {
    String text = kill.signal();
    int signal = text == null || text.isEmpty() ? SIGKILL : Signals.parse(text);
    boolean ends = signal == SIGKILL || signal == endSignal(null);
    drive(new Input.Kill(signal, ends), kill.replyTo());
  }

  private int endSignal(@Nullable String asked) {
    if (asked != null && !asked.isEmpty()) {
      return Signals.parse(asked);
    }
    ContainerRecord current = record;
    String own = current == null ? null : current.config().stopSignal();
    return own == null || own.isEmpty() ? SIGTERM : Signals.parse(own);
  }

  private int seconds(@Nullable Integer asked) {
    if (asked != null) {
      return asked;
    }
    ContainerRecord current = record;
    Integer own = current == null ? null : current.config().stopTimeout();
    return own == null ? DEFAULT_STOP_SECONDS : own;
  }

  private void rename(String to) {
    ContainerRecord current = known();
    String name = ContainerNames.check(to);
    if (name.equals(current.name())) {
      throw EngineException.invalid("Renaming a container with the same name as its current name");
    }
    if (state.phase() instanceof Phase.Dead) {
      throw EngineException.conflict("container is marked for removal: " + id);
    }
    host.engine().claims().ready();
    host.index().reserveName(name, id);
    try {
      host.engine().rename(id, name);
      change(current.withName(name));
    } catch (RuntimeException e) {
      host.index().releaseName(name, id);
      throw e;
    }
    host.index().releaseName(current.name(), id);
    event("rename", Map.of("oldName", "/" + current.name()));
  }

  private void connect(String network, EndpointWish wish) {
    ContainerRecord connected = host.engine().connect(connectable(), network, wish);
    change(connected);
    if (connected.state().status().alive()) {
      events.connected(connected, connected.endpoints().getLast());
    }
  }

  private void disconnect(String network, boolean force) {
    ContainerRecord current = connectable();
    ContainerRecord left = host.engine().disconnect(current, network, force);
    change(left);
    if (left.state().status().alive()) {
      Set<String> remaining =
          left.endpoints().stream().map(EndpointRecord::endpointId).collect(Collectors.toSet());
      current.endpoints().stream()
          .filter(endpoint -> !remaining.contains(endpoint.endpointId()))
          .forEach(endpoint -> events.disconnected(left, endpoint));
    }
  }

  private ContainerRecord connectable() {
    if (state.phase() instanceof Phase.Dead) {
      throw EngineException.conflict(
          "container "
              + id
              + " is marked for removal and cannot be connected or disconnected to the network");
    }
    return known();
  }

  private long await(WaitCondition condition) {
    ContainerRecord current = known();
    boolean over =
        switch (condition) {
          case NOT_RUNNING ->
              !current.state().status().alive() && !(state.phase() instanceof Phase.BackingOff);
          case NEXT_EXIT, REMOVED -> false;
        };
    return waits.register(condition, over ? new ExitStatus(current.state().exitCode(), "") : null);
  }

  private Session attach(AttachOptions options, boolean again) {
    ContainerRecord current = known();
    if (state.phase() instanceof Phase.Paused && !again) {
      throw EngineException.conflict(
          "container " + id + " is paused, unpause the container before attach");
    }
    if (state.phase() instanceof Phase.BackingOff && !again) {
      throw EngineException.conflict(
          "container " + id + " is restarting, wait until the container is running");
    }
    boolean tty = current.config().tty();
    Streams streams =
        new Streams(
            new Streams.Wiring(
                tty,
                options.stdin() && current.config().openStdin(),
                options.stdout(),
                options.stderr(),
                options.detachKeys()),
            tellingSelf("detach", Map.of()));
    if (state.phase() instanceof Phase.Running || state.phase() instanceof Phase.Paused) {
      streams.connect(
          listener -> host.engine().runtime().attach(current, streams.takesInput(), listener));
    } else if (again) {
      streams.end(); // it has ended meanwhile
    } else {
      attachedBeforeStart.add(streams);
    }
    attached.add(streams);
    if (!again) {
      event("attach", Map.of());
    }
    return new Session(tty, streams.flow());
  }

  /** For other threads: what the container is only its actor may look at. */
  private Runnable tellingSelf(String action, Map<String, String> attributes) {
    ActorRef<Command> self = getContext().getSelf();
    return () -> self.tell(new Told(action, attributes));
  }

  private ContainerRecord alive() {
    ContainerRecord current = known();
    if (!current.state().status().alive()) {
      throw EngineException.conflict("container " + id + " is not running");
    }
    return current;
  }

  private Top top(String psArguments) {
    ProcessTable table = host.engine().runtime().top(alive(), psArguments);
    event("top", Map.of());
    return new Top(table.titles(), table.processes());
  }

  private String createExec(ExecRequest request) {
    ContainerRecord current = alive();
    if (state.phase() instanceof Phase.Paused) {
      throw EngineException.conflict(
          "container " + id + " is paused, unpause the container before exec");
    }
    List<String> cmd = request.cmd();
    if (cmd == null || cmd.isEmpty()) {
      throw EngineException.invalid("No exec command specified");
    }
    host.engine().runtime().checkUser(current, request.user());
    // Its beginning tells any host of a fleet which container it belongs to.
    String execId =
        id.substring(0, 24) + ContainerNames.newId(new SplittableRandom()).substring(24);
    host.execs()
        .put(
            new Execs.Entry(
                new ExecInfo(execId, id, request, false, null, 0), getContext().getSelf(), null));
    event("exec_create: " + String.join(" ", cmd), Map.of("execID", execId));
    getContext().getLog().debug("exec {} in {}", execId, current.name());
    return execId;
  }

  private Session startExec(String execId, boolean tty, @Nullable List<Integer> consoleSize) {
    ExecRequest request = host.execs().find(execId).info().request();
    Streams streams =
        new Streams(
            new Streams.Wiring(
                request.tty(),
                request.attachStdin(),
                request.attachStdout(),
                request.attachStderr() || request.tty(),
                request.detachKeys()),
            tellingSelf("exec_detach", Map.of("execID", execId)));
    try {
      runExec(execId, tty, consoleSize, streams);
    } catch (EngineException e) {
      // As in moby the connection is handed over before the start: the client reads why it failed.
      ByteString reason = ByteString.fromString(e.text() + "\r\n");
      return new Session(
          request.tty(),
          Flow.fromSinkAndSource(
              Sink.ignore(),
              Source.<Said>single(
                  new Said.Bytes(
                      request.tty() ? reason : Frames.frame(Attachment.STDOUT, reason)))));
    }
    return new Session(request.tty(), streams.flow());
  }

  private void runExec(
      String execId, boolean tty, @Nullable List<Integer> consoleSize, @Nullable Streams streams) {
    Execs.Entry entry = host.execs().find(execId);
    ExecInfo info = entry.info();
    if (info.exitCode() != null) {
      throw EngineException.conflict("exec command " + execId + " has already run");
    }
    if (info.running()) {
      throw EngineException.conflict("exec command " + execId + " is already running");
    }
    ContainerRecord current = alive();
    if (state.phase() instanceof Phase.Paused) {
      throw EngineException.conflict(
          "container " + id + " is paused, unpause the container before exec");
    }
    ExecRequest request = info.request();
    List<String> cmd = request.cmd() == null ? List.of() : request.cmd();
    ExecSpec spec =
        new ExecSpec(
            cmd,
            request.env() == null ? List.of() : request.env(),
            request.user(),
            request.workingDir(),
            request.tty() || tty,
            streams != null && request.attachStdin(),
            request.privileged(),
            consoleSize == null ? request.consoleSize() : consoleSize);
    event("exec_start: " + String.join(" ", cmd), Map.of("execID", execId));
    CompletableFuture<Done> recorded = new CompletableFuture<>();
    if (streams != null) {
      streams.endAfter(recorded);
    }
    ExecSession session;
    try {
      session = host.engine().runtime().exec(current, execId, spec, streams);
    } catch (EngineException e) {
      recorded.complete(Done.getInstance());
      int exitCode = e instanceof StartFailedException failed ? failed.exitCode() : CANNOT_INVOKE;
      host.execs()
          .put(
              new Execs.Entry(
                  new ExecInfo(execId, id, request, false, exitCode, 0), entry.owner(), null));
      throw e;
    }
    host.execs()
        .put(
            new Execs.Entry(
                new ExecInfo(execId, id, request, true, null, session.pid()),
                entry.owner(),
                session));
    ActorRef<Command> self = getContext().getSelf();
    session
        .exitCode()
        .whenComplete(
            (ended, failure) -> {
              int code = ended == null ? LOST : ended;
              host.execs().end(new ExecInfo(execId, id, request, false, code, session.pid()));
              self.tell(new ExecEnded(execId, code));
              recorded.complete(Done.getInstance());
            });
    if (streams != null) {
      var attachment = session.attachment();
      if (attachment != null) {
        streams.connect(listener -> attachment);
      }
    }
  }

  private void execEnded(ExecEnded ended) {
    if (record != null) {
      event(
          "exec_die",
          Map.of("execID", ended.execId(), "exitCode", String.valueOf(ended.exitCode())));
      timers.startSingleTimer(new ForgetExec(ended.execId()), EXEC_MEMORY);
    }
  }

  private void resizeExec(String execId, int rows, int columns) {
    ExecSession session = host.execs().find(execId).session();
    if (session == null) {
      throw EngineException.conflict("exec command " + execId + " is not running");
    }
    session.resize(rows, columns);
  }

  // ---- small things

  private void reply(ActorRef<Outcome<Done>> replyTo, Runnable work) {
    replyTo.tell(
        Outcome.of(
            () -> {
              work.run();
              return Done.getInstance();
            }));
  }

  /** Runs what answers by itself, unless it throws before it could. */
  private void refusing(ActorRef<Outcome<Done>> replyTo, Runnable work) {
    try {
      work.run();
    } catch (EngineException e) {
      replyTo.tell(Outcome.refused(e));
    }
  }

  private static void settle(List<ActorRef<Outcome<Done>>> waiting, Outcome<Done> outcome) {
    waiting.forEach(replyTo -> replyTo.tell(outcome));
    waiting.clear();
  }

  private void event(String action, Map<String, String> more) {
    events.tell(known(), action, more);
  }
}
