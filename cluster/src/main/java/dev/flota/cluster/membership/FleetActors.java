package dev.flota.cluster.membership;

import akka.actor.BootstrapSetup;
import akka.actor.setup.ActorSystemSetup;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * How the actors of a host find and trust those of the others.
 *
 * @param identity who this host is
 * @param keys directory of {@code ca.pem}, {@code host-cert.pem} and {@code host-key.pem}
 * @param downing which side lives on when hosts no longer see each other: {@code keep-majority},
 *     {@code keep-oldest}, {@code static-quorum} or {@code down-all} (Akka's Split Brain Resolver)
 * @param stableAfter so long a split must last before it is decided on
 * @param silence so long a host may be silent before it counts as unreachable
 * @param gone whether the host of that id left the fleet
 */
public record FleetActors(
    HostIdentity identity,
    Path keys,
    String downing,
    Duration stableAfter,
    Duration silence,
    Predicate<String> gone) {
  private static final String HOST_ROLE = "host.";

  /** What the ActorSystem is made with. */
  public ActorSystemSetup setup() {
    return setup(configuration());
  }

  ActorSystemSetup setup(Config configuration) {
    return ActorSystemSetup.create(
        BootstrapSetup.create(configuration), new ActorTls.Doorkeeper(gone));
  }

  Config configuration() {
    String ssl = ActorTls.CONFIGURATION + ".";
    return ConfigFactory.parseMap(
            Map.of(
                "akka.remote.artery.canonical.hostname",
                identity.address(),
                "akka.remote.artery.canonical.port",
                identity.ports().actors(),
                ssl + "key-file",
                keys.resolve("host-key.pem").toString(),
                ssl + "cert-file",
                keys.resolve("host-cert.pem").toString(),
                ssl + "ca-cert-file",
                keys.resolve("ca.pem").toString(),
                "akka.cluster.roles",
                List.of(role(identity.hostId())),
                "akka.cluster.split-brain-resolver.active-strategy",
                downing,
                "akka.cluster.split-brain-resolver.stable-after",
                stableAfter,
                "akka.cluster.failure-detector.acceptable-heartbeat-pause",
                silence))
        .withFallback(ConfigFactory.load("flota-fleet"));
  }

  /** The role by which a member of the cluster tells which host it is. */
  static String role(String hostId) {
    return HOST_ROLE + hostId;
  }

  /** The host that has one of these roles. */
  static String hostId(Iterable<String> roles) {
    for (String role : roles) {
      if (role.startsWith(HOST_ROLE)) {
        return role.substring(HOST_ROLE.length());
      }
    }
    return "";
  }
}
