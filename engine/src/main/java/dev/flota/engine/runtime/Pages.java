package dev.flota.engine.runtime;

/** Where the memory of a container goes that is dumped, besides its images. */
public sealed interface Pages {
  /** To a page server on another host, while it is dumped. */
  record Sent(PageTransport transport, PageTransport.Place to, Round round) implements Pages {}

  /** To whoever restores it, after that: post-copy, {@code criu lazy-pages}. */
  record Kept(PageTransport transport) implements Pages {}
}
