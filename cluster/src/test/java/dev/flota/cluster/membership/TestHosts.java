package dev.flota.cluster.membership;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorSystem;
import akka.actor.typed.javadsl.Behaviors;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.flota.cluster.ledger.raft.RaftLedgerSettings;
import dev.flota.cluster.ledger.raft.TestAuthority;
import dev.flota.engine.linux.OwnConnections;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Base64;
import java.util.Collection;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Hosts of one fleet as far as their actors are concerned: each an ActorSystem on loopback. */
public final class TestHosts {
  private static final Duration STABLE = Duration.ofSeconds(2);
  private static final Duration SILENCE = Duration.ofSeconds(3);

  /** No leave is taken: the tests are about those who stay. */
  private static final Config ABRUPT =
      ConfigFactory.parseString(
          """
          akka.coordinated-shutdown.run-by-actor-system-terminate = off
          akka.remote.artery.advanced.shutdown-flush-timeout = 100ms
          """);

  private static final Duration END_WITHIN = Duration.ofSeconds(60);
  private static final Duration CUT_LOOSE_AFTER = Duration.ofSeconds(5);

  private final Path directory;
  private final TestAuthority authority;
  private final int port;
  private final Set<String> gone = ConcurrentHashMap.newKeySet();

  /** Certificates go into {@code directory}. */
  public TestHosts(Path directory) {
    this.directory = directory;
    try {
      authority = TestAuthority.create();
      port = freePort();
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A port that is free on all of loopback's addresses: each host has one of these to itself. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
      return socket.getLocalPort();
    }
  }

  /** Who the host of that number is. */
  public HostIdentity identity(int number) {
    return new HostIdentity(
        "f".repeat(64),
        Integer.toString(number).repeat(64),
        "host-" + number,
        "127.0.0." + number,
        new HostIdentity.Ports(0, port, 0));
  }

  /** Its actors, which speak to nobody yet. */
  public ActorTestKit start(int number) {
    return start(number, authority);
  }

  /** All hosts hear that the one of that number left the fleet. */
  void remove(int number) {
    gone.add(identity(number).hostId());
  }

  boolean isGone(String hostId) {
    return gone.contains(hostId);
  }

  /** Actors of a host that another authority has certified. */
  public ActorTestKit startForeign(int number) {
    try {
      return start(number, TestAuthority.create());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends them all at once. */
  static void end(Collection<ActorTestKit> hosts) {
    hosts.forEach(host -> host.system().terminate());
    for (ActorTestKit host : hosts) {
      awaitEnd(host.system());
    }
  }

  /** A connection that is dead can keep Artery from its end: it is cut, as the daemon does it. */
  private static void awaitEnd(ActorSystem<?> system) {
    int port = system.address().getPort().orElseThrow();
    long deadline = System.nanoTime() + END_WITHIN.toNanos();
    while (true) {
      try {
        system
            .getWhenTerminated()
            .toCompletableFuture()
            .get(CUT_LOOSE_AFTER.toSeconds(), TimeUnit.SECONDS);
        return;
      } catch (TimeoutException e) {
        if (System.nanoTime() > deadline) {
          throw new AssertionError("the actors do not end", e);
        }
        cutLoose(port);
      } catch (InterruptedException | ExecutionException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private static void cutLoose(int port) {
    try {
      OwnConnections.end(port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ActorTestKit start(int number, TestAuthority certifier) {
    FleetActors actors =
        new FleetActors(
            identity(number),
            keys(number, certifier),
            "keep-majority",
            STABLE,
            SILENCE,
            gone::contains);
    return ActorTestKit.create(
        ActorSystem.create(
            Behaviors.empty(), "flota", actors.setup(ABRUPT.withFallback(actors.configuration()))));
  }

  private Path keys(int number, TestAuthority certifier) {
    try {
      RaftLedgerSettings.Identity own = certifier.host(identity(number).hostId());
      Path keys = Files.createDirectories(directory.resolve("host-" + number));
      write(keys.resolve("ca.pem"), "CERTIFICATE", own.authority().getEncoded());
      write(keys.resolve("host-cert.pem"), "CERTIFICATE", own.certificate().getEncoded());
      write(keys.resolve("host-key.pem"), "PRIVATE KEY", own.key().getEncoded());
      return keys;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path file, String kind, byte[] content) throws IOException {
    String lines =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(content);
    Files.writeString(
        file, "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, lines, kind));
  }

  TestAuthority authority() {
    return authority;
  }
}
