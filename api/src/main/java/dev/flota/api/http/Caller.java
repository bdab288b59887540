package dev.flota.api.http;

import akka.http.javadsl.model.AttributeKey;
import akka.http.javadsl.model.HttpRequest;
import java.util.Optional;

/** Who makes a request, where that is more than somebody who may do everything. */
public sealed interface Caller {
  /** A client of the API: who gets through to its socket is root. */
  record Client() implements Caller {}

  /**
   * Another host of the fleet.
   *
   * @param hostId from its certificate
   */
  record Host(String hostId) implements Caller {}

  /** Somebody at the hosts' port who has shown no certificate. */
  record Stranger() implements Caller {}

  /** Who calls at the hosts' port: a host, or somebody who is none. */
  static Caller of(Optional<String> hostId) {
    return hostId.<Caller>map(Host::new).orElseGet(Stranger::new);
  }

  /** The caller of a request. */
  static Caller of(HttpRequest request) {
    return request.getAttribute(Attribute.KEY).orElseGet(Client::new);
  }

  /** The request as one that the caller makes. */
  default HttpRequest sign(HttpRequest request) {
    return request.addAttribute(Attribute.KEY, this);
  }

  /** Where akka-http keeps it. */
  final class Attribute {
    private static final AttributeKey<Caller> KEY = AttributeKey.create("caller", Caller.class);

    private Attribute() {}
  }
}
