package dev.flota.api.fleet;

import static dev.flota.cluster.ledger.Submission.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flota.api.tls.FleetKeys;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.LedgerState;
import dev.flota.cluster.ledger.TokenEntry;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real keys and a real ledger; the clock is the test's. */
class AdmissionTest {
  private static final String VERSION = "0.4.0";
  private final Instant now = Instant.now();
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir static Path directory;
  private static TestFleet fleet;
  private static HostIdentity first;
  private static int joiners = 10;

  private final int number = joiners++;
  private final String id = HexFormat.of().toHexDigits((byte) number).repeat(32);
  private final String name = "new-" + number;
  private final FleetKeys joiner = new FleetKeys(directory.resolve(name), Clock.systemUTC());

  @BeforeAll
  static void found() {
    fleet = new TestFleet(directory.resolve("fleet"));
    first = fleet.first();
  }

  @AfterAll
  static void close() {
    fleet.close();
  }

  private Admission at(TestFleet fleet) {
    return new Admission(
        fleet.first(),
        fleet.keys(fleet.first()),
        fleet.ledger(fleet.first()),
        VERSION,
        Clock.fixed(now, ZoneOffset.UTC));
  }

  private JoinRequest request(JoinToken token) {
    return new JoinRequest(
        token.toString(),
        id,
        name,
        address(),
        Base64.getEncoder().encodeToString(joiner.newKey()),
        now,
        VERSION,
        Map.of("disk", "ssd"));
  }

  private String address() {
    return "127.0.0." + number;
  }

  // ---- the same with other parts

  private static JoinRequest named(JoinRequest request, String id, String name, String address) {
    return new JoinRequest(
        request.token(),
        id,
        name,
        address,
        request.publicKey(),
        request.now(),
        request.version(),
        request.labels());
  }

  private static JoinRequest by(JoinRequest request, Instant now, String version) {
    return new JoinRequest(
        request.token(),
        request.hostId(),
        request.name(),
        request.address(),
        request.publicKey(),
        now,
        version,
        request.labels());
  }

  private static JoinRequest keyed(JoinRequest request, String key) {
    return new JoinRequest(
        request.token(),
        request.hostId(),
        request.name(),
        request.address(),
        key,
        request.now(),
        request.version(),
        request.labels());
  }

  /** Refused so, with nothing changed; and the token is as good as before. */
  private void refused(JoinRequest request, ErrorKind kind, String text) {
    LedgerState before = fleet.ledger(first).state();
    assertThatThrownBy(() -> await(at(fleet).admit(request)))
        .isInstanceOfSatisfying(EngineException.class, e -> assertThat(e.kind()).isEqualTo(kind))
        .hasMessage(text);
    assertThat(await(fleet.ledger(first).sync())).isEqualTo(before);
  }

  @Test
  void whoIsLetInGetsACertificateOfHisOwnAndIsEntered() {
    JoinToken token = fleet.token(now, HOUR);
    JoinRequest request = request(token);

    JoinAnswer answer = await(at(fleet).admit(request));

    joiner.accept(
        new FleetKeys.Authority(answer.authority(), answer.authorityKey()), answer.certificate());
    assertThat(answer.fleetId()).isEqualTo(first.fleetId());
    assertThat(joiner.digest()).isEqualTo(token.authorityDigest());
    assertThat(joiner.proof().certificate().getSubjectX500Principal().getName())
        .isEqualTo("CN=" + id);
    LedgerState after = fleet.ledger(first).state();
    HostEntry entered = after.hosts().byName(name).orElseThrow();
    assertThat(entered.id()).isEqualTo(id);
    assertThat(entered.fingerprint()).isEqualTo(Admission.fingerprint(request.key()));
    assertThat(entered.labels()).containsEntry("disk", "ssd");
    assertThat(after.tokens().all()).extracting(TokenEntry::usedBy).contains(id);
  }

  @Test
  void theSameRequestAgainIsHarmless() {
    JoinRequest request = request(fleet.token(now, HOUR));
    await(at(fleet).admit(request));
    LedgerState before = fleet.ledger(first).state();

    await(at(fleet).admit(request));

    assertThat(fleet.ledger(first).state()).isEqualTo(before);
  }

  @Test
  void anExpiredTokenLetsNobodyIn() {
    JoinToken token = fleet.token(now.minus(HOUR), HOUR);
    refused(
        request(token),
        ErrorKind.FORBIDDEN,
        "this join token expired at "
            + now
            + "; 'flota token create' on a host of the fleet prints another");
  }

  @Test
  void aUsedTokenLetsNobodyElseIn() {
    JoinToken token = fleet.token(now, HOUR);
    await(at(fleet).admit(request(token)));
    refused(
        named(request(token), "e".repeat(64), "another", "127.0.0.200"),
        ErrorKind.FORBIDDEN,
        "this join token was used already, by host "
            + id.substring(0, 12)
            + "; 'flota token create' on a host of the fleet prints another");
  }

  @Test
  void aRevokedTokenLetsNobodyIn() {
    JoinToken token = fleet.token(now, HOUR);
    await(fleet.ledger(first).submit(new Change.RevokeToken(token.hash())));
    refused(
        request(token),
        ErrorKind.FORBIDDEN,
        "this join token was revoked; 'flota token create' on a host of the fleet prints another");
  }

  @Test
  void anInventedTokenLetsNobodyIn() {
    refused(
        request(JoinToken.random(fleet.keys(first).digest())),
        ErrorKind.FORBIDDEN,
        "this join token is not one of this fleet; 'flota token create' on a host of the fleet prints another");
  }

  @Test
  void aTokenOfAnotherFleetLetsNobodyIn() {
    refused(
        request(JoinToken.random("0".repeat(64))),
        ErrorKind.UNAUTHORIZED,
        "token: it was issued by another fleet; 'flota token create' on a host of this one prints one");
  }

  @ParameterizedTest
  @CsvSource({"-600,10 minutes", "600,10 minutes", "90,90 seconds", "864000,240 hours"})
  void aClockThatIsOffIsNamed(long seconds, String words) {
    JoinRequest request = by(request(fleet.token(now, HOUR)), now.plusSeconds(seconds), VERSION);
    refused(
        request,
        ErrorKind.INVALID,
        "the clocks of "
            + name
            + " and host-1 differ by "
            + words
            + ": set them by the same time server (timedatectl set-ntp true), then join again");
  }

  @Test
  void whoWasRefusedMayComeWithTheSameTokenOnceItIsPutRight() {
    JoinToken token = fleet.token(now, HOUR);
    JoinRequest request = request(token);
    assertThatThrownBy(() -> await(at(fleet).admit(by(request, now.minusSeconds(600), VERSION))))
        .isInstanceOf(EngineException.class);

    await(at(fleet).admit(request));

    assertThat(fleet.ledger(first).state().hosts().byId(id)).isPresent();
  }

  @Test
  void anIdentityThatIsTakenStaysItsOwners() {
    JoinToken token = fleet.token(now, HOUR);
    JoinRequest request = request(token);
    refused(
        named(request, id, "host-1", address()),
        ErrorKind.CONFLICT,
        "the name host-1 is host 010101010101's already: set another host-name in flota.conf, or remove that host by 'flota hosts rm'");
    refused(
        named(request, id, name, "127.0.0.2"),
        ErrorKind.CONFLICT,
        "the address 127.0.0.2 is host-1's already: give another by --address, or remove that host by 'flota hosts rm'");
    refused(
        named(request, first.hostId(), name, address()),
        ErrorKind.CONFLICT,
        "the host id 010101010101 is host-1's already: a host that joins takes a new one");
    // All of it the same, but not the key.
    refused(
        named(request, first.hostId(), "host-1", "127.0.0.2"),
        ErrorKind.CONFLICT,
        "the host id 010101010101 is host-1's already: a host that joins takes a new one");
  }

  @Test
  void aVersionTooFarAwayIsNamed() {
    refused(
        by(request(fleet.token(now, HOUR)), now, "0.6.1"),
        ErrorKind.INVALID,
        name + " runs Flota 0.6.1 and this fleet 0.4.0: only adjacent versions run together");
  }

  @ParameterizedTest
  @CsvSource({
    "999.1.1.1,'address: \"999.1.1.1\" is no IPv4 address'",
    "new-one,'address: \"new-one\" is no IPv4 address'",
    "fe80::1,'address: \"fe80::1\" is no IPv4 address'",
    "0.0.0.0,'address: 0.0.0.0 is nobody''s; --address tells which one to use'",
    "10.0.0.9,'address: 10.0.0.9 and 127.0.0.2, which is host-1''s, do not reach each other; --address tells which one to use'",
  })
  void anAddressAtWhichNobodyCanBeReachedIsNamed(String given, String text) {
    JoinRequest request = request(fleet.token(now, HOUR));
    refused(named(request, id, name, given), ErrorKind.INVALID, text);
  }

  @Test
  void aNameOrAnIdOfNoFormIsNamed() {
    JoinRequest request = request(fleet.token(now, HOUR));
    refused(
        named(request, id, "-x y", address()),
        ErrorKind.INVALID,
        "name: \"-x y\" is no host name: letters, digits, '.', '_' and '-'");
    refused(
        named(request, "abc", name, address()),
        ErrorKind.INVALID,
        "hostId: 64 hex digits are wanted");
  }

  @Test
  void aKeyThatIsNoneIsNamed() {
    JoinRequest request = request(fleet.token(now, HOUR));
    refused(
        keyed(request, "!!!!"),
        ErrorKind.INVALID,
        "publicKey: is not Base64: Illegal base64 character 21");
    assertThatThrownBy(() -> await(at(fleet).admit(keyed(request, "AAAA"))))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageStartingWith("publicKey: not an EC key in X.509 form");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"token", "hostId", "name", "address", "publicKey", "now", "version", "labels"})
  void whatIsMissingInARequestIsNamed(String field) {
    ObjectNode request = Json.PLAIN.valueToTree(request(JoinToken.random("0".repeat(64))));
    byte[] json = request.without(field).toString().getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> JoinRequest.parse(json))
        .isInstanceOf(EngineException.class)
        .hasMessage(field + ": is missing in the request to join");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "7"})
  void aRequestOfNoFormIsRefused(String json) {
    assertThatThrownBy(() -> JoinRequest.parse(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(EngineException.class)
        .hasMessage("token: is missing in the request to join");
  }

  @Test
  void whatIsNoJsonIsRefused() {
    assertThatThrownBy(() -> JoinRequest.parse("{".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessageStartingWith("this is no request to join: ");
  }

  /** What was asked for without a majority does not happen when the majority is back, either. */
  @Test
  void withoutAMajorityNobodyIsLetInThenOrLater() {
    try (TestFleet two = new TestFleet(directory.resolve("two"))) {
      HostIdentity second = two.grow();
      JoinRequest request = request(two.token(now, HOUR));
      LedgerState before = two.ledger(two.first()).state();
      two.stop(second);

      assertThatThrownBy(() -> await(at(two).admit(request)))
          .isInstanceOfSatisfying(
              EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
          .hasMessageStartingWith("the fleet has no majority: too few of ")
          .hasMessageContaining("host-2");

      two.start(second).awaitReady(Duration.ofSeconds(30));
      assertThat(await(two.ledger(second).sync())).isEqualTo(before);
      await(at(two).admit(request));
      assertThat(await(two.ledger(second).sync()).hosts().byId(id)).isPresent();
    }
  }
}
