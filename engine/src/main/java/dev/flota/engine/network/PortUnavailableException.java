package dev.flota.engine.network;

/** The kernel did not give a port; the message is its reason in Go's (hence Docker's) words. */
final class PortUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  PortUnavailableException(String reason) {
    super(reason);
  }

  /** The kernel's reason. */
  String reason() {
    return String.valueOf(getMessage());
  }
}
