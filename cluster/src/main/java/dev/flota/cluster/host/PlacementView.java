package dev.flota.cluster.host;

import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostGoods;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.directory.Placed;
import dev.flota.cluster.membership.HostState;
import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Commitments;
import dev.flota.cluster.placement.ContainerView;
import dev.flota.cluster.placement.Containers;
import dev.flota.cluster.placement.HostView;
import dev.flota.cluster.placement.Reservation;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.Platform;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState.Status;
import dev.flota.engine.volume.VolumeInfo;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** What the directory knows, as placement wants to see it. */
public final class PlacementView {
  private static final double NANOS = 1e9;

  private final Directory directory;
  private final Map<String, String> members;
  private final Map<String, String> volumes;
  private final Predicate<String> drained;
  private final Set<String> runtimes;

  private PlacementView(LocalHost host, FleetMember member, Predicate<String> hosts) {
    directory = member.directory();
    // The directory may still tell of hosts that have left the fleet, and know no new volume yet.
    members = member.fellows().names();
    volumes = member.fellows().volumes();
    drained = member.drained().or(hosts.negate());
    runtimes = host.settings().runtimes().keySet(); // as all hosts are set up
  }

  /**
   * The fleet as it is known now.
   *
   * @param hosts whether one of that id may be chosen
   */
  public static ClusterView now(LocalHost host, FleetMember member, Predicate<String> hosts) {
    return new PlacementView(host, member, hosts).view();
  }

  private ClusterView view() {
    Map<String, Commitments> committed = new HashMap<>();
    List<ContainerView> containers = new ArrayList<>();
    for (ContainerRecord record : directory.all()) {
      Placed placed = directory.byId(record.id());
      if (placed == null) {
        continue; // gone since
      }
      containers.add(
          new ContainerView(
              record.id(),
              record.name(),
              Objects.requireNonNullElse(record.config().labels(), Map.of()),
              placed.hostId()));
      if (takesRoom(record.state().status())) {
        Reservation reservation = Reservation.of(record.hostConfig());
        committed.merge(
            placed.hostId(),
            Commitments.NONE.with(reservation),
            (before, one) -> before.with(reservation));
      }
    }
    Map<String, HostGoods> goods = directory.goods();
    List<HostView> hosts = new ArrayList<>();
    Map<String, HostStatus> told = directory.hosts();
    members.forEach(
        (id, name) -> {
          HostStatus status = told.get(id);
          hosts.add(
              status == null
                  ? silent(id, name)
                  : host(
                      status,
                      committed.getOrDefault(id, Commitments.NONE),
                      goods.getOrDefault(id, HostGoods.NONE)));
        });
    return ClusterView.of(hosts, Containers.of(containers));
  }

  private static boolean takesRoom(Status status) {
    return switch (status) {
      case CREATED, RUNNING, PAUSED, RESTARTING -> true;
      case REMOVING, EXITED, DEAD -> false;
    };
  }

  /** It has just joined, or is away since before this daemon started. */
  private HostView silent(String id, String name) {
    return new HostView(
        id,
        name,
        Map.of(),
        drained.test(id) ? HostView.Availability.DRAIN : HostView.Availability.ACTIVE,
        false,
        Reservation.NONE,
        Commitments.NONE,
        Reservation.NONE,
        Set.of(),
        volumes(id, HostGoods.NONE),
        Set.of(),
        new HostView.Facts(Platform.here(), "", "", "", Map.of()));
  }

  private HostView host(HostStatus status, Commitments committed, HostGoods goods) {
    HostStatus.Resources has = status.resources();
    return new HostView(
        status.hostId(),
        status.name(),
        status.labels(),
        drained.test(status.hostId()) ? HostView.Availability.DRAIN : HostView.Availability.ACTIVE,
        directory.state(status.hostId()) == HostState.READY,
        new Reservation((long) (has.cpus() * NANOS), has.memory()),
        committed,
        new Reservation((long) (has.cpusUsed() * NANOS), has.memoryUsed()),
        images(goods.images()),
        volumes(status.hostId(), goods),
        runtimes,
        new HostView.Facts(Platform.here(), "linux", status.kernel(), "overlay2", Map.of()));
  }

  private Set<String> volumes(String hostId, HostGoods goods) {
    Set<String> names =
        goods.volumes().stream()
            .map(VolumeInfo::name)
            // The fleet knows first that one has moved with its container.
            .filter(name -> volumes.getOrDefault(name, hostId).equals(hostId))
            .collect(Collectors.toSet());
    volumes.forEach(
        (name, holder) -> {
          if (holder.equals(hostId)) {
            names.add(name);
          }
        });
    return names;
  }

  private static Set<String> images(Collection<Image> images) {
    Set<String> names = new HashSet<>();
    for (Image image : images) {
      names.add(image.id());
      names.addAll(image.tags());
      names.addAll(image.repoDigests());
    }
    return names;
  }
}
