package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.volume.VolumeClaims;
import dev.flota.engine.volume.VolumeInfo;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Volumes with names, by the ledger: each name is one volume of the fleet, on one host. */
public final class LedgerVolumes implements VolumeClaims {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerVolumes.class);

  private final Ledger ledger;
  private final String hostId;

  /** Names that were claimed since the daemon started: their volumes may still be in the making. */
  private final Set<String> claimed = ConcurrentHashMap.newKeySet();

  /** The claims of that host. */
  public LedgerVolumes(Ledger ledger, String hostId) {
    this.ledger = ledger;
    this.hostId = hostId;
  }

  @Override
  public Optional<Elsewhere> claim(VolumeInfo wanted) {
    claimed.add(wanted.name());
    VolumeEntry volume =
        Submission.await(
                ledger.submit(
                    new Change.CreateVolume(
                        new VolumeEntry(
                            wanted.name(),
                            hostId,
                            wanted.driver(),
                            orEmpty(wanted.options()),
                            orEmpty(wanted.labels()),
                            wanted.createdAt()))))
            .volume();
    return volume.hostId().equals(hostId)
        ? Optional.empty()
        : Optional.of(new Elsewhere(info(volume, wanted), hostName(volume.hostId())));
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
    return Objects.requireNonNullElse(map, Map.of());
  }

  private static @Nullable Map<String, String> orNull(Map<String, String> map) {
    return map.isEmpty() ? null : map;
  }

  /** Where its files are only its host knows; all hosts that are set up alike have them there. */
  private static VolumeInfo info(VolumeEntry volume, VolumeInfo wanted) {
    return new VolumeInfo(
        volume.createdAt(),
        volume.driver(),
        orNull(volume.labels()),
        wanted.mountpoint(),
        volume.name(),
        orNull(volume.options()),
        wanted.scope(),
        null);
  }

  private String hostName(String id) {
    return ledger.state().hosts().byId(id).map(HostEntry::name).orElse(id);
  }

  @Override
  public boolean isElsewhere(String name) {
    return is(name, volume -> !volume.hostId().equals(hostId));
  }

  private boolean is(String name, Predicate<VolumeEntry> so) {
    return ledger.state().volumes().byName(name).filter(so).isPresent();
  }

  @Override
  public void giveUp(String name) {
    if (!is(name, volume -> volume.hostId().equals(hostId))) {
      return;
    }
    try {
      Submission.await(ledger.submit(new Change.RemoveVolume(name)));
    } catch (EngineException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      LOG.debug("the name of the volume {} was free already", name, e);
    }
  }

  /**
   * Once after a start: enters volumes that the ledger has not heard of, and gives up the names of
   * those that are gone.
   *
   * @param here the volumes of this host
   */
  public void settle(Supplier<List<VolumeInfo>> here) {
    List<VolumeEntry> entered =
        ledger.state().volumes().all().stream()
            .filter(volume -> volume.hostId().equals(hostId))
            .toList();
    List<VolumeInfo> volumes = here.get();
    Set<String> present = volumes.stream().map(VolumeInfo::name).collect(Collectors.toSet());
    entered.stream()
        .map(VolumeEntry::name)
        .filter(name -> !present.contains(name) && !claimed.contains(name))
        .forEach(this::giveUp);
    volumes.stream()
        .filter(volume -> !volume.anonymous())
        .filter(volume -> ledger.state().volumes().byName(volume.name()).isEmpty())
        .forEach(this::enter);
    volumes.stream()
        .map(VolumeInfo::name)
        .forEach(name -> ledger.state().volumes().byName(name).ifPresent(this::warnOfTwo));
  }

  private void enter(VolumeInfo volume) {
    Optional<Elsewhere> _ = claim(volume);
  }

  private void warnOfTwo(VolumeEntry volume) {
    if (!volume.hostId().equals(hostId)) {
      LOG.warn(
          "there is a volume {} both here and on {}: containers use the one on their host",
          volume.name(),
          hostName(volume.hostId()));
    }
  }
}
