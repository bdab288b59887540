package dev.flota.lab.bench.placement;

import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Commitments;
import dev.flota.cluster.placement.ContainerView;
import dev.flota.cluster.placement.Containers;
import dev.flota.cluster.placement.Expression;
import dev.flota.cluster.placement.HostView;
import dev.flota.cluster.placement.HostView.Availability;
import dev.flota.cluster.placement.HostView.Facts;
import dev.flota.cluster.placement.Reservation;
import dev.flota.cluster.placement.Wish;
import dev.flota.engine.image.Platform;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** 1,000 hosts of three sizes with 100 containers and 50 images each, the same in every run. */
final class BigFleet {
  private static final int HOSTS = 1_000;
  private static final int CONTAINERS_PER_HOST = 100;
  private static final int IMAGES_PER_HOST = 50;
  private static final int IMAGES = 500;
  private static final long CPU = 1_000_000_000;
  private static final long GIB = 1L << 30;

  private final Random random = new Random(42);
  private final List<HostView> hosts = new ArrayList<>();
  private final Containers containers;

  BigFleet() {
    List<ContainerView> all = new ArrayList<>();
    for (int number = 1; number <= HOSTS; number++) {
      HostView host = host(number);
      hosts.add(host);
      for (int count = 0; count < CONTAINERS_PER_HOST; count++) {
        all.add(container(all.size(), host));
      }
    }
    containers = Containers.of(all);
  }

  ClusterView view() {
    return ClusterView.of(hosts, containers);
  }

  static Wish wish(List<String> environment) {
    return new Wish(
        "f00d",
        "wish",
        Map.of(),
        new Reservation(CPU / 4, GIB / 4),
        "image-7:latest",
        "sha256:7",
        List.of(),
        List.of(),
        "crun",
        Platform.parse("linux/amd64"),
        Expression.of(Map.of(), environment));
  }

  private HostView host(int number) {
    long size = 1L << random.nextInt(3);
    Map<String, String> labels = new HashMap<>();
    labels.put("disk", random.nextInt(4) == 0 ? "hdd" : "ssd");
    labels.put("zone", "z" + random.nextInt(5));
    labels.put("rack", "r" + random.nextInt(50));
    return new HostView(
        "host-id-" + number,
        "host-" + number,
        labels,
        random.nextInt(50) == 0 ? Availability.DRAIN : Availability.ACTIVE,
        random.nextInt(100) != 0,
        new Reservation(32 * size * CPU, 128 * size * GIB),
        commitments(size),
        new Reservation(random.nextLong(32 * size * CPU), random.nextLong(128 * size * GIB)),
        images(),
        Set.of(),
        Set.of("crun", "runc"),
        new Facts(new Platform("linux", "amd64", null), "Debian", "6.18", "overlay2", Map.of()));
  }

  private Commitments commitments(long size) {
    Commitments sum = Commitments.NONE;
    for (int count = 0; count < CONTAINERS_PER_HOST; count++) {
      sum = sum.with(new Reservation(random.nextLong(CPU * size / 4), random.nextLong(GIB)));
    }
    return sum;
  }

  private Set<String> images() {
    Set<String> images = new HashSet<>();
    for (int count = 0; count < IMAGES_PER_HOST; count++) {
      int image = random.nextInt(IMAGES);
      images.add("sha256:" + image);
      images.add("image-" + image + ":latest");
    }
    return images;
  }

  private static ContainerView container(int number, HostView host) {
    return new ContainerView(
        "%064x".formatted(number), "container-" + number, Map.of("tier", "back"), host.id());
  }
}
