package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.image.Images;
import dev.flota.engine.linux.DirectoryTree;
import dev.flota.engine.linux.ProcessTree;
import dev.flota.engine.network.Detour;
import dev.flota.engine.network.Networks;
import dev.flota.engine.runtime.ContainerPaths;
import dev.flota.engine.runtime.ContainerRuntime;
import dev.flota.engine.runtime.Created;
import dev.flota.engine.runtime.Dumped;
import dev.flota.engine.runtime.Launch;
import dev.flota.engine.runtime.PageTransport;
import dev.flota.engine.runtime.Pages;
import dev.flota.engine.runtime.RootFilesystem;
import dev.flota.engine.runtime.Round;
import dev.flota.engine.runtime.SharedNamespaces;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.MountPoint;
import dev.flota.engine.spec.RunState;
import dev.flota.engine.volume.VolumeInfo;
import dev.flota.engine.volume.Volumes;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running container's way from one host to another, as far as one host does it. Which step comes
 * when, and what happens when one fails, is for the caller; each can be undone by {@link #thaw} on
 * the one side and by closing the {@link Arrival} on the other.
 *
 * <p>Methods block. Calls for one container must come one after the other.
 */
public final class Relocation {
  private static final Logger LOG = LoggerFactory.getLogger(Relocation.class);

  /** The one that restores from images. */
  static final String RESTORER = "runc";

  /** The part of a container's files that is not a volume; no volume may have that name. */
  public static final String OWN = ".";

  private static final List<String> OWN_FILES =
      List.of(
          "upper",
          "hosts",
          "hostname",
          "resolv.conf",
          ContainerEngine.LOG_FILE,
          RecordStore.DETOURS);

  private final EngineSettings settings;
  private final Images images;
  private final Networks networks;
  private final Volumes volumes;
  private final ContainerRuntime runtime;
  private final RecordStore store;
  private final ContainerIndex index;
  private final ContainerPaths paths;
  private final RootFilesystem rootFilesystem = new RootFilesystem();

  Relocation(
      EngineSettings settings,
      Images images,
      Networks networks,
      Volumes volumes,
      ContainerRuntime runtime,
      RecordStore store,
      ContainerIndex index) {
    this.settings = settings;
    this.images = images;
    this.networks = networks;
    this.volumes = volumes;
    this.runtime = runtime;
    this.store = store;
    this.index = index;
    paths = new ContainerPaths(settings);
  }

  // ---- the host it leaves

  /** Containers that are frozen here for a move, also by a daemon before this one. */
  public Set<String> frozen() {
    return store.frozen().keySet();
  }

  /**
   * What keeps a container here, for people; empty when nothing does.
   *
   * @throws EngineException when it cannot be looked at
   */
  public List<String> ties(ContainerRecord record) {
    List<String> ties = new ArrayList<>(Portability.obstacles(record));
    ties.addAll(volumes.ties(record, index.others(record.id())));
    ties.addAll(Portability.tenants(record, index.others(record.id())));
    if (record.state().status().alive()) {
      ties.addAll(OpenFiles.ties(runtime.processes(record)));
    }
    return ties;
  }

  /**
   * Fails for a container that something keeps where it is.
   *
   * @param obstacles what stands against a move, for people
   * @throws EngineException CONFLICT, with all of it
   */
  public static void requireNone(List<String> obstacles, ContainerRecord record) {
    if (!obstacles.isEmpty()) {
      throw EngineException.conflict(
          "container %s cannot be moved: %s"
              .formatted(record.name(), String.join("; ", obstacles)));
    }
  }

  /** Its processes that {@code docker exec} began: they cannot come along. */
  public List<Guest> guests(ContainerRecord record) {
    return record.state().status().alive()
        ? Guest.of(record.state().pid(), runtime.processes(record))
        : List.of();
  }

  /**
   * Kills {@link #guests}, with what they have started.
   *
   * @throws EngineException SYSTEM when they do not end in time
   */
  public void endGuests(ContainerRecord record, Duration within) {
    for (Guest guest : guests(record)) {
      Optional<ProcessHandle> process = ProcessHandle.of(guest.pid());
      process.ifPresent(ProcessTree::kill);
      try {
        process
            .map(ProcessHandle::onExit)
            .orElse(CompletableFuture.completedFuture(null))
            .orTimeout(within.toMillis(), TimeUnit.MILLISECONDS)
            .join();
      } catch (CompletionException e) {
        throw EngineException.system("%s does not end".formatted(guest), e);
      }
    }
  }

  /** Bytes of memory that its processes have, and that nobody else could give them anew. */
  public long memory(ContainerRecord record) {
    return record.state().status().alive() ? OpenFiles.memory(runtime.processes(record)) : 0;
  }

  /** How many of its connections leave the fleet by a host's own address. */
  public int outwards(ContainerRecord record) {
    return record.state().status().alive() ? openOnly(record, networks.outwards(record)).size() : 0;
  }

  /** Whether this host knows of {@link #outwards}. */
  public boolean knowsOutwards() {
    return networks.knowsOutwards();
  }

  /** Whether this host can send on what left the fleet by another one. */
  public boolean canDetour() {
    return networks.canDetour();
  }

  /** Those that it still has a socket for. */
  private List<Detour> openOnly(ContainerRecord record, List<Detour> detours) {
    return OpenSockets.of(runtime.processes(record)).carrying(detours);
  }

  /** When the daemon starts: connections of containers that have come here go on as they went. */
  public void detourAgain(Collection<ContainerRecord> all) {
    networks.detourAgain(
        all.stream()
            .filter(record -> record.state().status().alive())
            .collect(Collectors.toMap(record -> record, record -> store.detours(record.id()))));
  }

  /** Bytes of its writable layer and of its volumes. */
  public long fileBytes(ContainerRecord record) {
    try {
      long bytes = DirectoryTree.size(rootFilesystem.upper(store.directory(record.id())));
      for (String volume : Volumes.names(record)) {
        bytes += volumes.size(volume);
      }
      return bytes;
    } catch (IOException e) {
      throw EngineException.system("cannot measure " + record.name() + ": " + e.getMessage(), e);
    }
  }

  /** Fails when a volume is about to leave with its container. */
  void refuseLeaving(List<MountPoint> mounts) {
    for (String id : frozen()) {
      ContainerRecord leaving = index.byId(id);
      if (leaving != null) {
        List<String> gone = Volumes.names(leaving);
        mounts.stream()
            .filter(mount -> gone.contains(String.valueOf(mount.name())))
            .findFirst()
            .ifPresent(
                mount -> {
                  throw EngineException.conflict(
                      "the volume %s is being moved with container %s"
                          .formatted(mount.name(), leaving.name()));
                });
      }
    }
  }

  /** A part of a container's files: {@link #OWN}, or the name of a volume. */
  public static List<String> parts(ContainerRecord record) {
    return Stream.concat(Stream.of(OWN), Volumes.names(record).stream()).toList();
  }

  /**
   * Writes a part of its files, or what has changed of it since the last time.
   *
   * @param part one of {@link #parts}
   */
  public void sendFiles(ContainerRecord record, String part, OutputStream to) {
    boolean own = part.equals(OWN);
    Path home = own ? store.directory(record.id()) : volumes.home(part);
    try {
      Path list = paths.images(record.id()).resolveSibling(record.id() + "." + part + ".sent");
      Files.createDirectories(Objects.requireNonNull(list.getParent()));
      FileStream.send(home, own ? OWN_FILES : List.of("."), list, to);
    } catch (IOException e) {
      throw EngineException.system("cannot send " + home + ": " + e.getMessage(), e);
    }
  }

  /**
   * Freezes it and cuts it off its networks. It is noted first, so that it does not go on by itself
   * whatever becomes of this daemon.
   *
   * @throws EngineException CONFLICT when somebody has come to use its volumes
   */
  public void freeze(ContainerRecord record) {
    store.markFrozen(record.id(), record.state().status());
    requireNone(ties(record), record);
    if (record.state().status() == RunState.Status.RUNNING) {
      runtime.pause(record);
    }
    if (record.state().status().alive()) {
      networks.unplug(record);
      store.writeDetours(record.id(), openOnly(record, networks.outwards(record)));
      OpenFiles.touchMapped(runtime.processes(record));
    }
  }

  /**
   * Sends memory of a container that runs.
   *
   * @return bytes that were sent
   */
  public long sendMemory(ContainerRecord record, Pages.Sent pages) {
    return runtime.sendMemory(record, store.directory(record.id()), pages);
  }

  /** Whether its memory can be sent while it is dumped, and not only written. */
  public boolean canSendMemory(ContainerRecord record) {
    return runtime.canSendMemory(record);
  }

  /** Writes the images of a frozen container. */
  public Dumped dump(ContainerRecord record, Pages pages) {
    ContainerEngine.deleteTree(paths.images(record.id()));
    return runtime.checkpoint(record, store.directory(record.id()), pages);
  }

  /** Waits until the other host has all the memory that is kept here for it. */
  public void awaitPages(ContainerRecord record) {
    runtime.awaitPages(record);
  }

  /** Writes the images that were dumped as one stream. */
  public void sendImages(ContainerRecord record, OutputStream to) {
    Path directory = paths.images(record.id());
    try {
      FileStream.sendAll(directory, to);
    } catch (IOException e) {
      throw EngineException.system("cannot send " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Lets a frozen container go on here, where it was before. */
  public void thaw(ContainerRecord record) {
    runtime.endPages(record);
    forgetImages(record.id());
    if (record.state().status().alive()) {
      networks.plug(record);
    }
    if (record.state().status() == RunState.Status.RUNNING) {
      runtime.resume(record);
    }
    store.unmarkFrozen(record.id());
  }

  /** Whether a container was running, and not paused, before it was frozen. */
  public boolean wasRunning(String id) {
    return store.frozen().get(id) == RunState.Status.RUNNING;
  }

  /** Removes what was made to be sent. */
  public void forgetImages(String id) {
    Path all = Objects.requireNonNull(paths.images(id).getParent());
    try (DirectoryStream<Path> made =
        Files.newDirectoryStream(all, file -> idOf(file).equals(id))) {
      made.forEach(ContainerEngine::deleteTree);
    } catch (NoSuchFileException nothing) {
      LOG.debug("{} has never moved", id, nothing);
    } catch (IOException e) {
      LOG.warn("what was made for the move of {} stays in memory", id, e);
    }
  }

  private static String idOf(Path made) {
    return String.valueOf(made.getFileName()).split("\\.", 2)[0];
  }

  /** Removes what a killed daemon left of moves; what is frozen here still needs it. */
  void sweep() {
    Path all = Objects.requireNonNull(paths.images("any").getParent());
    if (!Files.exists(all)) {
      return;
    }
    try (Stream<Path> left = Files.list(all)) {
      left.map(Relocation::idOf)
          .distinct()
          .filter(id -> !store.frozen().containsKey(id))
          .forEach(this::sweep);
    } catch (IOException e) {
      LOG.warn("what is left of moves in {} stays", all, e);
    }
  }

  private void sweep(String id) {
    if (Files.exists(store.directory(id))) {
      Thread.ofVirtual().name("images of " + id).start(() -> forgetUnused(id));
    } else {
      forgetImages(id);
    }
  }

  /** Somebody may still restore from them, or fetch what they lack. */
  private void forgetUnused(String id) {
    runtime.awaitUnused(paths.images(id));
    forgetImages(id);
  }

  // ---- the host it comes to

  /** Done when all memory of a container that has come here is here. */
  public CompletableFuture<Void> fetched(ContainerRecord record) {
    return runtime.fetched(record);
  }

  /** What of this host stands against a container, for people; empty when nothing does. */
  public List<String> hindrances(ContainerRecord record) {
    List<String> hindrances = new ArrayList<>();
    if (index.byId(record.id()) != null) {
      hindrances.add("it has not removed yet what it had of it before: try again in a few seconds");
    }
    String needed = record.state().status().alive() ? RESTORER : record.runtime();
    if (!settings.runtimes().containsKey(needed)) {
      hindrances.add("it has no runtime " + needed);
    }
    List<String> here = volumes.list().stream().map(VolumeInfo::name).toList();
    Volumes.names(record).stream()
        .filter(here::contains)
        .map("it has a volume %s of its own"::formatted)
        .forEach(hindrances::add);
    return hindrances;
  }

  /** Bytes that containers could write to this host's disk. */
  public long room() {
    return room(settings.stateDir());
  }

  /** Bytes of memory that this host could keep until a container is restored here. */
  public long memoryRoom() {
    return room(paths.images());
  }

  private static long room(Path directory) {
    try {
      return Files.getFileStore(Files.createDirectories(directory)).getUsableSpace();
    } catch (IOException e) {
      throw EngineException.system("cannot look at " + directory + ": " + e, e);
    }
  }

  /**
   * Makes everything ready that can be while the container is still elsewhere. Its image has to be
   * here.
   *
   * @param record as the fleet knows it; whether it runs decides whether it will run here
   * @throws EngineException when it cannot be here; nothing is left
   */
  public Arrival prepare(ContainerRecord record) {
    boolean runs = record.state().status().alive();
    ContainerRecord coming = volumes.located(runs ? record.withRuntime(RESTORER) : record);
    Images.Hold hold = images.hold(record.imageId(), record.id());
    try {
      runtime.validate(record.config(), record.hostConfig());
      Files.createDirectories(store.directory(record.id()));
      for (String volume : Volumes.names(record)) {
        Files.createDirectories(volumes.arriving(volume));
      }
      return new Arrival(coming, runs ? networks.attachUnplugged(record).namespace() : null, hold);
    } catch (IOException e) {
      hold.close();
      throw EngineException.system("cannot prepare for " + record.name() + ": " + e, e);
    } catch (RuntimeException e) {
      hold.close();
      discard(coming);
      throw e;
    }
  }

  /** A container that is about to come here. */
  public final class Arrival implements AutoCloseable {
    private final ContainerRecord record;
    private final @Nullable Path netns;
    private final Images.Hold hold;
    private ContainerRuntime.@Nullable Receiver receiver;

    private Arrival(ContainerRecord record, @Nullable Path netns, Images.Hold hold) {
      this.record = record;
      this.netns = netns;
      this.hold = hold;
    }

    /**
     * Makes ready for its memory.
     *
     * @return where it is to be sent
     */
    public PageTransport.Place receivePages(PageTransport transport, Round round) {
      ContainerRuntime.Receiver before = receiver;
      if (before != null) {
        before.awaitEnd();
      }
      ContainerRuntime.Receiver made =
          runtime.receivePages(record, store.directory(record.id()), transport, round);
      receiver = made;
      return made.place();
    }

    /** Why its memory could not be taken in; empty when nothing is known against it. */
    public String pagesProblem() {
      ContainerRuntime.Receiver receiving = receiver;
      return receiving == null ? "" : receiving.problem();
    }

    /** Takes in what {@link #sendFiles} wrote. */
    public void receiveFiles(String part, InputStream from) throws IOException {
      if (!parts(record).contains(part)) {
        throw EngineException.invalid(
            "container %s has no volume %s".formatted(record.name(), part));
      }
      FileStream.receive(
          part.equals(OWN) ? store.directory(record.id()) : volumes.arriving(part), from);
    }

    /** Takes in what {@link #sendImages} wrote. */
    public void receiveImages(InputStream from) throws IOException {
      Path directory = paths.images(record.id());
      Files.createDirectories(directory);
      FileStream.receiveAll(directory, from);
    }

    /**
     * Writes its record, and has its volumes. From here on a daemon that starts anew finds it.
     *
     * @param epoch at which it is this host's
     * @param state what it was seen in last
     * @return its record, which is all there is to do for one that does not run
     */
    public ContainerRecord own(long epoch, RunState state) {
      boolean runs = state.status().alive();
      if (runs) {
        store.markArriving(record.id());
      }
      ContainerRecord owned = record.withEpoch(epoch).withState(runs ? RunState.created() : state);
      store.write(owned);
      volumes.adopt(owned);
      return owned;
    }

    /**
     * Lets it go on here, where nobody sees what it does before it is {@linkplain #openUp opened
     * up}: until then it may still go on from where it was frozen.
     *
     * @param later memory that is not here yet
     * @return its record, not yet written
     */
    public ContainerRecord restore(
        long epoch, RunState state, ContainerRuntime.@Nullable Later later) {
      Path home = store.directory(record.id());
      networks.detour(record, store.detours(record.id()));
      Created created =
          runtime.restore(
              new Launch(
                  record,
                  home,
                  images.layers(record.imageId()),
                  netns,
                  false,
                  home.resolve("hosts"),
                  home.resolve("hostname"),
                  home.resolve("resolv.conf"),
                  volumes.use(record),
                  SharedNamespaces.NONE),
              paths.images(record.id()),
              later);
      Instant started = state.startedAt();
      ContainerRecord running =
          record
              .withEpoch(epoch)
              .withWanted(Wanted.RUNNING)
              .withState(
                  new RunState(
                      RunState.Status.RUNNING, created.pid(), 0, false, "", started, null));
      return state.status() == RunState.Status.PAUSED ? paused(running) : running;
    }

    private ContainerRecord paused(ContainerRecord running) {
      RunState now = running.state();
      try {
        runtime.pause(running);
        return running.withState(
            new RunState(RunState.Status.PAUSED, now.pid(), 0, false, "", now.startedAt(), null));
      } catch (RuntimeException e) {
        LOG.error("{} was paused, and runs here", record.name(), e);
        return running;
      }
    }

    /** It is here now, its record in the index; its images are needed until its memory is, too. */
    public void done() {
      hold.close();
      volumes.unreserve(record.id());
      Thread.ofVirtual()
          .name("memory of " + record.name())
          .start(
              () -> {
                runtime.fetched(record).join();
                forgetImages(record.id());
                String problem = runtime.fetchProblem(record);
                if (!problem.isEmpty()) {
                  LOG.error("memory of {} could not be brought here: {}", record.name(), problem);
                }
              });
    }

    /** Removes all that is here of it. */
    @Override
    public void close() {
      hold.close();
      ContainerRuntime.Receiver receiving = receiver;
      if (receiving != null) {
        receiving.close();
      }
      discard(record);
    }
  }

  /**
   * Containers that are to run here, also by a daemon before this one, and may not have come, or
   * are not {@linkplain #openUp opened up}.
   */
  public Set<String> arriving() {
    return store.arriving();
  }

  /**
   * Connects a container that has come here and is this host's for good: what others see of it from
   * here on cannot be undone. Harmless when it was before.
   *
   * @return the record with the ports that are published here, not yet written
   */
  public ContainerRecord openUp(ContainerRecord record) {
    networks.plug(record);
    List<EndpointRecord> endpoints = networks.publish(record);
    networks.settle(record);
    return record.withEndpoints(endpoints);
  }

  /** Its record is written: it is like any other here. */
  public void arrived(ContainerRecord record) {
    store.unmarkArriving(record.id());
  }

  /** Before a container is abandoned that is elsewhere: connections through this host go on. */
  public void leave(ContainerRecord record) {
    networks.leave(record);
  }

  /** Removes what is here of a container that is another host's. */
  public void discard(ContainerRecord record) {
    EveryStep steps = new EveryStep();
    Path home = store.directory(record.id());
    steps.run("restore", () -> runtime.endRestore(record));
    steps.run("runtime", () -> runtime.delete(record.withRuntime(RESTORER)));
    steps.run("ports", () -> networks.leave(record));
    steps.run("network", () -> networks.detach(record));
    steps.run("storage", () -> rootFilesystem.unmount(home));
    steps.run("volumes", () -> volumes.depart(record, () -> index.others(record.id())));
    steps.run("files", () -> ContainerEngine.deleteTree(store.markRemoving(record.id())));
    steps.run("images", () -> forgetImages(record.id()));
    steps.orThrow();
  }
}
