package dev.flota.engine.network;

/** A port of the host; {@link Ipv4#ANY} stands for all its addresses. */
public record HostPort(Protocol protocol, Ipv4 address, int number) {
  @Override
  public String toString() {
    return address + ":" + number;
  }
}
