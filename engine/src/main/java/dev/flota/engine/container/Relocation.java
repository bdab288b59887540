package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.image.Images;
import dev.flota.engine.network.Networks;
import dev.flota.engine.runtime.ContainerPaths;
import dev.flota.engine.runtime.ContainerRuntime;
import dev.flota.engine.runtime.Created;
import dev.flota.engine.runtime.Launch;
import dev.flota.engine.runtime.RootFilesystem;
import dev.flota.engine.runtime.SharedNamespaces;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.ContainerRecord.Wanted;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
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

  private static final String SENT = "sent";

  private final EngineSettings settings;
  private final Images images;
  private final Networks networks;
  private final ContainerRuntime runtime;
  private final RecordStore store;
  private final ContainerPaths paths;
  private final RootFilesystem rootFilesystem = new RootFilesystem();

  Relocation(
      EngineSettings settings,
      Images images,
      Networks networks,
      ContainerRuntime runtime,
      RecordStore store) {
    this.settings = settings;
    this.images = images;
    this.networks = networks;
    this.runtime = runtime;
    this.store = store;
    paths = new ContainerPaths(settings);
  }

  // ---- the host it leaves

  /** Containers that are frozen here for a move, also by a daemon before this one. */
  public Set<String> frozen() {
    return store.frozen();
  }

  /**
   * Writes the files that are the container's own, or what has changed of them since the last time.
   */
  public void sendFiles(ContainerRecord record, OutputStream to) {
    Path home = store.directory(record.id());
    try {
      Path list = paths.images(record.id()).resolveSibling(record.id() + "." + SENT);
      Files.createDirectories(Objects.requireNonNull(list.getParent()));
      FileStream.send(home, names(), list, to);
    } catch (IOException e) {
      throw EngineException.system("cannot send " + home + ": " + e.getMessage(), e);
    }
  }

  private static List<String> names() {
    return List.of("upper", "hosts", "hostname", "resolv.conf", ContainerEngine.LOG_FILE);
  }

  /**
   * Freezes it and cuts it off its networks. It is noted first, so that it does not go on by itself
   * whatever becomes of this daemon.
   */
  public void freeze(ContainerRecord record) {
    store.markFrozen(record.id());
    if (record.state().status() == RunState.Status.RUNNING) {
      runtime.pause(record);
    }
    networks.unplug(record);
  }

  /** Writes the images of a frozen container. */
  public void dump(ContainerRecord record) {
    Path images = paths.images(record.id());
    ContainerEngine.deleteTree(images);
    runtime.checkpoint(record, store.directory(record.id()), images);
  }

  /** Writes the images that were dumped as one stream. */
  public void sendImages(ContainerRecord record, OutputStream to) {
    Path directory = paths.images(record.id());
    try {
      Path list = directory.resolveSibling(record.id() + ".images");
      Files.deleteIfExists(list);
      FileStream.send(directory, List.of("."), list, to);
      Files.deleteIfExists(list);
    } catch (IOException e) {
      throw EngineException.system("cannot send " + directory + ": " + e.getMessage(), e);
    }
  }

  /** Lets a frozen container go on here, where it was before. */
  public void thaw(ContainerRecord record) {
    forgetImages(record.id());
    if (record.state().status().alive()) {
      networks.plug(record);
    }
    if (record.state().status() == RunState.Status.RUNNING) {
      runtime.resume(record);
    }
    store.unmarkFrozen(record.id());
  }

  /** Removes what was made to be sent. */
  public void forgetImages(String id) {
    try {
      Path images = paths.images(id);
      ContainerEngine.deleteTree(images);
      Files.deleteIfExists(images.resolveSibling(id + "." + SENT));
    } catch (IOException e) {
      LOG.warn("what was made for the move of {} stays in memory", id, e);
    }
  }

  /** Removes what a killed daemon left of moves of containers that are not here. */
  void sweep() {
    Path all = Objects.requireNonNull(paths.images("any").getParent());
    if (!Files.exists(all)) {
      return;
    }
    try (Stream<Path> left = Files.list(all)) {
      left.map(path -> String.valueOf(path.getFileName()).split("\\.", 2)[0])
          .distinct()
          .filter(id -> !Files.exists(store.directory(id)))
          .forEach(this::forgetImages);
    } catch (IOException e) {
      LOG.warn("what is left of moves in {} stays", all, e);
    }
  }

  // ---- the host it comes to

  /**
   * Makes everything ready that can be while the container still runs elsewhere. Its image has to
   * be here.
   *
   * @param record as the fleet knows it
   * @throws EngineException when it cannot run here; nothing is left
   */
  public Arrival prepare(ContainerRecord record) {
    if (!settings.runtimes().containsKey(RESTORER)) {
      throw EngineException.conflict("this host has no runc, which restores containers");
    }
    Images.Hold hold = images.hold(record.imageId(), record.id());
    try {
      runtime.validate(record.config(), record.hostConfig());
      Files.createDirectories(store.directory(record.id()));
      Path netns = networks.attachUnplugged(record).namespace();
      return new Arrival(record.withRuntime(RESTORER), Objects.requireNonNull(netns), hold);
    } catch (IOException e) {
      hold.close();
      throw EngineException.system("cannot prepare for " + record.name() + ": " + e, e);
    } catch (RuntimeException e) {
      hold.close();
      discard(record);
      throw e;
    }
  }

  /** A container that is about to come here. */
  public final class Arrival implements AutoCloseable {
    private final ContainerRecord record;
    private final Path netns;
    private final Images.Hold hold;

    private Arrival(ContainerRecord record, Path netns, Images.Hold hold) {
      this.record = record;
      this.netns = netns;
      this.hold = hold;
    }

    /** Takes in what {@link #sendFiles} wrote. */
    public void receiveFiles(InputStream from) throws IOException {
      FileStream.receive(store.directory(record.id()), from);
    }

    /** Takes in what {@link #sendImages} wrote. */
    public void receiveImages(InputStream from) throws IOException {
      Path directory = paths.images(record.id());
      Files.createDirectories(directory);
      FileStream.receive(directory, from);
    }

    /**
     * Writes its record. From here on a daemon that starts anew finds it.
     *
     * @param epoch at which it is this host's
     */
    public void own(long epoch) {
      store.write(record.withEpoch(epoch).withState(RunState.created()));
    }

    /**
     * Lets it go on here.
     *
     * @param state what it was seen in last
     * @return its record, not yet written
     */
    public ContainerRecord restore(long epoch, RunState state) {
      Path home = store.directory(record.id());
      networks.plug(record);
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
                  List.of(),
                  SharedNamespaces.NONE),
              paths.images(record.id()));
      Instant started = state.startedAt();
      return openUp(record)
          .withEpoch(epoch)
          .withWanted(Wanted.RUNNING)
          .withState(
              new RunState(RunState.Status.RUNNING, created.pid(), 0, false, "", started, null));
    }

    /** It is here now. */
    public void done() {
      hold.close();
      forgetImages(record.id());
    }

    /** Removes all that is here of it. */
    @Override
    public void close() {
      hold.close();
      discard(record);
    }
  }

  /**
   * What {@link Arrival#restore} does last.
   *
   * @return the record with the ports that are published here
   */
  public ContainerRecord openUp(ContainerRecord record) {
    networks.greet(record);
    return record.withEndpoints(networks.publish(record));
  }

  /** Removes what is here of a container that is another host's. */
  public void discard(ContainerRecord record) {
    EveryStep steps = new EveryStep();
    Path home = store.directory(record.id());
    steps.run("restore", () -> runtime.endRestore(record));
    steps.run("runtime", () -> runtime.delete(record.withRuntime(RESTORER)));
    steps.run("network", () -> networks.detach(record));
    steps.run("storage", () -> rootFilesystem.unmount(home));
    steps.run("files", () -> ContainerEngine.deleteTree(store.markRemoving(record.id())));
    steps.run("images", () -> forgetImages(record.id()));
    steps.orThrow();
  }
}
