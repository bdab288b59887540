package dev.flota.api.fleet;

import dev.flota.api.tls.FleetKeys;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.Submission;
import dev.flota.cluster.ledger.raft.Peer;
import dev.flota.cluster.ledger.raft.RaftLedger;
import dev.flota.cluster.ledger.raft.RaftLedgerSettings;
import dev.flota.cluster.membership.HostIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;

/** Hosts on loopback with keys and ledger of one fleet; no engines, no actors. */
final class TestFleet implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final RaftLedgerSettings.Timing QUICK =
      new RaftLedgerSettings.Timing(
          Duration.ofMillis(400), Duration.ofMillis(700), Duration.ofSeconds(5));

  /** Differs: Ratis keeps some things by it for the whole process. */
  private final String id = UUID.randomUUID().toString().replace("-", "").repeat(2);

  private final Path directory;
  private final List<HostIdentity> hosts = new ArrayList<>();
  private final Map<String, RaftLedger> running = new HashMap<>();

  /** Founded by a first host. */
  TestFleet(Path directory) {
    this.directory = directory;
    HostIdentity first = identity();
    keys(first).found(first.hostId(), List.of(first.address(), first.name()));
    RaftLedger ledger = RaftLedger.found(settings(first), new Change.FoundCluster(id, List.of()));
    running.put(first.hostId(), ledger);
    Submission.await(ledger.submit(new Change.AddHost(entry(first))));
  }

  /** The host that founded it. */
  HostIdentity first() {
    return hosts.getFirst();
  }

  RaftLedger ledger(HostIdentity host) {
    return Objects.requireNonNull(running.get(host.hostId()));
  }

  FleetKeys keys(HostIdentity host) {
    return new FleetKeys(directory.resolve(host.name()), Clock.systemUTC());
  }

  /** Another host, let in without further ado. */
  HostIdentity grow() {
    HostIdentity host = identity();
    FleetKeys keys = keys(host);
    FleetKeys founder = keys(first());
    byte[] key = keys.newKey();
    keys.accept(founder.authority(), founder.certify(key, host.hostId(), List.of(host.address())));
    RaftLedger ledger = start(host);
    RaftLedger other = ledger(first());
    Submission.await(other.submit(new Change.AddHost(entry(host))));
    Submission.await(other.admit(peer(host), running.keySet()));
    ledger.awaitReady(PATIENCE);
    return host;
  }

  /** Ends a host's replica; {@link #start} opens it again. */
  void stop(HostIdentity host) {
    ledger(host).close();
    running.remove(host.hostId());
  }

  RaftLedger start(HostIdentity host) {
    RaftLedger ledger = RaftLedger.open(settings(host));
    running.put(host.hostId(), ledger);
    return ledger;
  }

  /** A token that was issued at that time and lives for so long. */
  JoinToken token(Instant issued, Duration life) {
    JoinToken token = JoinToken.random(keys(first()).digest());
    Submission.await(
        ledger(first())
            .submit(
                new Change.IssueToken(token.hash(), issued, issued.plus(life), first().hostId())));
    return token;
  }

  private HostEntry entry(HostIdentity host) {
    return new HostEntry(
        host.hostId(),
        host.name(),
        host.address(),
        Admission.fingerprint(keys(host).proof().certificate().getPublicKey().getEncoded()),
        Map.of(),
        HostEntry.Availability.ACTIVE);
  }

  private HostIdentity identity() {
    int number = hosts.size() + 1;
    HostIdentity host =
        new HostIdentity(
            id,
            HexFormat.of().toHexDigits((byte) number).repeat(32),
            "host-" + number,
            "127.0.0." + (number + 1), // 127.0.0.1 is for who joins
            new HostIdentity.Ports(0, 0, freePort()));
    hosts.add(host);
    return host;
  }

  private static Peer peer(HostIdentity host) {
    return new Peer(host.hostId(), host.address(), host.ports().ledger());
  }

  private RaftLedgerSettings settings(HostIdentity host) {
    FleetKeys.Proof proof = keys(host).proof();
    return new RaftLedgerSettings(
        id,
        peer(host),
        directory.resolve(host.name() + "-ledger"),
        new RaftLedgerSettings.Identity(proof.key(), proof.certificate(), proof.authority()),
        QUICK,
        RaftLedgerSettings.DEFAULT_SNAPSHOT_EVERY);
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    Set.copyOf(running.values()).forEach(RaftLedger::close);
  }
}
