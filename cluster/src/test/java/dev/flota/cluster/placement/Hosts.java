package dev.flota.cluster.placement;

import dev.flota.cluster.placement.HostView.Availability;
import dev.flota.cluster.placement.HostView.Facts;
import dev.flota.engine.image.Platform;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** A host for tests: 4 CPUs and 8 GiB, empty and idle, unless said otherwise. */
final class Hosts {
  static final long GIB = 1L << 30;
  static final long CPU = 1_000_000_000;

  private final String name;
  private final Map<String, String> labels = new HashMap<>();
  private final Map<String, String> engineLabels = new HashMap<>();
  private final Set<String> images = new HashSet<>();
  private final Set<String> volumes = new HashSet<>();
  private Availability availability = Availability.ACTIVE;
  private boolean reachable = true;
  private Reservation capacity = new Reservation(4 * CPU, 8 * GIB);
  private Commitments committed = Commitments.NONE;
  private Reservation used = Reservation.NONE;
  private Platform platform = new Platform("linux", "amd64", null);

  private Hosts(String name) {
    this.name = name;
  }

  static Hosts host(int number) {
    return new Hosts("host-" + number);
  }

  static Reservation cpus(double cpus) {
    return new Reservation((long) (cpus * CPU), 0);
  }

  static Reservation memory(long bytes) {
    return new Reservation(0, bytes);
  }

  Hosts label(String key, String value) {
    labels.put(key, value);
    return this;
  }

  Hosts engineLabel(String key, String value) {
    engineLabels.put(key, value);
    return this;
  }

  Hosts image(String image) {
    images.add(image);
    return this;
  }

  Hosts volume(String volume) {
    volumes.add(volume);
    return this;
  }

  Hosts drained() {
    availability = Availability.DRAIN;
    return this;
  }

  Hosts unreachable() {
    reachable = false;
    return this;
  }

  Hosts capacity(double cpus, long memory) {
    capacity = new Reservation((long) (cpus * CPU), memory);
    return this;
  }

  /** By so many containers, in equal parts. */
  Hosts reserved(double cpus, long memory, int count) {
    Reservation each = new Reservation((long) (cpus * CPU) / count, memory / count);
    committed = Commitments.NONE;
    for (int container = 0; container < count; container++) {
      committed = committed.with(each);
    }
    return this;
  }

  Hosts used(double cpus, long memory) {
    used = new Reservation((long) (cpus * CPU), memory);
    return this;
  }

  Hosts platform(String text) {
    platform = Platform.parse(text);
    return this;
  }

  HostView view() {
    return new HostView(
        "id-of-" + name,
        name,
        labels,
        availability,
        reachable,
        capacity,
        committed,
        used,
        images,
        volumes,
        Set.of("crun", "runc"),
        new Facts(platform, "Debian GNU/Linux 13 (trixie)", "6.18.44", "overlay2", engineLabels));
  }

  static ClusterView cluster(Hosts... hosts) {
    return cluster(Containers.none(), hosts);
  }

  static ClusterView cluster(Containers containers, Hosts... hosts) {
    return ClusterView.of(Arrays.stream(hosts).map(Hosts::view).toList(), containers);
  }
}
