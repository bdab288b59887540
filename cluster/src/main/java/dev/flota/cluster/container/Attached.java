package dev.flota.cluster.container;

import dev.flota.cluster.follow.Place;
import dev.flota.cluster.stream.Streams;
import java.util.ArrayList;
import java.util.List;

/** The clients who are attached to a container. Not thread-safe: owned by its actor. */
final class Attached {
  private final List<Streams> clients = new ArrayList<>();

  void add(Streams client) {
    clients.removeIf(Streams::hasLeft);
    clients.add(client);
  }

  /** Nobody gives the container anything from now on. */
  void hold() {
    clients.forEach(Streams::hold);
  }

  /** Ends {@link #hold}. */
  void release() {
    clients.forEach(Streams::release);
  }

  /** They are led to another host when they have all that was said here. */
  void moved(Place place) {
    clients.forEach(client -> client.moved(place));
  }
}
