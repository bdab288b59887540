package dev.flota.api.fleet;

import dev.flota.api.tls.FleetKeys;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.Ledger;
import dev.flota.cluster.ledger.raft.Peer;
import dev.flota.cluster.ledger.raft.RaftLedger;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.cluster.membership.HostState;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.network.Ipv4;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Lets other hosts into the fleet that this one belongs to.
 *
 * @param self this host
 * @param version of this host's engine
 */
record Admission(
    HostIdentity self, FleetKeys keys, RaftLedger ledger, String version, Clock clock) {
  /** Leases are renewed within seconds, and people compare times of logs. */
  private static final Duration LARGEST_SKEW = Duration.ofMinutes(1);

  private static final Pattern HOST_ID = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}");

  /** Decides; the stage fails with the reason, and nothing has changed then. */
  CompletionStage<JoinAnswer> admit(JoinRequest request) {
    JoinToken token = JoinToken.parse(request.token());
    check(request, token);
    byte[] key = request.key();
    HostEntry host =
        new HostEntry(
            request.hostId(),
            request.name(),
            request.address(),
            fingerprint(key),
            request.labels(),
            HostEntry.Availability.ACTIVE);
    String certificate =
        keys.certify(key, request.hostId(), List.of(request.address(), request.name()));
    FleetKeys.Authority authority = keys.authority();
    // Without a majority a change may yet happen later, when the new host has long given up.
    return ledger
        .sync()
        .thenCompose(
            majority ->
                ledger.submit(
                    new Change.AllOf(
                        List.of(
                            new Change.RedeemToken(token.hash(), clock.instant(), request.hostId()),
                            new Change.AddHost(host)))))
        .thenApply(
            done ->
                new JoinAnswer(
                    self.fleetId(), certificate, authority.certificate(), authority.key()));
  }

  private void check(JoinRequest request, JoinToken token) {
    if (!token.authorityDigest().equals(keys.digest())) {
      throw new EngineException(
          ErrorKind.UNAUTHORIZED,
          "token: it was issued by another fleet; 'flota token create' on a host of this one prints one");
    }
    require(HOST_ID.matcher(request.hostId()).matches(), "hostId: 64 hex digits are wanted");
    require(
        NAME.matcher(request.name()).matches(),
        "name: \"" + request.name() + "\" is no host name: letters, digits, '.', '_' and '-'");
    checkAddress(request.address());
    checkClock(request);
    checkVersion(request);
  }

  private void checkAddress(String address) {
    Ipv4 given =
        Ipv4.parse(address)
            .orElseThrow(
                () -> EngineException.invalid("address: \"" + address + "\" is no IPv4 address"));
    require(
        !given.equals(Ipv4.ANY), "address: 0.0.0.0 is nobody's; --address tells which one to use");
    boolean ownIsLoopback = Ipv4.parse(self.address()).filter(Ipv4::isLoopback).isPresent();
    require(
        given.isLoopback() == ownIsLoopback,
        "address: %s and %s, which is %s's, do not reach each other; --address tells which one to use"
            .formatted(address, self.address(), self.name()));
  }

  private void checkClock(JoinRequest request) {
    Duration skew = Duration.between(clock.instant(), request.now()).abs();
    require(
        skew.compareTo(LARGEST_SKEW) <= 0,
        "the clocks of %s and %s differ by %s: set them by the same time server (timedatectl set-ntp true), then join again"
            .formatted(request.name(), self.name(), inWords(skew)));
  }

  private static String inWords(Duration skew) {
    if (skew.toMinutes() < 2) {
      return skew.toSeconds() + " seconds";
    }
    return skew.toHours() < 2 ? skew.toMinutes() + " minutes" : skew.toHours() + " hours";
  }

  /** Adjacent versions run together, so that a fleet can be upgraded host by host. */
  private void checkVersion(JoinRequest request) {
    require(
        Versions.adjacent(version, request.version()),
        "%s runs Flota %s and this fleet %s: only adjacent versions run together"
            .formatted(request.name(), request.version(), version));
  }

  private static void require(boolean condition, String otherwise) {
    if (!condition) {
      throw EngineException.invalid(otherwise);
    }
  }

  /** Gives a host that has been let in its replica of the ledger, once the replica listens. */
  CompletionStage<?> connect(String hostId, Directory directory) {
    HostEntry host =
        ledger
            .state()
            .hosts()
            .byId(hostId)
            .orElseThrow(() -> EngineException.notFound("no such host: " + hostId));
    return ledger.admit(
        new Peer(host.id(), host.address(), self.ports().ledger()),
        living(ledger, directory, hostId));
  }

  /** The hosts that can be reached, and one more. */
  static Set<String> living(Ledger ledger, Directory directory, String another) {
    return ledger.state().hosts().all().stream()
        .map(HostEntry::id)
        .filter(id -> id.equals(another) || directory.state(id) == HostState.READY)
        .collect(Collectors.toSet());
  }

  static String fingerprint(byte[] key) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
