package dev.flota.cluster;

import akka.Done;
import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.SourceQueueWithComplete;
import dev.flota.cluster.container.ContainerActor;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.host.FleetMember;
import dev.flota.cluster.host.HostActor;
import dev.flota.cluster.host.LocalHost;
import dev.flota.cluster.host.MissingImages;
import dev.flota.cluster.host.PlacementView;
import dev.flota.cluster.membership.HostState;
import dev.flota.cluster.placement.Decision;
import dev.flota.cluster.placement.Wish;
import dev.flota.cluster.teleport.Arrivals;
import dev.flota.cluster.teleport.Departure;
import dev.flota.cluster.teleport.Destination;
import dev.flota.cluster.teleport.Step;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.Portability;
import dev.flota.engine.spec.ContainerRecord;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Moves of running containers, away from this host and to it. */
public final class Teleports {
  private static final int PROGRESS_BUFFER = 1 << 10;

  private final ActorSystem<HostActor.Command> system;
  private final LocalHost host;
  private final Directory directory;
  private final @Nullable FleetMember member;
  private final Executor transfers;
  private final @Nullable MissingImages missingImages;
  private final @Nullable Arrivals arrivals;

  Teleports(
      ActorSystem<HostActor.Command> system,
      LocalHost host,
      Directory directory,
      @Nullable FleetMember member,
      Executor transfers) {
    this.system = system;
    this.host = host;
    this.directory = directory;
    this.member = member;
    this.transfers = transfers;
    missingImages =
        member == null ? null : new MissingImages(host, directory, member.images(), transfers);
    arrivals =
        member == null
            ? null
            : new Arrivals(
                host.engine(),
                member.custodian(),
                member.moves(),
                (hostId, lost) -> directory.onLoss(hostId, () -> transfers.execute(lost)));
  }

  /**
   * Moves a container of this host's to another one while it runs.
   *
   * @param to name or id of a host; empty lets placement choose
   */
  public Source<Step, NotUsed> teleport(String reference, String to) {
    return Source.<Step>queue(PROGRESS_BUFFER, OverflowStrategy.dropHead())
        .mapMaterializedValue(
            queue -> {
              transfers.execute(() -> teleport(reference, to, queue));
              return NotUsed.getInstance();
            });
  }

  private void teleport(String reference, String to, SourceQueueWithComplete<Step> queue) {
    try {
      FleetMember fleet = requireMember();
      ContainerRecord record = host.index().find(reference);
      Destination destination = fleet.destinations().apply(destination(fleet, record, to));
      Portability.check(record);
      if (!fleet.moves().begin(record.id())) {
        throw EngineException.conflict(
            "container %s is being moved already".formatted(record.name()));
      }
      try {
        queue.offer(move(fleet, record, destination, queue::offer));
      } finally {
        fleet.moves().end(record.id());
      }
      queue.complete();
    } catch (RuntimeException e) {
      queue.fail(e instanceof CompletionException && e.getCause() != null ? e.getCause() : e);
    }
  }

  private Step.Done move(
      FleetMember fleet, ContainerRecord record, Destination destination, Consumer<Step> listener) {
    Departure departure =
        new Departure(host.engine().relocation(), fleet.custodian(), destination, listener);
    departure.prepare(record);
    ActorRef<ContainerActor.Command> container = container(record.id());
    AtomicBoolean begun = new AtomicBoolean();
    Departure.Fate fate;
    try {
      fate = ask(container, departure, begun);
    } catch (RuntimeException e) {
      if (!begun.get()) {
        departure.giveUp(record);
      }
      throw e;
    }
    if (fate == Departure.Fate.UNDECIDED) {
      throw departure.undecided(record);
    }
    return departure.done();
  }

  private ActorRef<ContainerActor.Command> container(String id) {
    return Ask.<HostActor.Command, Outcome<ActorRef<ContainerActor.Command>>>of(
            system, system, replyTo -> new HostActor.FindContainer(id, replyTo), Ask.PATIENCE)
        .toCompletableFuture()
        .join()
        .orThrow();
  }

  private Departure.Fate ask(
      ActorRef<ContainerActor.Command> container, Departure departure, AtomicBoolean begun) {
    return Ask.<ContainerActor.Command, Outcome<Departure.Fate>>of(
            system,
            container,
            replyTo ->
                new ContainerActor.Relocate(
                    departure.to(),
                    record -> {
                      begun.set(true);
                      return departure.move(record);
                    },
                    replyTo),
            Ask.FOREVER)
        .toCompletableFuture()
        .join()
        .orThrow();
  }

  private HostStatus destination(FleetMember fleet, ContainerRecord record, String to) {
    if (to.isEmpty()) {
      return chosen(fleet, record);
    }
    HostStatus there =
        directory.hosts().values().stream()
            .filter(known -> known.name().equals(to) || known.hostId().equals(to))
            .findFirst()
            .orElseThrow(() -> EngineException.notFound("no such host: " + to));
    if (there.hostId().equals(fleet.identity().hostId())) {
      throw EngineException.conflict(
          "container %s is on %s already".formatted(record.name(), there.name()));
    }
    if (directory.state(there.hostId()) != HostState.READY) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE, "host %s cannot be reached now".formatted(there.name()));
    }
    return there;
  }

  /** By placement, as if the container were new and its host took no more. */
  private HostStatus chosen(FleetMember fleet, ContainerRecord record) {
    Wish wish =
        Wish.of(
            record.id(),
            record.name(),
            record.config(),
            record.hostConfig(),
            record.imageId(),
            null);
    PlacementView view =
        new PlacementView(
            directory,
            fleet.fellows(),
            fleet.drained().or(fleet.identity().hostId()::equals),
            host.settings().runtimes().keySet());
    return switch (fleet.placement().place(view.now(), wish)) {
      case Decision.Placed placed -> directory.host(placed.hostId()).orElseThrow();
      case Decision.NoHostFits none -> throw EngineException.conflict(none.text());
    };
  }

  private FleetMember requireMember() {
    FleetMember fleet = member;
    if (fleet == null) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE, "this host belongs to no fleet: there is no host to move to");
    }
    return fleet;
  }

  /** Makes everything ready for a container of another host's. */
  public CompletionStage<Done> prepareArrival(String from, ContainerRecord record) {
    MissingImages missing = missingImages;
    Arrivals coming = arrivals;
    if (missing == null || coming == null) {
      return CompletableFuture.failedStage(unknownHere(record.id()));
    }
    return missing
        .ensure(record.image(), record.imageId())
        .thenApplyAsync(
            image -> {
              coming.prepare(from, record);
              return Done.getInstance();
            },
            transfers);
  }

  /** What is asked of those that are coming; blocks only the thread that it is given. */
  public <T> CompletionStage<T> arriving(Function<Arrivals, T> work) {
    Arrivals coming = arrivals;
    return coming == null
        ? CompletableFuture.failedStage(unknownHere("?"))
        : CompletableFuture.supplyAsync(() -> work.apply(coming), transfers);
  }

  /** Takes one in that runs here now. */
  public void arrived(ContainerRecord record) {
    system.tell(new HostActor.Arrived(record));
  }

  private static EngineException unknownHere(String id) {
    return new EngineException(
        ErrorKind.UNAVAILABLE, "this host belongs to no fleet that could send it " + id);
  }
}
