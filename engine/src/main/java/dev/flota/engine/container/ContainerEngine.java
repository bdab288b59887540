package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.ImageUse;
import dev.flota.engine.image.Images;
import dev.flota.engine.image.Platform;
import dev.flota.engine.linux.DirectoryTree;
import dev.flota.engine.log.LogPosition;
import dev.flota.engine.network.Attached;
import dev.flota.engine.network.NetworkFiles;
import dev.flota.engine.network.Networks;
import dev.flota.engine.runtime.ContainerRuntime;
import dev.flota.engine.runtime.Created;
import dev.flota.engine.runtime.Launch;
import dev.flota.engine.runtime.RootFilesystem;
import dev.flota.engine.runtime.SharedNamespaces;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import dev.flota.engine.spec.RunState;
import dev.flota.engine.volume.Volumes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has to be done on this host to make, launch, clean up and delete a container: images,
 * storage, network, volumes and runtime in the right order, and undone in the opposite one.
 *
 * <p>Methods block. Calls for one container must come one after the other; its actor sees to that.
 */
public final class ContainerEngine {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerEngine.class);
  static final String CONTAINER_MODE = "container:";

  /** Path of a container's log, relative to its directory. */
  public static final String LOG_FILE = "container.log";

  private final EngineSettings settings;
  private final Images images;
  private final Networks networks;
  private final NetworkFiles networkFiles;
  private final Volumes volumes;
  private final ContainerRuntime runtime;
  private final RootFilesystem rootFilesystem = new RootFilesystem();
  private final RecordStore store;
  private final ContainerIndex index;
  private final Claims claims;
  private final Relocation relocation;

  /** An engine over these parts; {@code index} is where other containers are looked up. */
  public ContainerEngine(
      EngineSettings settings,
      Images images,
      Networks networks,
      Volumes volumes,
      ContainerRuntime runtime,
      RecordStore store,
      ContainerIndex index,
      Claims claims) {
    this.settings = settings;
    this.images = images;
    this.networks = networks;
    this.networkFiles = new NetworkFiles(settings, NetworkFiles.NameService.OF_THE_GATEWAY);
    this.volumes = volumes;
    this.runtime = runtime;
    this.store = store;
    this.index = index;
    this.claims = claims;
    relocation = new Relocation(settings, images, networks, volumes, runtime, store, index);
  }

  /**
   * What a client asks for.
   *
   * @param platform the image must be for; null for whatever is there
   */
  public record Wish(
      String id,
      String name,
      @Nullable Platform platform,
      ContainerConfig config,
      HostConfig hostConfig,
      NetworkingConfig networkingConfig) {}

  /** A container that was made. */
  public record Made(ContainerRecord record, List<String> warnings) {}

  /** The runtime, for what needs no other part. */
  public ContainerRuntime runtime() {
    return runtime;
  }

  /** What moves containers between hosts. */
  public Relocation relocation() {
    return relocation;
  }

  /** Writes a record durably. */
  public void save(ContainerRecord record) {
    store.write(record);
  }

  /** Directory of a container. */
  public Path directory(String id) {
    return store.directory(id);
  }

  /**
   * Makes a container and puts its record into the index: until it stands there, its image and its
   * volumes are held. Nothing of it stays when this fails.
   */
  public Made make(Wish wish) {
    String reference = wish.config().image();
    if (reference == null || reference.isEmpty()) {
      throw EngineException.invalid("no image specified: set the field Image");
    }
    try (Images.Hold hold = images.hold(reference, wish.id())) {
      Made made = make(wish, reference, hold.image());
      index.put(made.record());
      return made;
    } catch (RuntimeException e) {
      releaseImages(); // the image may have been removed by force meanwhile
      throw e;
    } finally {
      volumes.unreserve(wish.id());
    }
  }

  private Made make(Wish wish, String reference, Image image) {
    checkPlatform(wish.platform(), reference, image);
    HostConfig host =
        ContainerDefaults.complete(
            wish.hostConfig(), settings.defaultRuntime(), runtime.unifiedCgroups());
    String runtimeName = host.runtime();
    if (runtimeName == null || !settings.runtimes().containsKey(runtimeName)) {
      throw EngineException.invalid("unknown or invalid runtime name: " + runtimeName);
    }
    ContainerConfig config =
        ContainerDefaults.merge(
            wish.config(), image.config().config(), defaultHostName(wish.id(), host));
    Path home = store.directory(wish.id());
    ContainerRecord record =
        new ContainerRecord(
            ContainerRecord.SCHEMA_VERSION,
            0,
            wish.id(),
            wish.name(),
            Instant.now(),
            reference,
            image.id(),
            images.manifestDigest(image.id()),
            config,
            host,
            wish.networkingConfig(),
            runtimeName,
            Wanted.CREATED,
            RunState.created(),
            List.of(),
            List.of(),
            List.of(new ContainerRecord.LogSegment(0, settings.hostName(), LOG_FILE)),
            List.of(),
            0);
    List<String> warnings = new ArrayList<>(runtime.validate(config, host));
    try {
      Files.createDirectories(home);
      record = record.withEndpoints(endpoints(wish, host, config));
      record = record.withMounts(mounts(wish.id(), host, config));
      record = claims.enter(record);
      copyUp(record, home);
      store.write(record);
      return new Made(record, List.copyOf(warnings));
    } catch (IOException e) {
      discard(record);
      throw EngineException.system("cannot create " + home + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      discard(record);
      throw e;
    }
  }

  /** Not found, so that a client who can pulls the image of the other platform. */
  private static void checkPlatform(@Nullable Platform wanted, String reference, Image image) {
    Platform own = image.config().platform();
    if (wanted != null && !wanted.accepts(own)) {
      throw EngineException.notFound(
          "image with reference %s was found but its platform (%s) does not match the specified platform (%s)"
              .formatted(reference, own, wanted));
    }
  }

  private List<EndpointRecord> endpoints(Wish wish, HostConfig host, ContainerConfig config) {
    try {
      return networks.reserve(wish.id(), host, config, wish.networkingConfig());
    } catch (EngineException e) {
      throw notTheImage(e, "failed to set up container networking: ");
    }
  }

  private List<MountPoint> mounts(String id, HostConfig host, ContainerConfig config) {
    try {
      List<MountPoint> mounts = volumes.resolve(id, config, host, index::find);
      relocation.refuseLeaving(mounts);
      return mounts;
    } catch (EngineException e) {
      throw notTheImage(e, "");
    }
  }

  /** A client that hears "not found" at a creation takes it that the image is missing. */
  private static EngineException notTheImage(EngineException failure, String words) {
    return failure.kind() == ErrorKind.NOT_FOUND
        ? new EngineException(ErrorKind.INVALID, words + failure.text(), failure)
        : failure;
  }

  private @Nullable ContainerRecord linked(String reference) {
    try {
      return index.find(reference);
    } catch (EngineException e) {
      LOG.debug("a link leads nowhere", e);
      return null;
    }
  }

  private String defaultHostName(String id, HostConfig host) {
    if (host.network().startsWith(CONTAINER_MODE)) {
      return ""; // the other container's, once it runs
    }
    return host.network().equals("host") || "host".equals(host.utsMode())
        ? settings.hostName()
        : id.substring(0, 12);
  }

  private void copyUp(ContainerRecord record, Path home) {
    List<MountPoint> fillable =
        record.mounts().stream().filter(mount -> mount.type().equals("volume")).toList();
    if (fillable.isEmpty()) {
      return;
    }
    Path root = rootFilesystem.mount(home, images.layers(record.imageId()));
    try {
      for (MountPoint mount : fillable) {
        volumes.copyUp(record.id(), mount, record.hostConfig(), root);
      }
    } finally {
      rootFilesystem.unmount(home);
    }
  }

  private void discard(ContainerRecord record) {
    networks.release(record);
    volumes.removeAnonymous(record, () -> index.others(record.id()));
    claims.remove(record.id());
    Path marked = store.markRemoving(record.id());
    deleteTree(marked);
  }

  /** Gives a container another name wherever names are kept but in its record. */
  public void rename(String id, String name) {
    claims.rename(id, name);
  }

  /** Whose the containers are, in a fleet. */
  public Claims claims() {
    return claims;
  }

  /**
   * Makes a container here that was another host's, as the fleet knows it: nothing of what it wrote
   * there comes along. Nothing of it stays when this fails before {@code claim} has succeeded.
   *
   * @param claim makes it this host's; called when nothing stands against it any more
   * @return its record, written and in the index
   */
  public ContainerRecord takeUp(ContainerRecord foreign, UnaryOperator<ContainerRecord> claim) {
    try (Images.Hold hold = images.hold(foreign.imageId(), foreign.id())) {
      LOG.info("{} of {} is taken up", foreign.name(), hold.image().id());
      runtime.validate(foreign.config(), foreign.hostConfig());
      ContainerRecord own = claim.apply(foreign);
      Path home = store.directory(own.id());
      Files.createDirectories(home);
      ContainerRecord fresh =
          own.withState(RunState.created())
              .withLogs(
                  List.of(
                      new ContainerRecord.LogSegment(own.epoch(), settings.hostName(), LOG_FILE)));
      store.write(fresh);
      index.put(fresh);
      return fresh;
    } catch (IOException e) {
      throw EngineException.system("cannot take " + foreign.name() + " up: " + e.getMessage(), e);
    }
  }

  /**
   * Removes what is here of a container that is another host's now, with the volumes that went with
   * it, and nothing of that one's.
   */
  public void abandon(ContainerRecord record) {
    relocation.awaitPages(record); // the other host may still need them
    cleanUp(record);
    relocation.forgetImages(record.id());
    claims.remove(record.id());
    volumes.depart(record, () -> index.others(record.id()));
    deleteTree(store.markRemoving(record.id()));
    releaseImages(index.others(record.id()));
  }

  /** Where the log of a container ends now; empty when it has none that can be read. */
  public Optional<LogPosition> logEnd(ContainerRecord record) {
    if (record.logs().isEmpty()) {
      return Optional.empty();
    }
    Path file = store.directory(record.id()).resolve(record.logs().getLast().path());
    try {
      return Optional.of(new LogPosition(Files.size(file), false));
    } catch (IOException none) {
      return Optional.empty(); // of a log driver that writes no file
    }
  }

  /**
   * Launches a container's command.
   *
   * @param beforeStart called once the streams can be attached and before the command runs
   * @return the record with its process, not yet written
   */
  public ContainerRecord launch(ContainerRecord record, Consumer<ContainerRecord> beforeStart) {
    Phases phases = new Phases();
    Path home = store.directory(record.id());
    List<Path> layers = images.layers(record.imageId());
    rootFilesystem.mount(home, layers);
    List<MountPoint> mounts = volumes.use(record);
    phases.end("storage");
    ContainerRecord networked = record;
    Path netns = null;
    String mode = record.hostConfig().network();
    Path files = home;
    if (mode.startsWith(CONTAINER_MODE)) {
      ContainerRecord peer = running(mode.substring(CONTAINER_MODE.length()), "join network of");
      netns = Path.of("/proc", String.valueOf(peer.state().pid()), "ns", "net");
      files = store.directory(peer.id());
      networked = record.withConfig(record.config().withHostname(peer.config().hostname()));
    } else {
      Attached attached = networks.attach(record);
      netns = attached.namespace();
      networked = record.withEndpoints(attached.endpoints());
      networkFiles.write(networked, home, this::linked);
    }
    phases.end("network");
    Created created =
        runtime.create(
            new Launch(
                networked,
                home,
                layers,
                netns,
                mode.equals("host"),
                files.resolve("hosts"),
                files.resolve("hostname"),
                files.resolve("resolv.conf"),
                mounts,
                shared(networked)));
    phases.end("create");
    for (String warning : created.warnings()) {
      LOG.warn("container {}: {}", record.name(), warning);
    }
    ContainerRecord running =
        networked
            .withWanted(Wanted.RUNNING)
            .withState(
                new RunState(
                    RunState.Status.RUNNING, created.pid(), 0, false, "", Instant.now(), null));
    beforeStart.accept(running);
    phases.end("attach");
    runtime.start(running);
    phases.end("start");
    LOG.debug("launch of {}: {}", record.name(), phases);
    return running;
  }

  private SharedNamespaces shared(ContainerRecord record) {
    return new SharedNamespaces(
        peer(record.hostConfig().pidMode(), "join PID namespace of"),
        peer(record.hostConfig().ipcMode(), "join IPC namespace of"));
  }

  private SharedNamespaces.@Nullable Peer peer(@Nullable String mode, String purpose) {
    if (mode == null || !mode.startsWith(CONTAINER_MODE)) {
      return null;
    }
    ContainerRecord peer = running(mode.substring(CONTAINER_MODE.length()), purpose);
    return new SharedNamespaces.Peer(peer.id(), peer.state().pid());
  }

  private ContainerRecord running(String reference, String purpose) {
    ContainerRecord peer = index.find(reference);
    if (!peer.state().status().alive()) {
      throw EngineException.conflict(
          "cannot "
              + purpose
              + " a non running container: container "
              + peer.id()
              + " is not running");
    }
    return peer;
  }

  /**
   * Takes away what only a running container needs; also after a launch that failed half-way, and
   * as often as one likes. A step that fails keeps no other from being done.
   *
   * @return the record with nothing published any more, not yet written
   */
  public ContainerRecord cleanUp(ContainerRecord record) {
    Path home = store.directory(record.id());
    EveryStep steps = new EveryStep();
    steps.run("runtime", () -> runtime.delete(record));
    steps.run("network", () -> networks.detach(record));
    steps.run("volumes", () -> volumes.disuse(record, index.others(record.id())));
    steps.run("storage", () -> unmount(home));
    LOG.debug("clean-up of {}: {}", record.name(), steps);
    steps.orThrow();
    List<EndpointRecord> quiet =
        record.endpoints().stream().map(EndpointRecord::unpublished).toList();
    return record.withEndpoints(quiet);
  }

  private void unmount(Path home) {
    if (Files.exists(home)) {
      rootFilesystem.unmount(home);
    }
  }

  /**
   * Connects a container to one more network, at once when it runs.
   *
   * @return the record with its new place, not yet written
   */
  public ContainerRecord connect(ContainerRecord record, String network, EndpointWish wish) {
    ContainerRecord connected = record.withEndpoints(networks.connect(record, network, wish));
    if (record.state().status().alive()) {
      networkFiles.connected(
          connected, connected.endpoints().getLast(), store.directory(record.id()));
    }
    return connected;
  }

  /**
   * Disconnects a container from a network, at once when it runs.
   *
   * @param force also when the network is gone
   * @return the record without that place, not yet written
   */
  public ContainerRecord disconnect(ContainerRecord record, String network, boolean force) {
    ContainerRecord left = record.withEndpoints(networks.disconnect(record, network, force));
    if (record.state().status().alive()) {
      Set<String> remaining =
          left.endpoints().stream().map(EndpointRecord::endpointId).collect(Collectors.toSet());
      record.endpoints().stream()
          .filter(endpoint -> !remaining.contains(endpoint.endpointId()))
          .forEach(
              endpoint -> networkFiles.disconnected(left, endpoint, store.directory(record.id())));
    }
    return left;
  }

  /** Removes all of a container that does not run. */
  public void delete(ContainerRecord record, boolean anonymousVolumes) {
    claims.ready();
    cleanUp(record);
    if (anonymousVolumes) {
      volumes.removeAnonymous(record, () -> index.others(record.id()));
    }
    claims.remove(record.id());
    Path marked = store.markRemoving(record.id());
    try {
      deleteTree(marked);
    } catch (EngineException e) {
      store.unmarkRemoving(record.id());
      throw e;
    }
    networks.release(record); // last: a removal tried again must not give back what others got
    releaseImages(index.others(record.id()));
  }

  /**
   * Lets go of images that were removed by force and that no container needs any more. To be called
   * once all containers are in the index; later every deletion sees to it.
   */
  public void releaseImages() {
    releaseImages(index.all());
  }

  private void releaseImages(Collection<ContainerRecord> users) {
    try {
      images.releaseUnused(imageId -> ImageUse.of(imageId, users));
    } catch (RuntimeException e) {
      LOG.warn("images that nobody needs stay until the next deletion or start", e);
    }
  }

  /** Bytes that a container's writable layer occupies. */
  public long writableSize(String id) {
    Path upper = rootFilesystem.upper(store.directory(id));
    try {
      return DirectoryTree.size(upper);
    } catch (IOException e) {
      throw EngineException.system("cannot measure " + upper + ": " + e.getMessage(), e);
    }
  }

  /** Removes what a killed daemon left of containers that were being made or removed. */
  public void sweep() {
    for (Path home : store.halfMade()) {
      LOG.info("removing what is left of {}", home.getFileName());
      rootFilesystem.unmount(home);
      deleteTree(home);
    }
    relocation.sweep();
  }

  static void deleteTree(Path root) {
    try {
      DirectoryTree.delete(root);
    } catch (IOException e) {
      throw EngineException.system("cannot remove " + root + ": " + e.getMessage(), e);
    }
  }
}
