package dev.flota.cluster;

import akka.Done;
import akka.NotUsed;
import akka.actor.typed.ActorRef;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.DispatcherSelector;
import akka.stream.ActorAttributes;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.SourceQueueWithComplete;
import akka.stream.javadsl.StreamConverters;
import akka.util.ByteString;
import dev.flota.cluster.batch.RecentMoves;
import dev.flota.cluster.container.AttachOptions;
import dev.flota.cluster.container.ContainerActor;
import dev.flota.cluster.container.CreateRequest;
import dev.flota.cluster.container.Created;
import dev.flota.cluster.container.ExecInfo;
import dev.flota.cluster.container.ExecRequest;
import dev.flota.cluster.container.ExitStatus;
import dev.flota.cluster.container.Exits;
import dev.flota.cluster.container.Session;
import dev.flota.cluster.container.Top;
import dev.flota.cluster.container.WaitCondition;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.FleetImages;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.event.Event;
import dev.flota.cluster.event.NetworkEvents;
import dev.flota.cluster.event.VolumeEvents;
import dev.flota.cluster.follow.Place;
import dev.flota.cluster.follow.Said;
import dev.flota.cluster.host.CreateReply;
import dev.flota.cluster.host.FleetMember;
import dev.flota.cluster.host.HostActor;
import dev.flota.cluster.host.LocalHost;
import dev.flota.cluster.host.PlacementView;
import dev.flota.cluster.image.ImageActor;
import dev.flota.cluster.membership.HostState;
import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Decision;
import dev.flota.cluster.placement.Placement;
import dev.flota.cluster.placement.Wish;
import dev.flota.cluster.stream.BlockingSource;
import dev.flota.cluster.stream.LogStage;
import dev.flota.cluster.teleport.MoveMetrics;
import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.ContainerNames;
import dev.flota.engine.image.AuthResult;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.DiskUsage;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.ImageParcel;
import dev.flota.engine.image.Images;
import dev.flota.engine.image.LayerHistory;
import dev.flota.engine.image.LayerStream;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.RegistryAuth;
import dev.flota.engine.image.Removal;
import dev.flota.engine.log.LogPosition;
import dev.flota.engine.log.LogQuery;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.NetworkInfo;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.volume.VolumeInfo;
import dev.flota.engine.volume.Volumes;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The whole fleet as its API sees it: every call becomes a message to the actor concerned, every
 * refusal comes back as a stage failed by an {@link dev.flota.engine.EngineException} whose kind is
 * the HTTP status and whose text is Docker's.
 *
 * <p>Containers are named by {@code reference}: full id, unique prefix of an id, or name with or
 * without the leading slash.
 */
public final class Fleet {
  private static final Duration PATIENCE = Ask.PATIENCE;
  private static final Duration FOREVER = Ask.FOREVER;
  private static final int PROGRESS_BUFFER = 1 << 16;

  private final ActorSystem<HostActor.Command> system;
  private final LocalHost host;
  private final Directory directory;
  private final @Nullable FleetMember member;
  private final Executor blocking;
  private final Executor transfers;
  private final SecureRandom random = new SecureRandom();
  private final Teleports teleports;
  private final RecentMoves recentMoves = new RecentMoves();

  /** The calls answered by these actors on this host, and from the directory. */
  public Fleet(
      ActorSystem<HostActor.Command> system,
      LocalHost host,
      Directory directory,
      @Nullable FleetMember member) {
    this.system = system;
    this.host = host;
    this.directory = directory;
    this.member = member;
    this.blocking =
        system.dispatchers().lookup(DispatcherSelector.fromConfig("flota.blocking-dispatcher"));
    this.transfers =
        system.dispatchers().lookup(DispatcherSelector.fromConfig("flota.transfer-dispatcher"));
    teleports = new Teleports(system, host, directory, member, transfers);
    var _ = host.events().stream(null, null).runForeach(recentMoves::heard, system);
  }

  /**
   * A wait that is registered: an exit from now on will complete it.
   *
   * @param lastExit when the container had ended before
   */
  public record Waiting(
      CompletionStage<ExitStatus> exit, @Nullable Instant lastExit, Runnable giveUp) {
    /** The same stream; whoever listens to it waits no longer than it flows. */
    public <T> Source<T, NotUsed> during(Source<T, NotUsed> stream) {
      return stream.watchTermination(
          (used, done) -> {
            done.whenComplete((nothing, failure) -> giveUp.run());
            return used;
          });
    }
  }

  /**
   * {@code GET /containers/{id}/logs}.
   *
   * @param tail last lines, negative is all
   */
  public record LogOptions(
      boolean follow,
      boolean stdout,
      boolean stderr,
      @Nullable Instant since,
      @Nullable Instant until,
      boolean timestamps,
      int tail) {}

  /** Output for the client, framed unless {@code tty}. */
  public record Logs(boolean tty, Source<Said, NotUsed> output) {}

  /** Numbers for {@code /info}. */
  public record Counts(int containers, int running, int paused, int stopped, int images) {}

  /** Bytes for {@code /system/df}; container sizes are bytes of the writable layer, by id. */
  public record Usage(DiskUsage images, Map<String, Long> containers, Map<String, Long> volumes) {}

  // ---- containers

  /**
   * Creates a container on the host that placement chooses, pulling nothing: an image that no host
   * has is {@code No such image: x}.
   */
  public CompletionStage<Created> create(CreateRequest request) {
    FleetMember fleet = member;
    return fleet == null
        ? createHere(request)
        : createNamed(fleet, request).thenApply(Outcome::orThrow);
  }

  /** A host, and the hosts that have the image. */
  private record Chosen(HostStatus host, String imageId, List<String> holders) {}

  private Chosen place(FleetMember fleet, CreateRequest request) {
    FleetImages images = knownImages();
    Image image = imageFor(images, request);
    String platform = request.platform();
    Wish wish =
        Wish.of(
            "",
            Objects.requireNonNullElse(request.name(), ""),
            request.config(),
            request.hostConfig(),
            image.id(),
            platform == null || platform.isEmpty() ? null : Platform.parse(platform));
    if (!wish.volumes().isEmpty()) {
      fleet.custodian().catchUp(); // one may have moved with its container a moment ago
    }
    return switch (fleet.placement().place(view(fleet), wish)) {
      case Decision.Placed placed ->
          new Chosen(
              directory.host(placed.hostId()).orElseThrow(),
              image.id(),
              images.hostsWith(image.id()));
      case Decision.NoHostFits none -> throw EngineException.conflict(none.text());
    };
  }

  private ClusterView view(FleetMember fleet) {
    return PlacementView.now(host, fleet, any -> true);
  }

  /** The fleet as placement sees it now; empty on a host that stands alone. */
  public Optional<ClusterView> clusterView() {
    return Optional.ofNullable(member).map(this::view);
  }

  /** Figures of the moves from this host. */
  public MoveMetrics moveMetrics() {
    return host.moveMetrics();
  }

  /** When containers were moved. */
  public RecentMoves recentMoves() {
    return recentMoves;
  }

  /** What chooses hosts; empty on a host that stands alone. */
  public Optional<Placement> placement() {
    return Optional.ofNullable(member).map(FleetMember::placement);
  }

  private Image imageFor(FleetImages images, CreateRequest request) {
    String reference = request.config().image();
    if (reference == null || reference.isEmpty()) {
      throw EngineException.invalid("no image specified: set the field Image");
    }
    return find(images, reference);
  }

  private FleetImages knownImages() {
    return directory.images(host.images().list());
  }

  private Image find(FleetImages images, String reference) {
    return images
        .find(reference)
        .orElseGet(() -> host.images().find(reference)); // it knows the words of the refusal
  }

  /** Two hosts may draw one name in the same moment; if nobody asked for it, another will do. */
  private CompletionStage<Outcome<Created>> createNamed(FleetMember fleet, CreateRequest request) {
    String asked = request.name();
    if (asked != null && !asked.isEmpty()) {
      return createPlaced(fleet, request);
    }
    return createPlaced(fleet, drawn(fleet, request))
        .thenCompose(
            outcome ->
                outcome instanceof Outcome.Refused<Created>(ErrorKind kind, String text)
                        && ContainerNames.isTaken(kind, text)
                    ? createPlaced(fleet, drawn(fleet, request))
                    : CompletableFuture.completedStage(outcome));
  }

  /** By its name it is known whether a host that was lost had entered it. */
  private CreateRequest drawn(FleetMember fleet, CreateRequest request) {
    String name =
        ContainerNames.generate(
            random, free -> host.index().isFree(free) && !fleet.custodian().isEntered(free));
    return new CreateRequest(
        name,
        request.platform(),
        request.config(),
        request.hostConfig(),
        request.networkingConfig());
  }

  /** On another host when the first is lost before it has entered the container. */
  private CompletionStage<Outcome<Created>> createPlaced(FleetMember fleet, CreateRequest request) {
    return blocking(() -> place(fleet, request))
        .thenCompose(
            place ->
                createThere(place, request)
                    .exceptionallyCompose(
                        failure ->
                            directory.state(place.host().hostId()) == HostState.READY
                                ? CompletableFuture.failedStage(failure)
                                : blocking(() -> enteredByNow(fleet, request))
                                    .thenCompose(
                                        entered ->
                                            entered
                                                ? CompletableFuture.failedStage(failure)
                                                : createPlaced(fleet, request))));
  }

  private static boolean enteredByNow(FleetMember fleet, CreateRequest request) {
    fleet.custodian().catchUp();
    return fleet.custodian().isEntered(Objects.requireNonNullElse(request.name(), ""));
  }

  private CompletionStage<Outcome<Created>> createThere(Chosen place, CreateRequest request) {
    HostStatus there = place.host();
    ActorRef<HostActor.Command> hostActor =
        there.hostId().equals(directory.ownHost()) ? system : HostActor.on(there, system);
    CompletionStage<CreateReply> asked =
        Ask.of(
            system,
            hostActor,
            replyTo -> new HostActor.MakePlaced(place.imageId(), place.holders(), request, replyTo),
            PATIENCE);
    return directory
        .unlessLost(there.hostId(), asked)
        .thenApply(
            reply -> {
              if (reply instanceof CreateReply.Made made) {
                directory.learn(made.placed());
              }
              return reply.outcome();
            });
  }

  private CompletionStage<Created> createHere(CreateRequest request) {
    CompletionStage<Outcome<Created>> asked =
        askHost(replyTo -> new HostActor.CreateContainer(request, replyTo));
    return asked.thenApply(Outcome::orThrow);
  }

  /** The container's record as it stands. */
  public CompletionStage<ContainerRecord> container(String reference) {
    return now(() -> directory.find(reference).record());
  }

  /** All containers of the fleet, newest first; a local read. */
  public CompletionStage<List<ContainerRecord>> containers() {
    return now(directory::all);
  }

  /** What moves containers between hosts. */
  public Teleports teleports() {
    return teleports;
  }

  /** Forgets what a host has told that has left for good. */
  public void forgetHost(String hostId) {
    system.tell(new HostActor.ForgetHost(hostId));
  }

  /** The containers of this host, newest first. */
  public CompletionStage<List<ContainerRecord>> ownContainers() {
    return now(() -> host.index().all());
  }

  /** The images of this host. */
  public CompletionStage<List<Image>> ownImages() {
    return blocking(() -> host.images().list());
  }

  /** The volumes of this host. */
  public CompletionStage<List<VolumeInfo>> ownVolumes() {
    return blocking(() -> host.volumes().list());
  }

  /** What people call hosts of the fleet, sorted; nothing on a host that stands alone. */
  public List<String> hostNames(List<String> hostIds) {
    return member == null ? List.of() : hostIds.stream().map(directory::nameOf).sorted().toList();
  }

  /** Where what is in the fleet, as far as this host knows. */
  public Directory directory() {
    return directory;
  }

  /** Ids of the execs that run in a container; a local read. */
  public List<String> execsIn(String containerId) {
    return host.execs().runningIn(containerId);
  }

  /** Directory of a container on its host, for the paths that an inspect shows. */
  public Path directory(String containerId) {
    return host.engine().directory(containerId);
  }

  /** Starts; NOT_MODIFIED when it runs already. */
  public CompletionStage<Done> start(String reference) {
    return tell(reference, ContainerActor.Start::new, PATIENCE);
  }

  /** Stops with the given or its own signal and time-out in seconds (-1: never kill). */
  public CompletionStage<Done> stop(
      String reference, @Nullable String signal, @Nullable Integer seconds) {
    return ending(reference, seconds, replyTo -> new ContainerActor.Stop(signal, seconds, replyTo));
  }

  /** Stop and start as one. */
  public CompletionStage<Done> restart(
      String reference, @Nullable String signal, @Nullable Integer seconds) {
    return ending(
        reference, seconds, replyTo -> new ContainerActor.Restart(signal, seconds, replyTo));
  }

  /** Sends a signal, by name or number; null is SIGKILL. */
  public CompletionStage<Done> kill(String reference, @Nullable String signal) {
    return tell(reference, replyTo -> new ContainerActor.Kill(signal, replyTo), PATIENCE);
  }

  /** Freezes. */
  public CompletionStage<Done> pause(String reference) {
    return tell(reference, ContainerActor.Pause::new, PATIENCE);
  }

  /** Thaws. */
  public CompletionStage<Done> unpause(String reference) {
    return tell(reference, ContainerActor.Unpause::new, PATIENCE);
  }

  /** Gives another name. */
  public CompletionStage<Done> rename(String reference, String name) {
    return tell(reference, replyTo -> new ContainerActor.Rename(name, replyTo), PATIENCE);
  }

  /** Removes; {@code force} kills first, {@code volumes} takes its anonymous volumes along. */
  public CompletionStage<Done> remove(String reference, boolean force, boolean volumes) {
    return tell(reference, replyTo -> new ContainerActor.Remove(force, volumes, replyTo), PATIENCE);
  }

  /**
   * Completes once the wait is registered.
   *
   * @param from of a wait that the container's move has cut short: an exit since then completes it;
   *     {@code null} for a new one
   */
  public CompletionStage<Waiting> await(
      String reference, WaitCondition condition, @Nullable Place from) {
    return locate(reference)
        .thenCompose(
            container ->
                ask(
                        container,
                        (ActorRef<Outcome<Long>> replyTo) ->
                            new ContainerActor.Await(condition, replyTo),
                        PATIENCE)
                    .thenApply(
                        number -> {
                          CompletionStage<ExitStatus> exit =
                              Ask.of(
                                  system,
                                  container,
                                  replyTo -> new ContainerActor.Collect(number, replyTo),
                                  FOREVER);
                          Runnable giveUp = () -> container.tell(new ContainerActor.Forget(number));
                          return registered(reference, condition, from, exit, giveUp);
                        }));
  }

  private Waiting registered(
      String reference,
      WaitCondition condition,
      @Nullable Place from,
      CompletionStage<ExitStatus> exit,
      Runnable giveUp) {
    List<ContainerRecord.Exit> exits = directory.find(reference).record().exits();
    Optional<ExitStatus> missed =
        from == null || condition == WaitCondition.REMOVED
            ? Optional.empty()
            : Exits.firstAfter(exits, from.lastExit());
    return new Waiting(
        missed.<CompletionStage<ExitStatus>>map(CompletableFuture::completedFuture).orElse(exit),
        exits.isEmpty() ? null : exits.getLast().at(),
        giveUp);
  }

  /**
   * Attaches, also to a container that is only created: it sees all output of the coming start.
   *
   * @param from of a client who was attached where the container was before: what it has said since
   *     then is in the log, and so is what it says from now on; {@code null} for a new one
   */
  public CompletionStage<Session> attach(
      String reference, AttachOptions options, @Nullable Place from) {
    if (from == null) {
      return attach(reference, options);
    }
    LogPosition position = from.log();
    boolean logged = position != null;
    AttachOptions again =
        new AttachOptions(
            false,
            true,
            options.stdin(),
            options.stdout() && !logged,
            options.stderr() && !logged,
            options.detachKeys());
    CompletionStage<Session> session =
        toContainer(
            reference, replyTo -> new ContainerActor.Attach(again, true, replyTo), PATIENCE);
    return position == null
        ? session
        : session.thenCombine(
            container(reference), (made, record) -> throughLog(made, record, options, position));
  }

  /** The input goes to the container, and what it says comes from the log. */
  private Session throughLog(
      Session session, ContainerRecord record, AttachOptions options, LogPosition from) {
    CompletableFuture<Boolean> moved = new CompletableFuture<>();
    Flow<ByteString, Said, NotUsed> input =
        session
            .flow()
            .filter(
                said -> {
                  if (said instanceof Said.Moved) { // the log tells how far it was read
                    moved.complete(true);
                  }
                  return said instanceof Said.Taken;
                })
            .watchTermination(
                (used, done) -> {
                  done.whenComplete((nothing, failure) -> moved.complete(false));
                  return used;
                });
    LogQuery query = new LogQuery(options.stdout(), options.stderr(), null, null, -1);
    Source<Said, NotUsed> output =
        reading(
            new LogStage.Reading(
                segments(record),
                query,
                session.tty(),
                /* timestamps= */ false,
                /* stopped= */ false,
                moved,
                from,
                /* asWritten= */ true));
    return new Session(session.tty(), input.merge(output));
  }

  private CompletionStage<Session> attach(String reference, AttachOptions options) {
    CompletionStage<Source<Said, NotUsed>> history =
        options.logs()
            ? logs(
                    reference,
                    new LogOptions(
                        false, options.stdout(), options.stderr(), null, null, false, -1),
                    null)
                .thenApply(Logs::output)
            : CompletableFuture.completedFuture(Source.empty());
    CompletionStage<Session> session =
        options.stream()
            ? toContainer(
                reference, replyTo -> new ContainerActor.Attach(options, false, replyTo), PATIENCE)
            : container(reference)
                .thenApply(
                    record ->
                        new Session(
                            record.config().tty(),
                            Flow.fromSinkAndSource(Sink.ignore(), Source.empty())));
    return session.thenCombine(
        history,
        (attached, past) ->
            options.logs() ? new Session(attached.tty(), attached.flow().prepend(past)) : attached);
  }

  /**
   * Reads the log.
   *
   * @param from of a reader who followed it where the container was before; {@code null} for a new
   *     one
   */
  public CompletionStage<Logs> logs(String reference, LogOptions options, @Nullable Place from) {
    return container(reference)
        .thenCompose(
            record -> {
              HostConfig.LogConfig log = record.hostConfig().logConfig();
              if (log != null && "none".equals(log.type())) {
                return CompletableFuture.failedFuture(
                    EngineException.notImplemented(
                        "configured logging driver does not support reading"));
              }
              CompletionStage<@Nullable Waiting> ended =
                  options.follow()
                      ? await(record.id(), WaitCondition.NOT_RUNNING, null)
                      : CompletableFuture.completedFuture(null);
              return ended.thenApply(end -> reading(record, options, end, from));
            });
  }

  private Logs reading(
      ContainerRecord record, LogOptions options, @Nullable Waiting end, @Nullable Place from) {
    boolean tty = record.config().tty();
    LogQuery query =
        new LogQuery(
            options.stdout(), options.stderr(), options.since(), options.until(), options.tail());
    Source<Said, NotUsed> output =
        reading(
            new LogStage.Reading(
                segments(record),
                query,
                tty,
                options.timestamps(),
                !record.state().status().alive(),
                end == null ? null : end.exit().thenApply(ExitStatus::moved),
                from == null ? null : from.log(),
                /* asWritten= */ false));
    return new Logs(tty, end == null ? output : end.during(output));
  }

  private List<Path> segments(ContainerRecord record) {
    return record.logs().stream()
        .map(segment -> host.engine().directory(record.id()).resolve(segment.path()))
        .toList();
  }

  private Source<Said, NotUsed> reading(LogStage.Reading reading) {
    return Source.fromGraph(new LogStage(host.logs(), reading))
        .withAttributes(ActorAttributes.dispatcher("flota.blocking-dispatcher"));
  }

  /** Sets the terminal's size in characters. */
  public CompletionStage<Done> resize(String reference, int rows, int columns) {
    return tell(reference, replyTo -> new ContainerActor.Resize(rows, columns, replyTo), PATIENCE);
  }

  /** Processes, by {@code ps} with these arguments. */
  public CompletionStage<Top> top(String reference, String psArguments) {
    return toContainer(
        reference, replyTo -> new ContainerActor.ListProcesses(psArguments, replyTo), PATIENCE);
  }

  // ---- execs

  /** Prepares an exec and answers its id. */
  public CompletionStage<String> createExec(String reference, ExecRequest request) {
    return toContainer(
        reference, replyTo -> new ContainerActor.CreateExec(request, replyTo), PATIENCE);
  }

  /** Starts an exec and attaches to it. */
  public CompletionStage<Session> startExec(
      String execId, boolean tty, @Nullable List<Integer> consoleSize) {
    return toExec(
        execId, replyTo -> new ContainerActor.StartExec(execId, tty, consoleSize, replyTo));
  }

  /** Starts an exec and leaves it alone. */
  public CompletionStage<Done> startExecDetached(String execId, boolean tty) {
    return toExec(execId, replyTo -> new ContainerActor.StartExecDetached(execId, tty, replyTo));
  }

  /** State of an exec. */
  public CompletionStage<ExecInfo> exec(String execId) {
    return now(() -> host.execs().find(execId).info());
  }

  /** Sets the size of an exec's terminal in characters. */
  public CompletionStage<Done> resizeExec(String execId, int rows, int columns) {
    return toExec(execId, replyTo -> new ContainerActor.ResizeExec(execId, rows, columns, replyTo));
  }

  // ---- images

  /** The image under a name, id or beginning of an id. */
  public CompletionStage<Image> image(String reference) {
    return blocking(() -> find(knownImages(), reference));
  }

  /** All images of the fleet. */
  public CompletionStage<List<Image>> images() {
    return imagesByHost().thenApply(FleetImages::all);
  }

  /** All images of the fleet, and where they are. */
  public CompletionStage<FleetImages> imagesByHost() {
    return blocking(this::knownImages);
  }

  /** The same; of this host's images with what they share. */
  public CompletionStage<FleetImages> imagesMeasured() {
    return blocking(() -> directory.images(host.images().diskUsage().images()));
  }

  /** The hosts that have an image, by id, with what they call it. */
  public CompletionStage<Map<String, Image>> imageHolders(String reference) {
    return blocking(() -> knownImages().holders(reference));
  }

  /** An image of this host for another one, without its layers. */
  public CompletionStage<ImageParcel> parcel(String imageId) {
    return blocking(() -> host.images().parcel(imageId));
  }

  /** A layer for another host; see {@link Images#layer}. */
  public CompletionStage<Optional<LayerStream>> layer(Digest diffId, Duration patience) {
    return transfer(() -> host.images().layer(diffId, patience));
  }

  /** The bytes of such a layer. */
  public Source<ByteString, NotUsed> bytes(LayerStream layer) {
    return BlockingSource.of(
        transfers,
        "transfer of " + layer.blob().digest(),
        out -> {
          try (layer) {
            layer.bytes().transferTo(out);
          }
        });
  }

  /** Directories of an image's layers on this host, lowest first. */
  public CompletionStage<List<Path>> layers(String reference) {
    return blocking(() -> host.images().layers(host.images().find(reference).id()));
  }

  /** Pulls; the source ends when the image is there, or fails with the reason. */
  public Source<Progress, NotUsed> pull(
      Reference reference, @Nullable Platform platform, @Nullable RegistryAuth auth) {
    return Source.<Progress>queue(PROGRESS_BUFFER, OverflowStrategy.dropHead())
        .mapMaterializedValue(
            queue -> {
              imageActor(reference)
                  .thenAccept(image -> image.tell(new ImageActor.Pull(platform, auth, queue)))
                  .exceptionally(
                      failure -> {
                        queue.fail(failure);
                        return null;
                      });
              return NotUsed.getInstance();
            });
  }

  /** All tags that a repository has in its registry. */
  public CompletionStage<List<Reference>> tagsOf(
      Reference repository, @Nullable RegistryAuth auth) {
    return transfer(() -> host.images().tags(repository, auth));
  }

  /** How an image was built. */
  public CompletionStage<List<LayerHistory>> history(String reference) {
    return blocking(() -> host.images().history(reference));
  }

  /** Gives an image one more name. */
  public CompletionStage<Done> tag(String source, Reference target) {
    return imageActor(target)
        .thenCompose(image -> askImage(image, replyTo -> new ImageActor.Tag(source, replyTo)));
  }

  /** Removes a name or an image. */
  public CompletionStage<List<Removal>> removeImage(
      String reference, boolean force, boolean prune) {
    return image(reference)
        .thenCompose(
            image ->
                imageActor(
                    image.tags().isEmpty()
                        ? Reference.parse("none")
                        : Reference.parse(image.tags().getFirst())))
        .thenCompose(
            image ->
                askImage(
                    image, replyTo -> new ImageActor.Remove(reference, force, prune, replyTo)));
  }

  /** Images as one archive. */
  public Source<ByteString, NotUsed> save(List<String> names) {
    return BlockingSource.of(transfers, "save of " + names, out -> host.images().save(names, out));
  }

  /** Reads an archive of images. */
  public Source<Progress, NotUsed> load(Source<ByteString, ?> archive) {
    return Source.<Progress>queue(PROGRESS_BUFFER, OverflowStrategy.dropHead())
        .mapMaterializedValue(
            queue -> {
              InputStream in = archive.runWith(StreamConverters.asInputStream(FOREVER), system);
              transfers.execute(() -> read(in, queue));
              return NotUsed.getInstance();
            });
  }

  private void read(InputStream in, SourceQueueWithComplete<Progress> queue) {
    try (in) {
      for (String name : host.images().load(in, queue::offer)) {
        host.events().publish("image", "load", name, Map.of("name", name));
      }
      queue.complete();
    } catch (IOException | RuntimeException e) {
      queue.fail(e);
    }
  }

  /** Asks a registry whether it accepts the credentials. */
  public CompletionStage<AuthResult> login(RegistryAuth auth) {
    return transfer(() -> host.images().login(auth));
  }

  // ---- volumes and networks

  /** Makes a volume; a missing name is generated. */
  public CompletionStage<VolumeInfo> createVolume(
      @Nullable String name,
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable Map<String, String> labels) {
    return blocking(() -> host.volumes().create(name, driver, options, labels));
  }

  /** All volumes. */
  public CompletionStage<List<VolumeInfo>> volumes() {
    return blocking(
        () -> {
          List<VolumeInfo> all = new ArrayList<>(host.volumes().list());
          directory.volumesElsewhere().values().forEach(all::addAll);
          return all;
        });
  }

  /** One volume. */
  public CompletionStage<VolumeInfo> volume(String name) {
    return blocking(() -> host.volumes().find(name));
  }

  /** Removes a volume that no container uses. */
  public CompletionStage<Done> removeVolume(String name, boolean force) {
    return blocking(
        () -> {
          host.volumes().remove(name, force, host.index()::all);
          return Done.getInstance();
        });
  }

  /** Removes volumes that no container uses: anonymous ones, or all; those that fit the filter. */
  public CompletionStage<Volumes.Pruned> pruneVolumes(boolean all, Predicate<VolumeInfo> filter) {
    return blocking(
        () -> {
          Volumes.Pruned pruned = host.volumes().prune(all, host.index()::all, filter);
          new VolumeEvents(host.events()).pruned(pruned.bytes());
          return pruned;
        });
  }

  /** All networks with their running containers. */
  public CompletionStage<List<NetworkInfo>> networks() {
    return blocking(
        () -> {
          List<ContainerRecord> containers = directory.all();
          return host.networks().list().stream()
              .map(network -> network.withContainers(containers))
              .toList();
        });
  }

  /** Makes a network; what the wish leaves open is decided. */
  public CompletionStage<NetworkInfo> createNetwork(NetworkDefinition wish) {
    return blocking(
        () -> {
          NetworkInfo network = host.networks().create(wish);
          new NetworkEvents(host.events()).created(network);
          return network;
        });
  }

  /** Removes a network that no running container is in. */
  public CompletionStage<Done> removeNetwork(String reference) {
    return blocking(
        () -> {
          NetworkInfo network = host.networks().remove(reference, directory.all());
          new NetworkEvents(host.events()).removed(network);
          return Done.getInstance();
        });
  }

  /** Removes the networks of users that fit the filter and that no running container is in. */
  public CompletionStage<List<NetworkInfo>> pruneNetworks(Predicate<NetworkInfo> filter) {
    return blocking(
        () -> {
          NetworkEvents events = new NetworkEvents(host.events());
          List<NetworkInfo> removed = host.networks().prune(filter, directory.all());
          removed.forEach(events::removed);
          events.pruned();
          return removed;
        });
  }

  /** Connects a container to one more network. */
  public CompletionStage<Done> connect(String network, String reference, EndpointWish wish) {
    return blocking(() -> host.networks().find(network))
        .thenCompose(
            found ->
                tell(
                    reference,
                    replyTo -> new ContainerActor.Connect(found.id(), wish, replyTo),
                    PATIENCE));
  }

  /** Disconnects a container from a network, with {@code force} also from one that is gone. */
  public CompletionStage<Done> disconnect(String network, String reference, boolean force) {
    return tell(
        reference, replyTo -> new ContainerActor.Disconnect(network, force, replyTo), PATIENCE);
  }

  /** One network with its running containers. */
  public CompletionStage<NetworkInfo> network(String reference) {
    return blocking(() -> host.networks().find(reference).withContainers(directory.all()));
  }

  // ---- the system

  /** How this host is set up. */
  public EngineSettings settings() {
    return host.settings();
  }

  /** What this host's containers have to do without. */
  public List<String> warnings() {
    return host.engine().runtime().warnings();
  }

  /** Numbers for {@code /info}. */
  public CompletionStage<Counts> counts() {
    return images()
        .thenApply(
            images -> {
              List<ContainerRecord> all = directory.all();
              int running = 0;
              int paused = 0;
              for (ContainerRecord record : all) {
                switch (record.state().status()) {
                  case RUNNING, RESTARTING -> running++;
                  case PAUSED -> paused++;
                  case CREATED, REMOVING, EXITED, DEAD -> {}
                }
              }
              return new Counts(
                  all.size(), running, paused, all.size() - running - paused, images.size());
            });
  }

  /** Bytes of one container's writable layer. */
  public CompletionStage<Long> writableSize(String containerId) {
    return blocking(() -> host.engine().writableSize(containerId));
  }

  /** What all occupies on disk. */
  public CompletionStage<Usage> diskUsage() {
    return blocking(
        () -> {
          Map<String, Long> containers = new LinkedHashMap<>();
          for (ContainerRecord record : host.index().all()) {
            containers.put(record.id(), host.engine().writableSize(record.id()));
          }
          Map<String, Long> volumes = new LinkedHashMap<>();
          for (VolumeInfo volume : host.volumes().list()) {
            volumes.put(volume.name(), host.volumes().size(volume.name()));
          }
          return new Usage(host.images().diskUsage(), containers, volumes);
        });
  }

  /**
   * Events from {@code since} (null: from now) to {@code until} (null: for ever); unfiltered, for
   * the API filters.
   */
  public Source<Event, NotUsed> events(@Nullable Instant since, @Nullable Instant until) {
    return host.events().stream(since, until);
  }

  // ---- how the actors are reached

  /** Without seconds from the user the container's own count. */
  private Duration patience(String reference, @Nullable Integer seconds) {
    Integer until =
        seconds == null ? directory.find(reference).record().config().stopTimeout() : seconds;
    return Ask.patience(until == null ? 0 : until);
  }

  /** For what ends a container, which may take its time. */
  private CompletionStage<Done> ending(
      String reference,
      @Nullable Integer seconds,
      Function<ActorRef<Outcome<Done>>, ContainerActor.Command> message) {
    return now(() -> patience(reference, seconds))
        .thenCompose(patience -> tell(reference, message, patience));
  }

  private CompletionStage<Done> tell(
      String reference,
      Function<ActorRef<Outcome<Done>>, ContainerActor.Command> message,
      Duration patience) {
    return toContainer(reference, message, patience);
  }

  private <T> CompletionStage<T> toContainer(
      String reference,
      Function<ActorRef<Outcome<T>>, ContainerActor.Command> message,
      Duration patience) {
    return locate(reference).thenCompose(container -> ask(container, message, patience));
  }

  private <T> CompletionStage<T> toExec(
      String execId, Function<ActorRef<Outcome<T>>, ContainerActor.Command> message) {
    // Not the actor that made it: another may have taken its place since.
    return now(() -> host.execs().find(execId).info().containerId())
        .thenCompose(this::locate)
        .thenCompose(container -> ask(container, message, PATIENCE));
  }

  private CompletionStage<ActorRef<ContainerActor.Command>> locate(String reference) {
    CompletionStage<Outcome<ActorRef<ContainerActor.Command>>> asked =
        askHost(replyTo -> new HostActor.FindContainer(reference, replyTo));
    return asked.thenApply(Outcome::orThrow);
  }

  private CompletionStage<ActorRef<ImageActor.Command>> imageActor(Reference reference) {
    return askHost(replyTo -> new HostActor.FindImage(reference, replyTo));
  }

  private <T> CompletionStage<T> askHost(Function<ActorRef<T>, HostActor.Command> message) {
    return Ask.of(system, system, message, PATIENCE);
  }

  private <T> CompletionStage<T> ask(
      ActorRef<ContainerActor.Command> container,
      Function<ActorRef<Outcome<T>>, ContainerActor.Command> message,
      Duration patience) {
    CompletionStage<Outcome<T>> asked = Ask.of(system, container, message, patience);
    return asked.thenApply(Outcome::orThrow);
  }

  private <T> CompletionStage<T> askImage(
      ActorRef<ImageActor.Command> image,
      Function<ActorRef<Outcome<T>>, ImageActor.Command> message) {
    CompletionStage<Outcome<T>> asked = Ask.of(system, image, message, PATIENCE);
    return asked.thenApply(Outcome::orThrow);
  }

  private static <T> CompletionStage<T> now(Supplier<T> read) {
    try {
      return CompletableFuture.completedFuture(read.get());
    } catch (EngineException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private <T> CompletionStage<T> blocking(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, blocking);
  }

  /** What waits for a registry, which must not keep local reads from their threads. */
  private <T> CompletionStage<T> transfer(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, transfers);
  }
}
