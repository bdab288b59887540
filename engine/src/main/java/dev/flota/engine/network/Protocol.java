package dev.flota.engine.network;

import java.util.Arrays;
import java.util.Optional;

/** What can be published. The names are Docker's and nftables' alike. */
public enum Protocol {
  TCP("tcp"),
  UDP("udp"),
  SCTP("sctp");

  private final String text;

  Protocol(String text) {
    this.text = text;
  }

  /** By its lower-case name. */
  public static Optional<Protocol> parse(String text) {
    return Arrays.stream(values()).filter(protocol -> protocol.text.equals(text)).findFirst();
  }

  @Override
  public String toString() {
    return text;
  }
}
