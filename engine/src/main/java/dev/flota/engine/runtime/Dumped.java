package dev.flota.engine.runtime;

/** What has become of the memory of a container that was dumped. */
public sealed interface Dumped {
  /** So many bytes of it were sent. */
  record Sent(long bytes) implements Dumped {}

  /** It is to be had there. */
  record Kept(PageTransport.Place at) implements Dumped {}
}
