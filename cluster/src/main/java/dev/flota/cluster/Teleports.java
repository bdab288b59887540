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
import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Decision;
import dev.flota.cluster.placement.Wish;
import dev.flota.cluster.teleport.Arrivals;
import dev.flota.cluster.teleport.Departure;
import dev.flota.cluster.teleport.Destination;
import dev.flota.cluster.teleport.Examination;
import dev.flota.cluster.teleport.Instructions;
import dev.flota.cluster.teleport.Offer;
import dev.flota.cluster.teleport.Step;
import dev.flota.cluster.teleport.Suitability;
import dev.flota.cluster.teleport.TeleportWish;
import dev.flota.cluster.teleport.Way;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.Guest;
import dev.flota.engine.container.Relocation;
import dev.flota.engine.spec.ContainerRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
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
                member.pages(),
                (hostId, lost) -> directory.onLoss(hostId, () -> transfers.execute(lost)));
  }

  /** Moves a container of this host's to another one. */
  public Source<Step, NotUsed> teleport(String reference, TeleportWish wish) {
    return Source.<Step>queue(PROGRESS_BUFFER, OverflowStrategy.dropHead())
        .mapMaterializedValue(
            queue -> {
              transfers.execute(() -> teleport(reference, wish, queue));
              return NotUsed.getInstance();
            });
  }

  private void teleport(String reference, TeleportWish wish, SourceQueueWithComplete<Step> queue) {
    try {
      FleetMember fleet = requireMember();
      ContainerRecord found = host.index().find(reference);
      if (!fleet.moves().begin(found.id())) {
        throw EngineException.conflict(
            "container %s is being moved already".formatted(found.name()));
      }
      try {
        Relocation relocation = host.engine().relocation();
        HostStatus to = destination(fleet, found, wish.to());
        Destination destination = fleet.destinations().apply(to);
        Departure departure =
            new Departure(
                relocation,
                fleet.custodian(),
                destination,
                fleet.pages(),
                means(fleet, to),
                wish,
                queue::offer);
        departure.await(relocation.fetched(found)::isDone); // of a move that brought it here
        ContainerRecord record = host.index().find(found.id());
        Offer offer = offer(record, means(fleet, to), wish);
        Relocation.requireNone(obstacles(fleet, offer, to, destination, wish), record);
        notes(fleet, offer, to, wish).forEach(note -> queue.offer(new Step.Noted(note)));
        queue.offer(move(offer, departure, wish));
      } finally {
        fleet.moves().end(found.id());
      }
      queue.complete();
    } catch (RuntimeException e) {
      queue.fail(cause(e));
    }
  }

  private static Throwable cause(RuntimeException e) {
    return e instanceof CompletionException && e.getCause() != null ? e.getCause() : e;
  }

  private Offer offer(ContainerRecord record, Way.Means means, TeleportWish wish) {
    Relocation relocation = host.engine().relocation();
    long memory = relocation.memory(record);
    Way way = Way.of(wish.mode(), Way.Situation.of(record, memory, means), Way.USUAL_RATE);
    return new Offer(
        record,
        Instructions.ofThisHost(),
        memory,
        way == Way.POSTCOPY ? 0 : memory,
        relocation.fileBytes(record),
        relocation.outwards(record));
  }

  /** All that stands against it, by both hosts. */
  private List<String> obstacles(
      FleetMember fleet, Offer offer, HostStatus to, Destination destination, TeleportWish wish) {
    ContainerRecord record = offer.record();
    List<String> obstacles = new ArrayList<>(host.engine().relocation().ties(record));
    directory
        .host(fleet.identity().hostId())
        .map(here -> Suitability.of(here, to, record.state().status().alive(), offer.memory()))
        .ifPresent(obstacles::addAll);
    if (wish.execs() == TeleportWish.Execs.REFUSE) {
      obstacles.addAll(execs(record));
    }
    Way.Means means = means(fleet, to);
    if (wish.mode() == TeleportWish.Mode.POSTCOPY && !means.lazily()) {
      obstacles.add("post-copy needs userfaultfd on both hosts: give mode stop");
    }
    if (wish.mode() == TeleportWish.Mode.PRECOPY && !means.noting()) {
      obstacles.add(
          "pre-copy needs a kernel here that notes which memory changes (CONFIG_MEM_SOFT_DIRTY):"
              + " give mode stop or postcopy");
    }
    destination.obstacles(offer).stream()
        .map(its -> to.name() + ": " + its)
        .forEach(obstacles::add);
    return obstacles;
  }

  private Way.Means means(FleetMember fleet, HostStatus to) {
    return directory
        .host(fleet.identity().hostId())
        .map(here -> Way.Means.of(here, to))
        .orElseGet(() -> new Way.Means(false, false));
  }

  private List<String> execs(ContainerRecord record) {
    List<Guest> guests = host.engine().relocation().guests(record);
    return guests.isEmpty()
        ? List.of()
        : List.of(
            "it %s: --wait-execs waits for their end, --kill-execs ends them"
                .formatted(Guest.obstacle(guests)));
  }

  /** Whether a container of this host's could be moved, and what stands against it. */
  public CompletionStage<Examination> examine(String reference, TeleportWish wish) {
    return CompletableFuture.supplyAsync(
        () -> {
          FleetMember fleet = requireMember();
          ContainerRecord record = host.index().find(reference);
          HostStatus to;
          try {
            to = destination(fleet, record, wish.to());
          } catch (EngineException e) {
            return new Examination("", "", List.of(e.text()), List.of());
          }
          Offer offer = offer(record, means(fleet, to), wish);
          return new Examination(
              to.name(),
              Way.of(
                      wish.mode(),
                      Way.Situation.of(record, offer.memory(), means(fleet, to)),
                      Way.USUAL_RATE)
                  .text(),
              obstacles(fleet, offer, to, fleet.destinations().apply(to), wish),
              notes(fleet, offer, to, wish));
        },
        transfers);
  }

  private List<String> notes(FleetMember fleet, Offer offer, HostStatus to, TeleportWish wish) {
    ContainerRecord record = offer.record();
    List<String> notes = new ArrayList<>();
    if (!wish.to().isEmpty()
        && fleet.placement().place(view(fleet, to.hostId()::equals), wish(record))
            instanceof Decision.NoHostFits none) {
      none.rejections().stream()
          .filter(rejection -> rejection.hostId().equals(to.hostId()))
          .map(rejection -> "placement would not choose it: it " + rejection.reason())
          .forEach(notes::add);
    }
    directory
        .host(fleet.identity().hostId())
        .flatMap(here -> Suitability.note(here, to, record.state().status().alive()))
        .ifPresent(notes::add);
    if (record.state().status().alive() && !host.engine().relocation().knowsOutwards()) {
      notes.add(
          "connections by which it leaves the fleet are not known here, and end: the kernel lacks"
              + " nf_conntrack_netlink");
    }
    if (offer.outwards() > 0) {
      notes.add(
          "%d of its connections leave the fleet by a host where it is or was: they go on by that host, and end with it"
              .formatted(offer.outwards()));
    }
    if (wish.execs() != TeleportWish.Execs.REFUSE && !execs(record).isEmpty()) {
      notes.add("processes of docker exec run in it");
    }
    return notes;
  }

  private Step.Done move(Offer offer, Departure departure, TeleportWish wish) {
    ContainerRecord record = offer.record();
    ActorRef<ContainerActor.Command> container = container(record.id());
    AtomicBoolean takenOver = new AtomicBoolean();
    Departure.Fate fate;
    container.tell(new ContainerActor.MoveBegins(departure));
    try {
      departure.prepare(offer);
      if (wish.execs() == TeleportWish.Execs.WAIT) {
        Relocation relocation = host.engine().relocation();
        departure.await(() -> relocation.guests(record).isEmpty());
      }
      fate = ask(container, departure, wish, takenOver);
    } catch (RuntimeException e) {
      if (!takenOver.get()) {
        departure.giveUp(record);
        container.tell(
            new ContainerActor.MoveFails(departure, String.valueOf(cause(e).getMessage())));
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
      ActorRef<ContainerActor.Command> container,
      Departure departure,
      TeleportWish wish,
      AtomicBoolean takenOver) {
    return Ask.<ContainerActor.Command, Outcome<Departure.Fate>>of(
            system,
            container,
            replyTo ->
                new ContainerActor.Relocate(
                    departure,
                    wish.execs() == TeleportWish.Execs.KILL,
                    () -> takenOver.set(true),
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
    ClusterView view = view(fleet, host -> !host.equals(fleet.identity().hostId()));
    return switch (fleet.placement().place(view, wish(record))) {
      case Decision.Placed placed -> directory.host(placed.hostId()).orElseThrow();
      case Decision.NoHostFits none -> throw EngineException.conflict(none.text());
    };
  }

  /** Its volumes come along. */
  private static Wish wish(ContainerRecord record) {
    return Wish.of(record).withoutVolumes();
  }

  private ClusterView view(FleetMember fleet, Predicate<String> hosts) {
    return PlacementView.now(host, fleet, hosts);
  }

  private FleetMember requireMember() {
    FleetMember fleet = member;
    if (fleet == null) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE, "this host belongs to no fleet: there is no host to move to");
    }
    return fleet;
  }

  /** Gets the image of a container of another host's. */
  public CompletionStage<Done> supplyArrival(String from, Offer offer) {
    ContainerRecord record = offer.record();
    MissingImages missing = missingImages;
    return missing == null
        ? CompletableFuture.failedStage(unknownHere(record.id()))
        : missing
            .ensure(record.image(), record.imageId(), List.of(from))
            .thenApply(image -> Done.getInstance());
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
