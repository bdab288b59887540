package dev.flota.engine.volume;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.linux.DirectoryTree;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.HostConfig.MountRequest;
import dev.flota.engine.spec.MountPoint;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The volumes of one host, and the mounts of its containers. All methods block and may be called
 * from any thread.
 *
 * <p>Which container uses a volume is not kept here: it follows from the containers' records, which
 * callers pass in.
 */
public final class Volumes {
  private static final int NAME_BYTES = 32;
  private static final int SHORT_ID = 12;

  private final VolumeStore store;
  private final SecureRandom random = new SecureRandom();

  /** Ids of the containers that were given a volume with a device by {@link #use}, by its name. */
  private final Map<String, Set<String>> deviceUsers = new HashMap<>();

  /** Anonymous volumes that were just made and not filled yet. */
  private final Set<String> fresh = new HashSet<>();

  /** Ids of the containers that are being made with a volume, by its name. */
  private final Map<String, Set<String>> reserved = new HashMap<>();

  private final VolumeListener listener;
  private final VolumeClaims claims;

  /**
   * Reads what is below {@code stateDir/volumes}, and clears away what a crash left half done.
   *
   * @param listener is told of every volume that is made or removed from now on
   * @param claims asked before a name is given or given up
   */
  public Volumes(EngineSettings settings, VolumeListener listener, VolumeClaims claims) {
    this.listener = listener;
    this.claims = claims;
    store = new VolumeStore(settings.stateDir().resolve("volumes"));
  }

  /**
   * Makes a volume, or gives the one that exists under that name, which may be on another host.
   *
   * @param name {@code null} or empty for an anonymous one with a name of 64 hex digits
   * @param driver {@code local}, also when not given
   * @throws EngineException for a name, driver or option that the local driver does not take
   */
  public VolumeInfo create(
      @Nullable String name,
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable Map<String, String> labels) {
    if (name == null || name.isEmpty()) {
      return makeAnonymous(driver, options, labels);
    }
    return claim(name, driver, options, labels)
        .map(VolumeClaims.Elsewhere::volume)
        .orElseGet(() -> make(name, driver, options, labels));
  }

  /** Empty when a volume of that name is here or may be made here. */
  private Optional<VolumeClaims.Elsewhere> claim(
      String name,
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable Map<String, String> labels) {
    VolumeInfo wanted = wanted(name, driver, options, labels);
    return wanted == null ? Optional.empty() : claims.claim(wanted);
  }

  /** What would be made; null when it is here already. */
  private synchronized @Nullable VolumeInfo wanted(
      String name,
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable Map<String, String> labels) {
    VolumeStore.@Nullable Stored missing = missing(name, driver, options, labels);
    return missing == null ? null : store.info(missing);
  }

  private VolumeStore.@Nullable Stored missing(
      String name,
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable Map<String, String> labels) {
    VolumeRules.checkDriver(name, driver == null || driver.isEmpty() ? VolumeRules.LOCAL : driver);
    if (store.all().containsKey(name)) {
      return null;
    }
    VolumeRules.checkName(name);
    Map<String, String> wished = options == null ? Map.of() : options;
    VolumeRules.checkOptions(name, wished);
    return VolumeStore.stored(name, Instant.now().truncatedTo(ChronoUnit.SECONDS), labels, wished);
  }

  private synchronized VolumeInfo make(
      String name,
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable Map<String, String> labels) {
    VolumeStore.@Nullable Stored missing = missing(name, driver, options, labels);
    if (missing == null) {
      return find(name);
    }
    VolumeInfo made = store.add(missing);
    listener.created(made);
    return made;
  }

  private VolumeInfo makeAnonymous(
      @Nullable String driver,
      @Nullable Map<String, String> options,
      @Nullable Map<String, String> labels) {
    return make(randomName(), driver, options, marked(labels));
  }

  private static Map<String, String> marked(@Nullable Map<String, String> labels) {
    Map<String, String> marked = new TreeMap<>(labels == null ? Map.of() : labels);
    marked.put(VolumeInfo.ANONYMOUS_LABEL, "");
    return marked;
  }

  private String randomName() {
    byte[] bytes = new byte[NAME_BYTES];
    random.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  /** All volumes, by name. */
  public synchronized List<VolumeInfo> list() {
    return List.copyOf(store.all().values());
  }

  /**
   * The volume of that name.
   *
   * @throws EngineException {@code get foo: no such volume}
   */
  public synchronized VolumeInfo find(String name) {
    VolumeInfo found = store.all().get(name);
    if (found == null) {
      throw EngineException.notFound("get " + name + ": no such volume");
    }
    return found;
  }

  /** Bytes of the files in a volume; walks over all of them. */
  public long size(String name) {
    try {
      return DirectoryTree.size(Path.of(find(name).mountpoint()));
    } catch (IOException e) {
      throw EngineException.system("cannot measure volume " + name + ": " + e.getMessage(), e);
    }
  }

  /** Ids of those of {@code containers} that mount a volume. */
  public static List<String> users(String name, Collection<ContainerRecord> containers) {
    return containers.stream()
        .filter(
            container -> container.mounts().stream().anyMatch(mount -> name.equals(mount.name())))
        .map(ContainerRecord::id)
        .toList();
  }

  /**
   * Removes a volume.
   *
   * @param force a missing volume is no error
   * @param containers all of the host, running or not; asked while no volume can be reserved
   * @throws EngineException {@code remove foo: volume is in use - [id, id]}
   */
  public void remove(
      String name, boolean force, Supplier<? extends Collection<ContainerRecord>> containers) {
    if (force && !has(name)) {
      return;
    }
    VolumeInfo volume = unused(name, containers);
    claims.giveUp(name);
    try {
      deleteUnused(name, containers);
    } catch (EngineException e) {
      // Somebody has come to use it meanwhile; its name stays known.
      Optional<VolumeClaims.Elsewhere> _ = claims.claim(volume);
      throw e;
    }
  }

  private synchronized boolean has(String name) {
    return store.all().containsKey(name);
  }

  private synchronized VolumeInfo unused(
      String name, Supplier<? extends Collection<ContainerRecord>> containers) {
    VolumeInfo volume = find(name);
    Set<String> users = allUsers(name, containers.get());
    if (!users.isEmpty()) {
      throw EngineException.conflict("remove " + name + ": volume is in use - " + users);
    }
    return volume;
  }

  private synchronized void deleteUnused(
      String name, Supplier<? extends Collection<ContainerRecord>> containers) {
    delete(unused(name, containers));
  }

  /** Users by the records and those in the making. */
  private Set<String> allUsers(String name, Collection<ContainerRecord> containers) {
    Set<String> users = new LinkedHashSet<>(users(name, containers));
    users.addAll(reserved.getOrDefault(name, Set.of()));
    return users;
  }

  private void delete(VolumeInfo volume) {
    String name = volume.name();
    DeviceMount.unmount(store.data(name)); // else the device's own files would be deleted
    deviceUsers.remove(name);
    fresh.remove(name);
    store.remove(name);
    listener.removed(volume);
  }

  /** What a prune removed. */
  public record Pruned(List<String> names, long bytes) {}

  /**
   * Removes volumes that no container mounts.
   *
   * @param all also those that somebody named
   * @param containers as for {@link #remove}
   * @param filter which may go
   */
  public Pruned prune(
      boolean all,
      Supplier<? extends Collection<ContainerRecord>> containers,
      Predicate<VolumeInfo> filter) {
    List<String> names = new ArrayList<>();
    long bytes = 0;
    for (VolumeInfo volume : list()) {
      boolean wanted = (all || volume.anonymous()) && filter.test(volume);
      OptionalLong freed = wanted ? pruned(volume.name(), containers) : OptionalLong.empty();
      if (freed.isPresent()) {
        bytes += freed.getAsLong();
        names.add(volume.name());
      }
    }
    return new Pruned(names, bytes);
  }

  /** Bytes of a volume that was removed, empty for one in use or gone already. */
  private OptionalLong pruned(
      String name, Supplier<? extends Collection<ContainerRecord>> containers) {
    try {
      VolumeInfo _ = unused(name, containers);
      long bytes = size(name);
      remove(name, false, containers);
      return OptionalLong.of(bytes);
    } catch (EngineException e) {
      if (e.kind() == ErrorKind.CONFLICT || e.kind() == ErrorKind.NOT_FOUND) {
        return OptionalLong.empty();
      }
      throw e;
    }
  }

  /**
   * At create: what the container will mount. Makes the volumes that do not exist yet; when it
   * fails, the anonymous ones are gone again. Until {@link #unreserve}, nobody removes a volume
   * that the container will mount.
   *
   * @param containerId of the container that is being made
   * @param config with the image's volumes merged in
   * @param volumesFrom finds a container by name or id, or throws
   * @return by destination, later requests replacing what {@code --volumes-from} and the image ask
   * @throws EngineException for specifications that moby refuses, in its words
   */
  public List<MountPoint> resolve(
      String containerId,
      ContainerConfig config,
      HostConfig hostConfig,
      Function<String, ContainerRecord> volumesFrom) {
    Map<String, MountPoint> borrowed = new LinkedHashMap<>();
    for (String text : orEmpty(hostConfig.volumesFrom())) {
      VolumesFrom from = VolumesFrom.parse(text);
      for (MountPoint mount : volumesFrom.apply(from.container()).mounts()) {
        borrowed.put(mount.destination(), copied(mount, from));
      }
    }
    List<MountPlan> plans = plans(hostConfig);
    plans.forEach(this::claim);
    return resolve(containerId, config, hostConfig, borrowed, plans);
  }

  /** A container can only be where its volumes are. */
  private void claim(MountPlan plan) {
    String name = plan instanceof MountPlan.Volume volume ? volume.name() : null;
    if (name == null || !(plan instanceof MountPlan.Volume volume)) {
      return;
    }
    claim(name, volume.driver(), volume.options(), volume.labels())
        .ifPresent(
            elsewhere -> {
              throw EngineException.conflict(
                  "the volume %s is on %s".formatted(name, elsewhere.host()));
            });
  }

  private synchronized List<MountPoint> resolve(
      String containerId,
      ContainerConfig config,
      HostConfig hostConfig,
      Map<String, MountPoint> borrowed,
      List<MountPlan> plans) {
    Map<String, MountPoint> mounts = new LinkedHashMap<>(borrowed);
    List<VolumeInfo> made = new ArrayList<>();
    try {
      for (MountPlan plan : plans) {
        mounts.put(plan.destination(), realize(plan, made));
      }
      for (MountPlan plan : imageVolumes(config, hostConfig, mounts.keySet())) {
        mounts.put(plan.destination(), realize(plan, made));
      }
    } catch (RuntimeException e) {
      made.forEach(this::delete);
      throw e;
    }
    made.forEach(volume -> fresh.add(volume.name()));
    mounts.values().forEach(mount -> reserve(mount.name(), containerId));
    return List.copyOf(mounts.values());
  }

  private void reserve(@Nullable String name, String containerId) {
    if (name != null) {
      reserved.computeIfAbsent(name, each -> new HashSet<>()).add(containerId);
    }
  }

  /** Ends what {@link #resolve} began: the container's record is known, or it was given up. */
  public synchronized void unreserve(String containerId) {
    reserved.values().forEach(makers -> makers.remove(containerId));
    reserved.values().removeIf(Set::isEmpty);
  }

  private static MountPoint copied(MountPoint mount, VolumesFrom from) {
    return new MountPoint(
        mount.type(),
        mount.name(),
        mount.source(),
        mount.destination(),
        mount.driver(),
        "",
        mount.writable() && from.writable(),
        mount.propagation());
  }

  /** What {@code -v} and {@code --mount} ask for, no destination twice. */
  private static List<MountPlan> plans(HostConfig hostConfig) {
    MountParser parser = new MountParser(source -> Files.exists(Path.of(source)));
    List<MountPlan> plans = new ArrayList<>();
    Set<String> destinations = new HashSet<>(tmpfs(hostConfig));
    for (String bind : orEmpty(hostConfig.binds())) {
      plans.add(unique(MountParser.ofBind(bind, hostConfig.volumeDriver()), destinations));
    }
    for (MountRequest request : orEmpty(hostConfig.mounts())) {
      plans.add(unique(parser.ofMount(request), destinations));
    }
    return plans;
  }

  private static Set<String> tmpfs(HostConfig hostConfig) {
    Map<String, String> tmpfs = hostConfig.tmpfs();
    return tmpfs == null ? Set.of() : tmpfs.keySet();
  }

  private static MountPlan unique(MountPlan plan, Set<String> destinations) {
    if (!destinations.add(plan.destination())) {
      throw EngineException.invalid("Duplicate mount point: " + plan.destination());
    }
    return plan;
  }

  private static List<MountPlan> imageVolumes(
      ContainerConfig config, HostConfig hostConfig, Set<String> taken) {
    Map<String, Map<String, Object>> volumes = config.volumes();
    List<MountPlan> plans = new ArrayList<>();
    for (String target : volumes == null ? Set.<String>of() : volumes.keySet()) {
      String problem = MountParser.targetProblem(target);
      if (problem != null) {
        throw EngineException.invalid("invalid mount config for type \"volume\": " + problem);
      }
      String destination = MountParser.clean(target);
      if (!taken.contains(destination) && !tmpfs(hostConfig).contains(destination)) {
        plans.add(
            new MountPlan.Volume(
                null, hostConfig.volumeDriver(), Map.of(), Map.of(), destination, "", true));
      }
    }
    return plans;
  }

  private MountPoint realize(MountPlan plan, List<VolumeInfo> made) {
    return switch (plan) {
      case MountPlan.Bind bind ->
          new MountPoint(
              "bind",
              null,
              bind.source(),
              bind.destination(),
              null,
              bind.mode(),
              bind.writable(),
              bind.propagation());
      case MountPlan.Tmpfs tmpfs ->
          new MountPoint("tmpfs", null, "", tmpfs.destination(), null, "", tmpfs.writable(), "");
      case MountPlan.Volume volume -> {
        Map<String, String> labels = volume.labels().isEmpty() ? null : volume.labels();
        String name = volume.name();
        VolumeInfo info =
            name == null
                ? makeAnonymous(volume.driver(), volume.options(), labels)
                : make(name, volume.driver(), volume.options(), labels);
        if (name == null) {
          made.add(info);
        }
        yield new MountPoint(
            "volume",
            info.name(),
            info.mountpoint(),
            volume.destination(),
            info.driver(),
            volume.mode().isEmpty() && volume.name() != null ? "z" : volume.mode(),
            volume.writable(),
            "");
      }
    };
  }

  /**
   * At create, after the root file system is there: an empty volume takes on the contents and the
   * owner of the image's directory that it hides. Does nothing for other mounts, for {@code nocopy}
   * and for {@code --volumes-from}.
   *
   * @param containerId whose root file system it is
   * @param mergedRootfs the container's root file system; links in it never lead out of it
   * @throws EngineException when the image has a file where the volume goes
   */
  public void copyUp(
      String containerId, MountPoint mount, HostConfig hostConfig, Path mergedRootfs) {
    String name = mount.name();
    if (!mount.type().equals("volume") || name == null) {
      return;
    }
    boolean wanted = copies(mount, name, hostConfig);
    Path image = ScopedPath.resolve(mergedRootfs, mount.destination());
    if (!wanted || !ScopedPath.exists(image)) {
      return;
    }
    if (!Files.isDirectory(image, LinkOption.NOFOLLOW_LINKS)) {
      throw EngineException.invalid("cannot mount volume over existing file, file exists " + image);
    }
    VolumeInfo volume = find(name);
    acquire(volume, containerId);
    try {
      Path target = subpath(mount, hostConfig, Path.of(volume.mountpoint()));
      if (Files.isDirectory(target) && isEmpty(target)) {
        CopyUp.copy(image, target);
      }
    } catch (IOException e) {
      throw EngineException.system(
          "failed to populate volume: copying %s: %s".formatted(image, e.getMessage()), e);
    } finally {
      forget(name, containerId);
    }
  }

  private static boolean isEmpty(Path directory) throws IOException {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
      return !entries.iterator().hasNext();
    }
  }

  private synchronized boolean copies(MountPoint mount, String name, HostConfig hostConfig) {
    boolean justMade = fresh.remove(name);
    Optional<MountRequest> request = request(mount, hostConfig);
    boolean refused =
        request
            .map(MountRequest::volumeOptions)
            .map(options -> Boolean.TRUE.equals(options.noCopy()))
            .orElse(false);
    boolean noCopy = MountMode.parse(mount.mode()).map(MountMode::noCopy).orElse(false);
    boolean borrowed =
        !orEmpty(hostConfig.volumesFrom()).isEmpty()
            && !justMade
            && request.isEmpty()
            && bind(mount, hostConfig).isEmpty();
    return !refused && !noCopy && !borrowed;
  }

  private static Optional<MountRequest> request(MountPoint mount, HostConfig hostConfig) {
    return orEmpty(hostConfig.mounts()).stream()
        .filter(request -> request.target() != null)
        .filter(
            request ->
                MountParser.clean(String.valueOf(request.target())).equals(mount.destination()))
        .findFirst();
  }

  private static Optional<MountPlan> bind(MountPoint mount, HostConfig hostConfig) {
    return orEmpty(hostConfig.binds()).stream()
        .map(raw -> MountParser.ofBind(raw, null))
        .filter(plan -> plan.destination().equals(mount.destination()))
        .findFirst();
  }

  /**
   * At start: makes the sources of the container's mounts ready: host directories that {@code -v}
   * names and nobody made, volumes with a device.
   *
   * @return the mounts from where they really come: the part of a volume that was asked for
   * @throws EngineException when a source is missing or cannot be mounted
   */
  public List<MountPoint> use(ContainerRecord container) {
    try {
      return container.mounts().stream().map(mount -> ready(mount, container)).toList();
    } catch (RuntimeException e) {
      container.mounts().forEach(mount -> forget(mount.name(), container.id()));
      throw e;
    }
  }

  private MountPoint ready(MountPoint mount, ContainerRecord container) {
    HostConfig hostConfig = container.hostConfig();
    return switch (mount.type()) {
      case "tmpfs" -> mount;
      case "volume" -> {
        VolumeInfo volume = find(Objects.requireNonNull(mount.name()));
        acquire(volume, container.id());
        Path source = subpath(mount, hostConfig, Path.of(volume.mountpoint()));
        if (!Files.exists(source)) {
          throw EngineException.system(
              "cannot access path %s: no such file or directory".formatted(source));
        }
        yield mount.withSource(source);
      }
      default -> {
        ensureSource(mount, request(mount, hostConfig));
        yield mount;
      }
    };
  }

  private static void ensureSource(MountPoint mount, Optional<MountRequest> request) {
    Path source = mount.sourcePath();
    if (Files.exists(source)) {
      return;
    }
    boolean create =
        request
            .map(MountRequest::bindOptions)
            .map(options -> Boolean.TRUE.equals(options.createMountpoint()))
            .orElse(request.isEmpty());
    if (!create) {
      throw EngineException.invalid(
          "invalid mount config for type \"bind\": bind source path does not exist: " + source);
    }
    try {
      Files.createDirectories(source);
    } catch (IOException e) {
      throw EngineException.system(
          "error while creating mount source path '%s': mkdir %s: %s"
              .formatted(source, source, e.getMessage()),
          e);
    }
  }

  private static Path subpath(MountPoint mount, HostConfig hostConfig, Path data) {
    return request(mount, hostConfig)
        .map(MountRequest::volumeOptions)
        .map(HostConfig.VolumeOptions::subpath)
        .filter(subpath -> !subpath.isEmpty())
        .map(subpath -> ScopedPath.resolve(data, subpath))
        .orElse(data);
  }

  private synchronized void acquire(VolumeInfo volume, String user) {
    Map<String, String> options = volume.options();
    if (options != null) {
      DeviceMount.mount(Path.of(volume.mountpoint()), options);
      deviceUsers.computeIfAbsent(volume.name(), name -> new HashSet<>()).add(user);
    }
  }

  /** What is mounted stays so until somebody stops who used it. */
  private synchronized void forget(@Nullable String name, String user) {
    Set<String> users = name == null ? null : deviceUsers.get(name);
    if (users != null) {
      users.remove(user);
    }
  }

  /**
   * At exit: unmounts the volumes with a device that nobody uses any more. Harmless when there is
   * nothing to undo.
   *
   * @param others all other containers of the host
   */
  public void disuse(ContainerRecord container, Collection<ContainerRecord> others) {
    for (MountPoint mount : container.mounts()) {
      String name = mount.name();
      if (name != null) {
        release(name, container.id(), others);
      }
    }
  }

  private synchronized void release(String name, String user, Collection<ContainerRecord> others) {
    VolumeInfo volume = store.all().get(name);
    if (volume == null || volume.options() == null) {
      return;
    }
    Set<String> users = deviceUsers.getOrDefault(name, new HashSet<>());
    users.remove(user);
    List<ContainerRecord> living =
        others.stream()
            .filter(other -> other.state().status().alive() && !other.id().equals(user))
            .toList();
    if (users.isEmpty() && users(name, living).isEmpty()) {
      deviceUsers.remove(name);
      DeviceMount.unmount(Path.of(volume.mountpoint()));
    }
  }

  /**
   * At {@code rm -v} and after a create that failed: removes the container's anonymous volumes that
   * no other container mounts.
   *
   * @param others all other containers of the host; asked while no volume can be reserved
   */
  public synchronized void removeAnonymous(
      ContainerRecord container, Supplier<? extends Collection<ContainerRecord>> others) {
    Collection<ContainerRecord> known = others.get();
    for (MountPoint mount : container.mounts()) {
      VolumeInfo volume = mount.name() == null ? null : store.all().get(mount.name());
      if (volume != null && volume.anonymous() && isLastUser(container.id(), volume, known)) {
        delete(volume);
      }
    }
  }

  // ---- volumes that move with their container

  /** Names of the volumes that a container mounts. */
  public static List<String> names(ContainerRecord container) {
    return container.mounts().stream()
        .filter(mount -> mount.type().equals("volume"))
        .map(mount -> Objects.requireNonNull(mount.name()))
        .distinct()
        .toList();
  }

  /**
   * Why volumes of a container cannot go with it to another host, for people; empty when they can.
   *
   * @param others all other containers of the host
   */
  public synchronized List<String> ties(
      ContainerRecord container, Collection<ContainerRecord> others) {
    List<String> ties = new ArrayList<>();
    for (String name : names(container)) {
      Set<String> users = allUsers(name, others);
      users.remove(container.id());
      if (!users.isEmpty()) {
        ties.add(
            "the volume %s is used by %s as well: move or remove that first"
                .formatted(name, String.join(", ", users.stream().map(Volumes::shortId).toList())));
      }
      if (find(name).options() != null) {
        ties.add("the volume %s is a device or directory of its host".formatted(name));
      }
    }
    return ties;
  }

  private static String shortId(String id) {
    return id.substring(0, Math.min(id.length(), SHORT_ID));
  }

  /** Where a volume lies with all that belongs to it. */
  public Path home(String name) {
    return store.home(name);
  }

  /**
   * Where a volume is to be put that comes from another host.
   *
   * @throws EngineException CONFLICT when there is one of that name
   */
  public synchronized Path arriving(String name) {
    if (store.all().containsKey(name)) {
      throw EngineException.conflict("this host has a volume %s of its own".formatted(name));
    }
    return store.arriving(name);
  }

  /** The volumes of a container have come: they are this host's. */
  public synchronized void adopt(ContainerRecord container) {
    for (String name : names(container)) {
      Path _ = arriving(name);
      reserve(name, container.id());
      store.adopt(name);
    }
  }

  /** The same container with its volumes where they are, or will be, on this host. */
  public ContainerRecord located(ContainerRecord container) {
    return container.withMounts(
        container.mounts().stream()
            .map(
                mount ->
                    mount.type().equals("volume")
                        ? mount.withSource(store.data(Objects.requireNonNull(mount.name())))
                        : mount)
            .toList());
  }

  /**
   * Removes the volumes of a container that is another host's: those that nobody else here mounts,
   * and that are not known to the fleet as this host's.
   *
   * @param others all other containers of the host
   */
  public synchronized void depart(
      ContainerRecord container, Supplier<? extends Collection<ContainerRecord>> others) {
    reserved.values().forEach(makers -> makers.remove(container.id()));
    for (String name : names(container)) {
      store.forgetArriving(name);
      VolumeInfo volume = store.all().get(name);
      if (volume != null
          && (volume.anonymous() || claims.isElsewhere(name))
          && isLastUser(container.id(), volume, others.get())) {
        store.remove(name);
      }
    }
  }

  private boolean isLastUser(
      String containerId, VolumeInfo volume, Collection<ContainerRecord> others) {
    Set<String> users = allUsers(volume.name(), others);
    users.remove(containerId);
    return users.isEmpty();
  }

  private static <T> List<T> orEmpty(@Nullable List<T> values) {
    return values == null ? List.of() : values;
  }
}
