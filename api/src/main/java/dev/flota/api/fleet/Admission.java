package dev.flota.api.fleet;

import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.raft.Peer;
import dev.flota.cluster.membership.HostState;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
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
 * @param version of this host's engine
 */
record Admission(FleetPart part, String version, Clock clock) {
  /** Leases are renewed within seconds, and people compare times of logs. */
  private static final Duration LARGEST_SKEW = Duration.ofMinutes(1);

  private static final Pattern HOST_ID = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}");
  private static final Pattern ADDRESS = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");

  /** Decides; the stage fails with the reason, and nothing has changed then. */
  CompletionStage<JoinAnswer> admit(JoinRequest request) {
    JoinToken token = JoinToken.parse(request.token());
    check(request, token);
    HostEntry host =
        new HostEntry(
            request.hostId(),
            request.name(),
            request.address(),
            fingerprint(request.key()),
            request.labels(),
            HostEntry.Availability.ACTIVE);
    String certificate =
        part.keys()
            .certify(request.key(), request.hostId(), List.of(request.address(), request.name()));
    var authority = part.keys().authority();
    return part.ledger()
        .submit(
            new Change.AllOf(
                List.of(
                    new Change.RedeemToken(token.hash(), clock.instant(), request.hostId()),
                    new Change.AddHost(host))))
        .thenApply(
            done ->
                new JoinAnswer(
                    part.identity().fleetId(),
                    certificate,
                    authority.certificate(),
                    authority.key()));
  }

  private void check(JoinRequest request, JoinToken token) {
    if (!token.authorityDigest().equals(part.keys().digest())) {
      throw new EngineException(
          ErrorKind.UNAUTHORIZED,
          "token: it was issued by another fleet; 'flota token create' on a host of this one prints one");
    }
    require(HOST_ID.matcher(request.hostId()).matches(), "hostId: 64 hex digits are wanted");
    require(
        NAME.matcher(request.name()).matches(),
        "name: \"" + request.name() + "\" is no host name: letters, digits, '.', '_' and '-'");
    require(
        ADDRESS.matcher(request.address()).matches(),
        "address: \"" + request.address() + "\" is no IPv4 address");
    checkClock(request);
    checkVersion(request);
  }

  private void checkClock(JoinRequest request) {
    Duration skew = Duration.between(clock.instant(), request.now()).abs();
    require(
        skew.compareTo(LARGEST_SKEW) <= 0,
        "the clocks of %s and %s differ by %s: set them by the same time server (timedatectl set-ntp true), then join again"
            .formatted(request.name(), part.identity().name(), inWords(skew)));
  }

  private static String inWords(Duration skew) {
    return skew.toMinutes() < 120 ? skew.toMinutes() + " minutes" : skew.toHours() + " hours";
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
        part.ledger()
            .state()
            .hosts()
            .byId(hostId)
            .orElseThrow(() -> EngineException.notFound("no such host: " + hostId));
    return part.ledger()
        .admit(
            new Peer(host.id(), host.address(), part.identity().ports().ledger()),
            living(part, directory, hostId));
  }

  /** The hosts that can be reached, and one more. */
  static Set<String> living(FleetPart part, Directory directory, String another) {
    return part.ledger().state().hosts().all().stream()
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
