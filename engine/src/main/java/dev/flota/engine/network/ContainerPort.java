package dev.flota.engine.network;

import java.util.Comparator;

/** A port of a container, in Docker's form "80/tcp". */
public record ContainerPort(int number, Protocol protocol) implements Comparable<ContainerPort> {
  private static final Comparator<ContainerPort> ORDER =
      Comparator.comparingInt(ContainerPort::number).thenComparing(ContainerPort::protocol);

  @Override
  public int compareTo(ContainerPort other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return number + "/" + protocol;
  }
}
