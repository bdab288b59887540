package dev.flota.cluster.host;

import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorRefResolver;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.PostStop;
import akka.actor.typed.Scheduler;
import akka.actor.typed.SupervisorStrategy;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.AskPattern;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import dev.flota.cluster.Outcome;
import dev.flota.cluster.container.ContainerActor;
import dev.flota.cluster.container.CreateRequest;
import dev.flota.cluster.container.Created;
import dev.flota.cluster.custody.Custodian;
import dev.flota.cluster.custody.Duty;
import dev.flota.cluster.custody.Rescheduling;
import dev.flota.cluster.directory.DirectoryActor;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.directory.Placed;
import dev.flota.cluster.event.EventActor;
import dev.flota.cluster.image.ImageActor;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.cluster.membership.FleetMessage;
import dev.flota.cluster.membership.MembershipActor;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.ContainerEngine;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.container.ContainerNames;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.Reference;
import dev.flota.engine.runtime.ExitNotice;
import dev.flota.engine.spec.ContainerRecord;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One host: parent of the actors of its containers and images. It gives names and ids, brings each
 * message to the container it is for, and never waits.
 */
public final class HostActor extends AbstractBehavior<HostActor.Command> {
  /** What a host can be told. */
  public sealed interface Command {}

  /** Makes a container. */
  public record CreateContainer(CreateRequest request, ActorRef<Outcome<Created>> replyTo)
      implements Command {}

  /**
   * Makes a container that was placed here, maybe by another host, with an image that may have to
   * be fetched first.
   */
  public record MakePlaced(
      String imageId, List<String> holders, CreateRequest request, ActorRef<CreateReply> replyTo)
      implements Command, FleetMessage {}

  /**
   * Takes over what another host has lost, and starts it.
   *
   * @param epoch at which that host owned it
   * @param renewal of that host's lease, its last
   */
  public record TakeOver(
      String containerId, long epoch, long renewal, ActorRef<CreateReply> replyTo)
      implements Command, FleetMessage {}

  /** Does what this host owes to the ledger. */
  record CarryOut(Duty duty) implements Command {}

  /**
   * A container has come from another host and runs here.
   *
   * @param record written already
   */
  public record Arrived(ContainerRecord record) implements Command {}

  /** Asks for the actor of a container, by id, name or beginning of an id. */
  public record FindContainer(
      String reference, ActorRef<Outcome<ActorRef<ContainerActor.Command>>> replyTo)
      implements Command {}

  /** Asks for the actor of an image name; there is one for any name, known or not. */
  public record FindImage(Reference reference, ActorRef<ActorRef<ImageActor.Command>> replyTo)
      implements Command {}

  /** A host has left the fleet for good. */
  public record ForgetHost(String hostId) implements Command {}

  private record TakeUp(
      ContainerEntry entry,
      UnaryOperator<ContainerRecord> claim,
      String from,
      ActorRef<Outcome<Created>> replyTo)
      implements Command {}

  private record ProcessEnded(ExitNotice notice) implements Command {}

  private record Forget(String containerId) implements Command {}

  private record ImageGone(String key) implements Command {}

  private static final Duration MADE_WITHIN = Duration.ofMinutes(5);

  private final LocalHost host;
  private final SecureRandom random = new SecureRandom();
  private final Map<String, ActorRef<ContainerActor.Command>> containers = new HashMap<>();
  private final Map<String, ActorRef<ImageActor.Command>> images = new HashMap<>();
  private final ContainerActor.Surroundings surroundings;
  private final AutoCloseable exits;
  private @Nullable ActorRef<DirectoryActor.Command> directory;
  private @Nullable MissingImages missingImages;
  private @Nullable Custodian custodian;
  private volatile String ownId = "";

  private HostActor(ActorContext<Command> context, LocalHost host, @Nullable FleetMember member) {
    super(context);
    this.host = host;
    surroundings =
        new ContainerActor.Surroundings(
            host.engine(),
            host.index(),
            host.events(),
            host.execs(),
            context.messageAdapter(String.class, Forget::new));
    for (ContainerRecord record : host.index().all()) {
      spawn(record.id());
    }
    ActorRef<Command> self = context.getSelf();
    exits =
        host.engine().runtime().exits().subscribe(notice -> self.tell(new ProcessEnded(notice)));
    if (member != null) {
      join(member);
    }
  }

  private void join(FleetMember member) {
    ActorContext<Command> context = getContext();
    ActorRef<DirectoryActor.Command> here =
        context.spawn(DirectoryActor.create(member.directory(), host.index()), "directory");
    directory = here;
    ownId = member.identity().hostId();
    custodian = member.custodian();
    member
        .custodian()
        .heed(
            () ->
                new Duty.Moves(
                    host.engine().relocation().frozen(),
                    host.engine().relocation().arriving(),
                    member.moves().worked()));
    missingImages =
        new MissingImages(
            host,
            member.directory(),
            member.images(),
            context
                .getSystem()
                .dispatchers()
                .lookup(DispatcherSelector.fromConfig("flota.transfer-dispatcher")));
    context.spawn(
        MembershipActor.create(member.identity(), member.fellows(), member.directory()::seen),
        "membership");
    context.spawn(
        EventActor.create(member.identity().hostId(), member.run(), host.events()), "events");
    context.spawn(
        CustodyActor.create(host, member, context.getSelf()),
        "custody",
        DispatcherSelector.fromConfig("flota.blocking-dispatcher"));
    context.spawn(
        StatusActor.create(host, member, here),
        "status",
        DispatcherSelector.fromConfig("flota.blocking-dispatcher"));
  }

  /** The actor of another host of the fleet. */
  public static ActorRef<Command> on(HostStatus host, ActorSystem<?> system) {
    return ActorRefResolver.get(system)
        .resolveActorRef(
            "akka://%s@%s:%d/user".formatted(system.name(), host.address(), host.actorPort()));
  }

  /** The actor of a host that stands alone. */
  public static Behavior<Command> create(LocalHost host) {
    return create(host, null);
  }

  /** The actor of a host, with its part in a fleet. */
  public static Behavior<Command> create(LocalHost host, @Nullable FleetMember member) {
    return Behaviors.supervise(
            Behaviors.<Command>setup(context -> new HostActor(context, host, member)))
        .onFailure(RuntimeException.class, SupervisorStrategy.resume());
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder()
        .onMessage(Command.class, this::onCommand)
        .onSignal(PostStop.class, signal -> onStop())
        .build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case CreateContainer create -> create(create);
      case MakePlaced make -> make(make);
      case FindContainer find -> find.replyTo().tell(Outcome.of(() -> find(find.reference())));
      case FindImage find -> find.replyTo().tell(image(find.reference()));
      case ProcessEnded ended -> {
        ActorRef<ContainerActor.Command> container = containers.get(ended.notice().id());
        if (container != null) {
          container.tell(new ContainerActor.ProcessEnded(ended.notice()));
        }
      }
      case ForgetHost(String hostId) -> {
        if (directory != null) {
          directory.tell(new DirectoryActor.ForgetHost(hostId));
        }
      }
      case TakeOver take -> takeOver(take);
      case TakeUp take -> takeUp(take);
      case CarryOut(Duty duty) -> carryOut(duty);
      case Arrived(ContainerRecord record) -> arrived(record);
      case Forget forget -> containers.remove(forget.containerId());
      case ImageGone gone -> images.remove(gone.key());
    }
    return this;
  }

  private Behavior<Command> onStop() {
    try {
      exits.close();
    } catch (Exception e) {
      getContext().getLog().warn("the exit watcher did not let go", e);
    }
    return this;
  }

  private void make(MakePlaced make) {
    String reference = make.request().config().image();
    if (missingImages == null || reference == null) {
      make.replyTo()
          .tell(new CreateReply.Refused(ErrorKind.UNAVAILABLE, "this host belongs to no fleet"));
      return;
    }
    ActorRef<Command> self = getContext().getSelf();
    Scheduler scheduler = getContext().getSystem().scheduler();
    var _ =
        missingImages
            .ensure(reference, make.imageId(), make.holders())
            .thenCompose(
                image ->
                    AskPattern.<Command, Outcome<Created>>ask(
                        self,
                        replyTo -> new CreateContainer(make.request(), replyTo),
                        MADE_WITHIN,
                        scheduler))
            .exceptionally(HostActor::refused)
            .thenAccept(outcome -> make.replyTo().tell(CreateReply.of(outcome, this::placed)));
  }

  // ---- what the fleet wants of this host

  private void takeOver(TakeOver take) {
    Custodian claims = custodian;
    ContainerEntry entry =
        claims == null ? null : claims.state().containers().byId(take.containerId()).orElse(null);
    if (claims == null || entry == null || entry.epoch() != take.epoch()) {
      take.replyTo()
          .tell(
              new CreateReply.Refused(
                  ErrorKind.CONFLICT,
                  "container %s is not known here at epoch %d"
                      .formatted(take.containerId(), take.epoch())));
      return;
    }
    takeUp(
        entry,
        foreign -> claims.takeOver(entry, take.renewal()),
        claims.nameOf(entry.ownerHostId()),
        take.replyTo());
  }

  /** With its image here, in an actor of its own; unless it has one already. */
  private void takeUp(
      ContainerEntry entry,
      UnaryOperator<ContainerRecord> claim,
      String from,
      ActorRef<CreateReply> replyTo) {
    ContainerRecord record = entry.record();
    if (containers.containsKey(entry.id()) || missingImages == null) {
      replyTo.tell(new CreateReply.Refused(ErrorKind.CONFLICT, "it is being taken up already"));
      return;
    }
    ActorRef<Command> self = getContext().getSelf();
    Scheduler scheduler = getContext().getSystem().scheduler();
    var _ =
        missingImages
            .ensure(record.image(), record.imageId(), List.of())
            .thenCompose(
                image ->
                    AskPattern.<Command, Outcome<Created>>ask(
                        self,
                        asker -> new TakeUp(entry, claim, from, asker),
                        MADE_WITHIN,
                        scheduler))
            .exceptionally(HostActor::refused)
            .thenAccept(outcome -> replyTo.tell(CreateReply.of(outcome, this::placed)));
  }

  private void takeUp(TakeUp take) {
    String id = take.entry().id();
    if (containers.containsKey(id)) {
      take.replyTo()
          .tell(new Outcome.Refused<>(ErrorKind.CONFLICT, "it is being taken up already"));
      return;
    }
    try {
      host.index().reserveName(take.entry().name(), id);
      spawn(id)
          .tell(
              new ContainerActor.TakeUp(
                  take.entry().record(), take.claim(), take.from(), take.replyTo()));
    } catch (EngineException e) {
      take.replyTo().tell(Outcome.refused(e));
    }
  }

  private static Outcome<Created> refused(Throwable failure) {
    return Outcome.refused(
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure);
  }

  private void carryOut(Duty duty) {
    Custodian claims = custodian;
    if (claims == null) {
      return;
    }
    if (duty instanceof Duty.Restore(ContainerEntry entry)) {
      restore(entry, claims);
      return;
    }
    ActorRef<ContainerActor.Command> container = containers.get(duty.containerId());
    if (container == null) {
      if (duty instanceof Duty.Conclude(ContainerEntry entry)) {
        claims.handBack(entry);
      }
      return; // gone since
    }
    container.tell(
        switch (duty) {
          case Duty.Enter _ -> new ContainerActor.Enter(claims::enterAnew);
          case Duty.Abandon _ -> new ContainerActor.Abandon();
          case Duty.Promise(String id, long epoch) ->
              new ContainerActor.Promise(epoch, claims::promise);
          case Duty.Withdraw _ -> new ContainerActor.Withdraw(claims::withdraw);
          case Duty.Note _ -> new ContainerActor.Note();
          case Duty.Rename(String id, String name) -> new ContainerActor.Renamed(name);
          case Duty.Revive(String id) -> new ContainerActor.Revive(() -> claims.clear(id));
          case Duty.Conclude(ContainerEntry entry) ->
              new ContainerActor.Conclude(
                  () -> claims.settle(entry.id(), entry.epoch()),
                  () -> claims.giveBack(entry.id(), entry.epoch()));
          case Duty.Open _ -> new ContainerActor.Open();
          case Duty.Resume(ContainerEntry entry) ->
              new ContainerActor.Resume(() -> claims.recall(entry.id()));
          case Duty.Finish _ -> new ContainerActor.Finish();
          case Duty.Restore _ -> throw new IllegalStateException("has no actor");
        });
  }

  /**
   * A container of which a crash left nothing here but that it is this host's. One that this host
   * was about to take over is made anew; of one that was only being made nobody has heard.
   */
  private void restore(ContainerEntry entry, Custodian claims) {
    if (containers.containsKey(entry.id())) {
      return;
    }
    if (entry.isPromised() && Rescheduling.due(entry.record())) {
      takeUp(entry, own -> own, host.settings().hostName(), getContext().getSystem().ignoreRef());
    } else {
      claims.drop(entry);
    }
  }

  private void arrived(ContainerRecord record) {
    host.index().reserveName(record.name(), record.id());
    host.index().put(record);
    String id = record.id();
    spawn(
        id,
        record.state().status().alive()
            ? ContainerActor.create(surroundings, id)
            : ContainerActor.resting(surroundings, id));
  }

  private Placed placed(String id) {
    return new Placed(ownId, host.index().find(id));
  }

  private void create(CreateContainer create) {
    CreateRequest request = create.request();
    ContainerIndex index = host.index();
    String id = ContainerNames.newId(random);
    try {
      Platform platform = platform(request);
      String asked = request.name();
      String name =
          asked == null || asked.isEmpty()
              ? ContainerNames.generate(random, this::isFree)
              : ContainerNames.check(asked);
      index.reserveName(name, id);
      spawn(id)
          .tell(
              new ContainerActor.Make(
                  new ContainerEngine.Wish(
                      id,
                      name,
                      platform,
                      request.config(),
                      request.hostConfig(),
                      request.networkingConfig()),
                  create.replyTo()));
    } catch (EngineException e) {
      create.replyTo().tell(Outcome.refused(e));
    }
  }

  /** As far as this host knows; the ledger has the last word. */
  private boolean isFree(String name) {
    Custodian claims = custodian;
    return host.index().isFree(name) && (claims == null || !claims.isEntered(name));
  }

  private static @Nullable Platform platform(CreateRequest request) {
    String text = request.platform();
    return text == null || text.isEmpty() ? null : Platform.parse(text);
  }

  private ActorRef<ContainerActor.Command> find(String reference) {
    String id = host.index().find(reference).id();
    ActorRef<ContainerActor.Command> container = containers.get(id);
    if (container == null) {
      throw EngineException.notFound("No such container: " + reference);
    }
    return container;
  }

  private ActorRef<ContainerActor.Command> spawn(String id) {
    return spawn(id, ContainerActor.create(surroundings, id));
  }

  private ActorRef<ContainerActor.Command> spawn(
      String id, Behavior<ContainerActor.Command> behavior) {
    String name = "container-" + id;
    // The actor of one that left lingers for those who had found it before; it may come back.
    while (getContext().getChild(name).isPresent()) {
      name += "+";
    }
    ActorRef<ContainerActor.Command> container =
        getContext()
            .spawn(behavior, name, DispatcherSelector.fromConfig("flota.container-dispatcher"));
    containers.put(id, container);
    return container;
  }

  private ActorRef<ImageActor.Command> image(Reference reference) {
    String key = HexFormat.of().formatHex(reference.toString().getBytes(StandardCharsets.UTF_8));
    ActorRef<ImageActor.Command> known = images.get(key);
    if (known != null) {
      return known;
    }
    ActorRef<ImageActor.Command> image =
        getContext()
            .spawn(
                ImageActor.create(
                    new ImageActor.Surroundings(host.images(), host.index(), host.events()),
                    reference),
                "image-" + key);
    images.put(key, image);
    getContext().watchWith(image, new ImageGone(key));
    return image;
  }
}
