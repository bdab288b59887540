package dev.flota.cluster.host;

import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.actor.typed.javadsl.TimerScheduler;
import akka.stream.Materializer;
import dev.flota.cluster.directory.DirectoryActor;
import dev.flota.cluster.directory.HostGoods;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.event.Event;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Measures this host every few seconds and looks through its goods when they change. */
public final class StatusActor extends AbstractBehavior<StatusActor.Command> {
  private static final Duration EVERY = Duration.ofSeconds(3);
  private static final Set<String> GOODS = Set.of("image", "volume");
  private static final Path KERNEL = Path.of("/proc/sys/kernel/osrelease");

  /** What it can be told. */
  public sealed interface Command {}

  private record Measure() implements Command {}

  private record LookThrough() implements Command {}

  private record Probed(List<String> features) implements Command {}

  private final LocalHost host;
  private final FleetMember member;
  private final Supplier<Map<String, String>> labels;
  private final ActorRef<DirectoryActor.Command> directory;
  private final Usage usage = new Usage();
  private final String kernel;
  private List<String> features = List.of();
  private HostGoods goods = HostGoods.NONE;

  private StatusActor(
      ActorContext<Command> context,
      TimerScheduler<Command> timers,
      LocalHost host,
      FleetMember member,
      ActorRef<DirectoryActor.Command> directory) {
    super(context);
    this.host = host;
    this.member = member;
    this.labels = () -> member.fellows().labels(member.identity().hostId());
    this.directory = directory;
    kernel = kernel();
    ActorRef<Command> self = context.getSelf();
    host.events().stream(null, null)
        .filter((Event event) -> GOODS.contains(event.type()))
        .runForeach(
            event -> self.tell(new LookThrough()), Materializer.createMaterializer(context));
    self.tell(new LookThrough());
    // These take seconds, the first status must not.
    context.pipeToSelf(
        CompletableFuture.supplyAsync(HostFeatures.ofThisHost()::probe, blocking(context)),
        (found, failure) -> probed(context, found, failure));
    timers.startTimerWithFixedDelay(new Measure(), Duration.ZERO, EVERY);
  }

  private static Executor blocking(ActorContext<Command> context) {
    return context
        .getSystem()
        .dispatchers()
        .lookup(DispatcherSelector.fromConfig("flota.blocking-dispatcher"));
  }

  private static Command probed(
      ActorContext<Command> context, @Nullable List<String> found, @Nullable Throwable failure) {
    if (failure != null) {
      context.getSystem().log().warn("the features of this host cannot be told", failure);
    }
    return new Probed(found == null ? List.of() : found);
  }

  private static String kernel() {
    try {
      return Files.readString(KERNEL).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Tells the directory what this host is and has. */
  public static Behavior<Command> create(
      LocalHost host, FleetMember member, ActorRef<DirectoryActor.Command> directory) {
    return Behaviors.setup(
        context ->
            Behaviors.withTimers(
                timers -> new StatusActor(context, timers, host, member, directory)));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Command.class, this::onCommand).build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Measure _ -> measure();
      case LookThrough _ -> lookThrough();
      case Probed(List<String> found) -> {
        features = found;
        measure();
      }
    }
    return this;
  }

  private void measure() {
    directory.tell(
        new DirectoryActor.Status(
            new HostStatus(
                member.identity().hostId(),
                member.identity().name(),
                member.identity().address(),
                member.identity().ports().peer(),
                member.identity().ports().actors(),
                member.version(),
                kernel,
                features,
                labels.get(),
                usage.measure())));
  }

  private void lookThrough() {
    try {
      HostGoods now = new HostGoods(host.images().list(), host.volumes().list());
      if (!now.equals(goods)) {
        goods = now;
        directory.tell(new DirectoryActor.Goods(now));
      }
    } catch (EngineException e) {
      getContext().getLog().warn("images and volumes of this host cannot be listed", e);
    }
  }
}
