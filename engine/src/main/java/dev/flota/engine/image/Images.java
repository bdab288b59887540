package dev.flota.engine.image;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.archive.ImageLoader;
import dev.flota.engine.image.archive.ImageSaver;
import dev.flota.engine.image.layer.DiskTrouble;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.pull.Arrivals;
import dev.flota.engine.image.pull.BlobRepair;
import dev.flota.engine.image.pull.ImagePuller;
import dev.flota.engine.image.pull.Interruption;
import dev.flota.engine.image.pull.LayerSet;
import dev.flota.engine.image.pull.LayerTransfers;
import dev.flota.engine.image.pull.ParcelReceiver;
import dev.flota.engine.image.registry.Backoff;
import dev.flota.engine.image.registry.LoginCheck;
import dev.flota.engine.image.store.Catalog;
import dev.flota.engine.image.store.ImageRecord;
import dev.flota.engine.image.store.ImageStore;
import dev.flota.engine.image.store.Layer;
import dev.flota.engine.image.store.RemovalPlan;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The images of one host: pulling, keeping, naming and removing them.
 *
 * <p>Safe for use by many threads. The methods block; {@link #pull} and {@link #load} may do so for
 * minutes and end early, leaving nothing behind, when their thread is interrupted.
 */
public final class Images implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Images.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(10);
  private static final Pattern WHOLE_ID = Pattern.compile("(?:sha256:)?[a-f0-9]{64}");
  private static final String SHA256 = "sha256:";
  private static final String MISSING = "<missing>";

  private final ImageStore store;
  private final LayerTransfers transfers;
  private final Arrivals arrivals = new Arrivals();
  private final ImagePuller puller;
  private final ParcelReceiver receiver;
  private final LoginCheck loginCheck;

  /** Ids of containers that are being made, by their images' ids; the store's lock guards it. */
  private final Map<String, Set<String>> making = new HashMap<>();

  /**
   * Images kept under {@code settings.stateDir()}, in {@code images} and {@code layers}.
   *
   * @param source asked for layers before a registry is
   */
  public Images(EngineSettings settings, LayerSource source) {
    this(settings, source, new Backoff(settings.registry().attempts(), FIRST_PAUSE, LONGEST_PAUSE));
  }

  Images(EngineSettings settings, LayerSource source, Backoff backoff) {
    this.store = new ImageStore(settings.stateDir());
    this.transfers = new LayerTransfers(store.layers());
    LayerSet.Surroundings surroundings =
        new LayerSet.Surroundings(store, transfers, source, arrivals);
    this.puller = new ImagePuller(surroundings, settings.registry(), backoff);
    this.receiver = new ParcelReceiver(surroundings, settings.registry());
    this.loginCheck = new LoginCheck(settings.registry(), backoff);
  }

  /** Removes what an earlier process left half-made. Call once, before anything else. */
  public void recover() {
    store.recover(new BlobRepair(store));
  }

  /**
   * The image that {@code reference} names: {@code name[:tag][@digest]}, an id, or an id's
   * beginning that fits only one image.
   *
   * @throws EngineException NOT_FOUND "No such image: alpine:latest"; INVALID when unreadable
   */
  public Image find(String reference) {
    Catalog catalog = store.catalog();
    return image(record(catalog, reference), catalog.referencesTo(id(catalog, reference)), -1);
  }

  /** An image that a container is being made from; see {@link #hold}. */
  public final class Hold implements AutoCloseable {
    private final Image image;
    private final String containerId;

    private Hold(Image image, String containerId) {
      this.image = image;
      this.containerId = containerId;
    }

    /** The image that was asked for. */
    public Image image() {
      return image;
    }

    /** To be called once the container is known as a user of the image, or is given up. */
    @Override
    public void close() {
      letGo(this);
    }
  }

  /**
   * Finds an image for a container that is going to be made. Until this is closed, that container
   * counts as a stopped one that uses the image.
   *
   * @param reference as in {@link #find}
   * @throws EngineException as {@link #find} does
   */
  public Hold hold(String reference, String containerId) {
    return store.exclusively(
        () -> {
          Image image = find(reference);
          making.computeIfAbsent(image.id(), id -> new HashSet<>()).add(containerId);
          return new Hold(image, containerId);
        });
  }

  private void letGo(Hold hold) {
    store.exclusively(
        () ->
            making.computeIfPresent(
                hold.image.id(),
                (id, makers) -> {
                  makers.remove(hold.containerId);
                  return makers.isEmpty() ? null : makers;
                }));
  }

  /** Users by the records and those in the making; under the lock, so that none slips between. */
  private List<ImageUse> users(String imageId, Function<String, List<ImageUse>> known) {
    List<ImageUse> users = new ArrayList<>(known.apply(imageId));
    making
        .getOrDefault(imageId, Set.of())
        .forEach(containerId -> users.add(new ImageUse(containerId, false)));
    return users;
  }

  /** All images, the newest first. */
  public List<Image> list() {
    return list(store.catalog(), Map.of());
  }

  /**
   * Directories of an image's unpacked layers, the LOWEST FIRST, in overlayfs form (whiteouts are
   * devices 0/0, opaque directories have {@code trusted.overlay.opaque}). They must not be changed.
   * Works also for an image that was removed by force while a container still needs it.
   *
   * @param imageId {@code sha256:…}
   * @throws EngineException NOT_FOUND when there is no such image
   */
  public List<Path> layers(String imageId) {
    return kept(imageId).layers().stream()
        .map(each -> store.layers().files(Digest.parse(each)))
        .toList();
  }

  /**
   * Digest of the manifest an image was pulled by, for this platform; null for a loaded image.
   *
   * @param imageId {@code sha256:…}
   * @throws EngineException NOT_FOUND when there is no such image
   */
  public @Nullable String manifestDigest(String imageId) {
    return kept(imageId).manifest();
  }

  /**
   * Brings an image from its registry.
   *
   * @param platform null for this machine's
   * @param auth null for anonymous
   * @throws EngineException with Docker's text for what the registry said or did
   */
  public Image pull(
      Reference reference,
      @Nullable Platform platform,
      @Nullable RegistryAuth auth,
      ProgressListener progress) {
    return find(puller.pull(reference, platform, auth, progress));
  }

  /**
   * A layer for another host: as it is kept, or as it comes while this host brings it.
   *
   * @param diffId digest of the uncompressed archive
   * @param patience how long to wait for the beginning of one that is only about to come
   */
  public Optional<LayerStream> layer(Digest diffId, Duration patience) {
    try {
      Optional<LayerStream> here = kept(diffId);
      Optional<LayerStream> found = here.isPresent() ? here : arrivals.open(diffId, patience);
      return found.isPresent() ? found : kept(diffId);
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    }
  }

  private Optional<LayerStream> kept(Digest diffId) throws IOException {
    Layer layer = store.layers().withDiffId(diffId);
    if (layer == null) {
      return Optional.empty();
    }
    Path file = store.blobs().path(Digest.parse(layer.blob().digest()));
    try {
      return Optional.of(new LayerStream("", layer.blob(), new FileInputStream(file.toFile())));
    } catch (FileNotFoundException e) {
      LOG.debug("the layer {} has just been removed", diffId, e);
      return Optional.empty();
    }
  }

  /**
   * An image for another host, without its layers.
   *
   * @throws EngineException NOT_FOUND when there is no such image
   */
  public ImageParcel parcel(String imageId) {
    Catalog catalog = store.catalog();
    ImageRecord image = record(catalog, imageId);
    Map<String, String> documents = new LinkedHashMap<>();
    List<Descriptor> layers = new ArrayList<>();
    try {
      for (String digest : documents(image)) {
        byte[] content = store.blobs().read(Digest.parse(digest));
        documents.put(digest, Base64.getEncoder().encodeToString(content));
      }
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    }
    for (String chainId : image.layers()) {
      Layer layer = store.layers().find(Digest.parse(chainId));
      if (layer == null) {
        throw EngineException.notFound("layer " + chainId + " of " + imageId + " is not here");
      }
      layers.add(layer.blob());
    }
    List<String> names =
        catalog.referencesTo(image.id()).stream().map(Reference::toString).toList();
    return new ImageParcel(image.id(), image.manifest(), image.index(), documents, layers, names);
  }

  private static List<String> documents(ImageRecord image) {
    return Stream.of(image.id(), image.manifest(), image.index())
        .flatMap(Stream::ofNullable)
        .toList();
  }

  /**
   * Makes an image of what another host has handed over, asking for the layers that are not here.
   *
   * @param wanted the name that shall mean this image, whatever it meant before
   */
  public void receive(ImageParcel parcel, String wanted, ProgressListener progress) {
    receiver.receive(parcel, wanted, progress);
  }

  /** The tags a registry has of a repository, for {@code pull --all-tags}. */
  public List<Reference> tags(Reference repository, @Nullable RegistryAuth auth) {
    return puller.tags(repository, auth);
  }

  /** Gives an image, named as in {@link #find}, one more name. */
  public void tag(String source, Reference target) {
    if (target.digest() != null) {
      throw EngineException.invalid("refusing to create a tag with a digest reference");
    }
    String now = Instant.now().toString();
    store.update(catalog -> catalog.withReference(target.orLatest(), id(catalog, source), now));
  }

  /**
   * Removes a name, and the image with the last name.
   *
   * @param users the containers made from an image, by its id
   * @param pruneParents kept for the builder: images that are pulled or loaded have no parents here
   * @throws EngineException CONFLICT with Docker's text when the image is in use
   */
  public List<Removal> remove(
      String reference,
      boolean force,
      boolean pruneParents,
      Function<String, List<ImageUse>> users) {
    List<Removal> removals = new ArrayList<>();
    store.update(
        catalog -> {
          ImageRecord image = record(catalog, reference);
          List<ImageUse> using = users(image.id(), users);
          RemovalPlan plan = RemovalPlan.of(catalog, image, reference, force, using);
          removals.addAll(plan.removals());
          removals.addAll(deletedLayers(plan));
          return plan.next();
        });
    store.sweep();
    return List.copyOf(removals);
  }

  /**
   * Lets go of images that were removed by force while a stopped container needed their layers. To
   * be called after a container is removed.
   *
   * @param users the containers made from an image, by its id
   */
  public void releaseUnused(Function<String, List<ImageUse>> users) {
    if (store.catalog().images().values().stream().anyMatch(ImageRecord::detached)) {
      store.update(catalog -> withoutUnused(catalog, users));
      store.sweep();
    }
  }

  /** The build steps, the newest first. */
  public List<LayerHistory> history(String reference) {
    Image image = find(reference);
    ImageRecord record = kept(image.id());
    List<ImageConfig.History> steps =
        image.config().history() == null ? List.of() : image.config().history();
    List<LayerHistory> history = new ArrayList<>();
    int layer = 0;
    for (ImageConfig.History step : steps) {
      boolean empty = Boolean.TRUE.equals(step.emptyLayer());
      boolean known = !empty && layer < record.layers().size();
      history.addFirst(step(step, known ? layerSize(record.layers().get(layer)) : 0));
      layer += empty ? 0 : 1;
    }
    if (!history.isEmpty()) {
      LayerHistory top = history.removeFirst();
      List<String> tags = image.tags().isEmpty() ? null : image.tags();
      history.addFirst(
          new LayerHistory(
              image.id(), top.created(), top.createdBy(), tags, top.size(), top.comment()));
    }
    return List.copyOf(history);
  }

  /**
   * Writes images as one archive that both {@code docker load} and tools for the OCI image layout
   * read. A name without a tag stands for all tags of its repository. {@code out} stays open.
   *
   * @throws EngineException NOT_FOUND, before anything is written, when an image is missing
   */
  public void save(List<String> names, OutputStream out) {
    Catalog catalog = store.catalog();
    Map<ImageRecord, List<Reference>> wanted = new LinkedHashMap<>();
    names.forEach(each -> addWanted(catalog, each, wanted));
    try (ImageStore.Session session = store.open()) {
      wanted.keySet().forEach(each -> hold(session, each));
      ImageSaver.save(store, wanted, out);
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    }
  }

  /**
   * Reads what {@link #save}, Docker or an OCI tool wrote, plain or compressed.
   *
   * @return names (or ids, of images without one) in the order they were found
   */
  public List<String> load(InputStream in, ProgressListener progress) {
    try {
      return new ImageLoader(store, transfers, progress).load(in);
    } catch (InterruptedIOException e) {
      throw new EngineException(ErrorKind.SYSTEM, Interruption.TEXT, e);
    } catch (IOException e) {
      throw EngineException.system(DiskTrouble.text(e), e);
    }
  }

  /**
   * Asks a registry whether it accepts the credentials.
   *
   * @throws EngineException UNAUTHORIZED with Docker's text
   */
  public AuthResult login(RegistryAuth auth) {
    return loginCheck.login(auth);
  }

  /** What images occupy on disk. */
  public DiskUsage diskUsage() {
    Catalog catalog = store.catalog();
    Map<String, Integer> uses = new HashMap<>();
    catalog.images().values().stream()
        .flatMap(each -> each.layers().stream().distinct())
        .forEach(each -> uses.merge(each, 1, Integer::sum));
    long total = uses.keySet().stream().mapToLong(this::layerSize).sum();
    return new DiskUsage(total, list(catalog, uses));
  }

  private List<Image> list(Catalog catalog, Map<String, Integer> uses) {
    Map<String, List<Reference>> references = new HashMap<>();
    catalog
        .references()
        .forEach(
            (name, id) ->
                references.computeIfAbsent(id, each -> new ArrayList<>()).add(parse(name)));
    return catalog.images().values().stream()
        .filter(each -> !each.detached())
        .map(
            each ->
                image(
                    each,
                    references.getOrDefault(each.id(), List.of()),
                    uses.isEmpty() ? -1 : sharedSize(each, uses)))
        .sorted(Comparator.comparing(Images::created).reversed())
        .toList();
  }

  private static Reference parse(String name) {
    return Reference.parse(name);
  }

  private static Instant created(Image image) {
    Instant created = image.config().created();
    return created == null ? Instant.EPOCH : created;
  }

  private long sharedSize(ImageRecord image, Map<String, Integer> uses) {
    return image.layers().stream()
        .distinct()
        .filter(each -> uses.getOrDefault(each, 0) > 1)
        .mapToLong(this::layerSize)
        .sum();
  }

  private long layerSize(String chainId) {
    Layer layer = store.layers().find(Digest.parse(chainId));
    return layer == null ? 0 : layer.size();
  }

  private Image image(ImageRecord record, List<Reference> references, long sharedSize) {
    return new Image(
        record.id(),
        store.config(record.id()),
        familiar(references, false),
        familiar(references, true),
        record.size(),
        sharedSize,
        record.lastTagged());
  }

  private static List<String> familiar(List<Reference> references, boolean digests) {
    return references.stream()
        .filter(each -> (each.digest() != null) == digests)
        .map(Reference::familiar)
        .sorted()
        .toList();
  }

  private static String id(Catalog catalog, String reference) {
    return record(catalog, reference).id();
  }

  private static ImageRecord record(Catalog catalog, String text) {
    if (WHOLE_ID.matcher(text).matches()) {
      String id = text.startsWith(SHA256) ? text : SHA256 + text;
      return existing(catalog.image(id), id);
    }
    Reference reference = Reference.parse(text);
    String named = catalog.idOf(reference);
    if (named != null) {
      return existing(catalog.image(named), named);
    }
    String hex = text.startsWith(SHA256) ? text.substring(SHA256.length()) : text;
    List<String> ids = catalog.startingWith(hex);
    return existing(
        ids.size() == 1 ? catalog.image(ids.getFirst()) : null, reference.orLatest().familiar());
  }

  private static ImageRecord existing(@Nullable ImageRecord image, String name) {
    if (image == null) {
      throw EngineException.notFound("No such image: " + name);
    }
    return image;
  }

  private ImageRecord kept(String imageId) {
    return existing(store.catalog().images().get(imageId), imageId);
  }

  private Catalog withoutUnused(Catalog catalog, Function<String, List<ImageUse>> users) {
    Catalog next = catalog;
    for (ImageRecord image : catalog.images().values()) {
      boolean unused = image.detached() && users(image.id(), users).isEmpty();
      next = unused ? next.withoutImage(image.id()) : next;
    }
    return next;
  }

  /** The layers that go with an image, the topmost first. */
  private List<Removal> deletedLayers(RemovalPlan plan) {
    ImageRecord deleted = plan.deleted();
    if (deleted == null) {
      return List.of();
    }
    Set<String> needed = plan.next().layers();
    return deleted.layers().reversed().stream()
        .filter(each -> !needed.contains(each) && !store.isHeld(Digest.parse(each)))
        .<Removal>map(Removal.Deleted::new)
        .toList();
  }

  private static LayerHistory step(ImageConfig.History step, long size) {
    Instant created = step.created();
    return new LayerHistory(
        MISSING,
        created == null ? 0 : created.getEpochSecond(),
        orEmpty(step.createdBy()),
        null,
        size,
        orEmpty(step.comment()));
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }

  private void addWanted(Catalog catalog, String name, Map<ImageRecord, List<Reference>> wanted) {
    List<Reference> tags = tagsOf(catalog, name);
    if (tags.isEmpty()) {
      wanted.computeIfAbsent(record(catalog, name), each -> new ArrayList<>());
    }
    for (Reference tag : tags) {
      List<Reference> names =
          wanted.computeIfAbsent(record(catalog, tag.toString()), each -> new ArrayList<>());
      if (tag.digest() == null && !names.contains(tag)) {
        names.add(tag);
      }
    }
  }

  /** The names to be saved; none when {@code name} is an id. */
  private static List<Reference> tagsOf(Catalog catalog, String name) {
    if (WHOLE_ID.matcher(name).matches()) {
      return List.of();
    }
    Reference reference = Reference.parse(name);
    if (!reference.isNameOnly()) {
      return catalog.idOf(reference) == null ? List.of() : List.of(reference);
    }
    return catalog.references().keySet().stream()
        .map(Reference::parse)
        .filter(each -> each.digest() == null && each.name().equals(reference.name()))
        .toList();
  }

  private void hold(ImageStore.Session session, ImageRecord image) {
    session.hold(Digest.parse(image.id()));
    for (String chainId : image.layers()) {
      session.hold(Digest.parse(chainId));
      Layer layer = store.layers().find(Digest.parse(chainId));
      if (layer != null) {
        session.hold(Digest.parse(layer.blob().digest()));
      }
    }
  }

  /** Returns when everything that was under way is on disk. */
  @Override
  public void close() {
    store.close();
  }
}
