package dev.flota.cluster.host;

import dev.flota.cluster.container.Execs;
import dev.flota.cluster.event.EventLog;
import dev.flota.cluster.event.VolumeEvents;
import dev.flota.cluster.teleport.MoveMetrics;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.container.Adoption;
import dev.flota.engine.container.Claims;
import dev.flota.engine.container.ContainerEngine;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.container.RecordStore;
import dev.flota.engine.image.Images;
import dev.flota.engine.image.LayerSource;
import dev.flota.engine.log.ContainerLog;
import dev.flota.engine.network.Networks;
import dev.flota.engine.runtime.ContainerRuntime;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.volume.VolumeClaims;
import dev.flota.engine.volume.Volumes;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of this host with all its parts, opened. It outlives any ActorSystem: the actors come
 * and go, the containers and what is known of them stay.
 */
public final class LocalHost implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalHost.class);

  private final EngineSettings settings;
  private final StateLock lock;
  private final Images images;
  private final Networks networks;
  private final Volumes volumes;
  private final ContainerRuntime runtime;
  private final ContainerLog logs;
  private final ContainerEngine engine;
  private final ContainerIndex index = new ContainerIndex();
  private final EventLog events;
  private final MoveMetrics moveMetrics = new MoveMetrics();
  private final Execs execs = new Execs();

  private LocalHost(EngineSettings settings, Optional<Registries> fleet) {
    this.settings = settings;
    events =
        new EventLog(
            fleet.map(Registries::eventAttributes).orElse(Map.of()), moveMetrics::happened);
    lock = StateLock.take(settings.stateDir());
    RecordStore store = new RecordStore(settings.stateDir().resolve("containers"));
    images = new Images(settings, fleet.map(Registries::layers).orElse(LayerSource.NONE));
    networks =
        fleet
            .map(decided -> new Networks(settings, decided.networks(), decided.wire()))
            .orElseGet(() -> new Networks(settings));
    volumes =
        new Volumes(
            settings,
            new VolumeEvents(events),
            fleet.map(Registries::volumes).orElse(VolumeClaims.ALONE));
    runtime = new ContainerRuntime(settings);
    logs = new ContainerLog();
    Claims claims = fleet.map(Registries::claims).orElse(Claims.ALONE);
    engine =
        new ContainerEngine(settings, images, networks, volumes, runtime, store, index, claims);
    images.recover();
    engine.sweep();
    Instant now = Instant.now();
    List<ContainerRecord> records =
        store.readAll().stream()
            .map(record -> Adoption.seen(record, runtime.observe(record), now))
            .toList();
    for (ContainerRecord record : records) {
      index.reserveName(record.name(), record.id());
      index.put(record);
    }
    engine.releaseImages();
    networks.open(records);
    engine.relocation().detourAgain(records);
    LOG.info("{} containers known on {}", records.size(), settings.hostName());
  }

  /**
   * Finds what is on this host and removes what an earlier daemon left half-made.
   *
   * @param fleet who decides for all hosts, empty for a host that stands alone
   */
  public static LocalHost open(EngineSettings settings, Optional<Registries> fleet) {
    return new LocalHost(settings, fleet);
  }

  /** How it was set up. */
  public EngineSettings settings() {
    return settings;
  }

  /** Its images. */
  public Images images() {
    return images;
  }

  /** Its networks. */
  public Networks networks() {
    return networks;
  }

  /** Its volumes. */
  public Volumes volumes() {
    return volumes;
  }

  /** Its logs. */
  public ContainerLog logs() {
    return logs;
  }

  /** Figures of the moves from here. */
  public MoveMetrics moveMetrics() {
    return moveMetrics;
  }

  /** What its containers' actors work with. */
  public ContainerEngine engine() {
    return engine;
  }

  /** Its containers' latest records. */
  public ContainerIndex index() {
    return index;
  }

  /** What happened on it. */
  public EventLog events() {
    return events;
  }

  /** Its execs. */
  public Execs execs() {
    return execs;
  }

  /** Lets go; containers keep running. */
  @Override
  public void close() {
    runtime.close();
    logs.close();
    networks.close();
    images.close();
    lock.close();
  }
}
