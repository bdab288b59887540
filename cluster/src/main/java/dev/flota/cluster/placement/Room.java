package dev.flota.cluster.placement;

import dev.flota.cluster.placement.HostView.Availability;
import java.util.HashSet;
import java.util.Set;

/**
 * What a host has left, with the sums that each decision needs.
 *
 * <p>What is measured counts only in whole eighths of the host: finer differences are noise, and
 * would keep the tie-breaks from ever being asked.
 *
 * @param open whether it takes containers at all
 * @param freeNanoCpus not reserved; negative when more is promised than there is
 * @param freeMemory bytes, likewise
 * @param takenNanoCpus what counts as taken when hosts are compared
 * @param takenMemory bytes, likewise
 * @param permillePerNanoCpu what one is of the host; infinite where it has none
 * @param permillePerByte likewise
 */
record Room(
    HostView host,
    boolean open,
    long freeNanoCpus,
    long freeMemory,
    long takenNanoCpus,
    long takenMemory,
    double permillePerNanoCpu,
    double permillePerByte,
    int containers,
    Set<String> volumes) {
  /** A host that is full. */
  static final int FULL = 1000;

  private static final long EIGHTHS = 8;

  static Room of(HostView host) {
    Reservation capacity = host.capacity();
    Reservation reserved = host.committed().reserved();
    Reservation weight = host.committed().weight();
    Reservation used = host.used();
    return new Room(
        host,
        host.reachable() && host.availability() == Availability.ACTIVE,
        capacity.nanoCpus() - reserved.nanoCpus(),
        capacity.memory() - reserved.memory(),
        Math.max(weight.nanoCpus(), wholeEighths(used.nanoCpus(), capacity.nanoCpus())),
        Math.max(weight.memory(), wholeEighths(used.memory(), capacity.memory())),
        (double) FULL / capacity.nanoCpus(),
        (double) FULL / capacity.memory(),
        host.committed().containers(),
        host.volumes());
  }

  private static long wholeEighths(long used, long capacity) {
    long eighth = capacity / EIGHTHS;
    return eighth == 0 ? used : used / eighth * eighth;
  }

  /** Whether the reservation can be kept; what reserves nothing goes where all is promised. */
  boolean holds(Reservation wanted) {
    return holdsCpus(wanted) && holdsMemory(wanted);
  }

  boolean holdsCpus(Reservation wanted) {
    return wanted.nanoCpus() == 0 || wanted.nanoCpus() <= freeNanoCpus;
  }

  boolean holdsMemory(Reservation wanted) {
    return wanted.memory() == 0 || wanted.memory() <= freeMemory;
  }

  /**
   * How full the host would be with one container of that weight more: CPU or memory, whichever is
   * fuller.
   */
  int loadWith(Reservation weight) {
    double fuller =
        Math.max(
            permillePerNanoCpu * (takenNanoCpus + weight.nanoCpus()),
            permillePerByte * (takenMemory + weight.memory()));
    return (int) (fuller + 0.5);
  }

  /** How full it is. */
  int load() {
    return loadWith(Reservation.NONE);
  }

  boolean hasImage(Wish wish) {
    Set<String> images = host.images();
    String id = wish.imageId();
    return (id != null && images.contains(id)) || images.contains(wish.image());
  }

  /** After the wish came here. */
  Room with(Wish wish) {
    Reservation wanted = wish.reservation();
    Reservation weight = wanted.weight();
    return new Room(
        host,
        open,
        freeNanoCpus - wanted.nanoCpus(),
        freeMemory - wanted.memory(),
        takenNanoCpus + weight.nanoCpus(),
        takenMemory + weight.memory(),
        permillePerNanoCpu,
        permillePerByte,
        containers + 1,
        joined(wish));
  }

  /** After the wish left. */
  Room without(Wish wish) {
    Reservation wanted = wish.reservation();
    Reservation weight = wanted.weight();
    return new Room(
        host,
        open,
        freeNanoCpus + wanted.nanoCpus(),
        freeMemory + wanted.memory(),
        Math.max(0, takenNanoCpus - weight.nanoCpus()),
        Math.max(0, takenMemory - weight.memory()),
        permillePerNanoCpu,
        permillePerByte,
        Math.max(0, containers - 1),
        volumes);
  }

  /** As if it took no more. */
  Room closed() {
    return new Room(
        host,
        false,
        freeNanoCpus,
        freeMemory,
        takenNanoCpus,
        takenMemory,
        permillePerNanoCpu,
        permillePerByte,
        containers,
        volumes);
  }

  private Set<String> joined(Wish wish) {
    if (volumes.containsAll(wish.volumes())) {
      return volumes;
    }
    Set<String> all = new HashSet<>(volumes);
    all.addAll(wish.volumes());
    return all;
  }
}
