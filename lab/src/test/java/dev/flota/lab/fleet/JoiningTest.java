package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flota.lab.harness.Api;
import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.SpareHost;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A fourth host that is let in, and all that is not: each refusal says what is wrong and changes
 * nothing, neither in the fleet nor on the host that asked.
 */
@FleetEndToEnd
class JoiningTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ANOTHER =
      "; 'flota token create' on a host of the fleet prints another";
  private static final int PEER_PORT = 2377;

  /** What a host writes down of its fleet. */
  private static final String FLEET_FILES =
      "ls -A /var/lib/flota/cluster /var/lib/flota/ledger 2>/dev/null || true";

  private final FleetLab fleet;
  private final Api first;
  private final String door;
  private final SpareHost spare = SpareHost.get();
  private String before = "";

  JoiningTest(FleetLab fleet) {
    this.fleet = fleet;
    first = new Api(fleet.host(1).socket());
    door = fleet.host(1).address() + ":" + PEER_PORT;
  }

  @BeforeEach
  void alone() {
    spare.leave();
  }

  @AfterEach
  void aloneAgain() {
    spare.leave();
  }

  // ---- asking

  private String token() {
    return issued("{}").path("Token").asText();
  }

  private JsonNode issued(String wish) {
    Api.Answer answer = first.send("POST", "/fleet/tokens", wish);
    assertThat(answer.status()).as(answer.body()).isEqualTo(201);
    return answer.json();
  }

  private Api.Answer join(String token) {
    return join(Map.of("token", token, "remote", door));
  }

  private Api.Answer join(Map<String, String> wish) {
    return spare.api().send("POST", "/fleet/join", JSON.valueToTree(wish).toString());
  }

  /** What a fourth host would send to the fleet, sent to it as it is. */
  private Api.Answer ask(ObjectNode request) {
    return first.send("POST", "/fleet/members", request.toString());
  }

  private ObjectNode request(String token) throws GeneralSecurityException {
    KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
    return JSON.createObjectNode()
        .put("token", token)
        .put("hostId", "e".repeat(64))
        .put("name", "host-9")
        .put("address", "172.30.0.9")
        .put(
            "publicKey",
            Base64.getEncoder().encodeToString(keys.generateKeyPair().getPublic().getEncoded()))
        .put("now", Instant.now().toString())
        .put("version", first.send("GET", "/version").json().path("Version").asText())
        .set("labels", JSON.createObjectNode());
  }

  /** What the ledger says of hosts, tokens and networks, as host 1 tells it. */
  private String ledger() {
    ArrayNode hosts = JSON.createArrayNode();
    for (JsonNode host : first.send("GET", "/fleet/hosts").json()) {
      hosts.add(
          ((ObjectNode) host).deepCopy().retain("ID", "Name", "Address", "Availability", "Labels"));
    }
    return hosts
        + "\n"
        + first.send("GET", "/fleet/tokens").body()
        + fleet.docker(1).ok("network ls --no-trunc --format {}", "{{.ID}} {{.Name}}");
  }

  private void remember() {
    before = ledger();
  }

  private void assertRefused(Api.Answer answer, int status, String text) {
    assertThat(answer.message()).startsWith(text);
    assertThat(answer.status()).isEqualTo(status);
    assertNothingChanged();
  }

  private void assertNothingChanged() {
    assertThat(ledger()).isEqualTo(before);
    assertThat(spare.host().ok(FLEET_FILES)).isEmpty();
    assertThat(spare.api().send("GET", "/fleet").status()).isEqualTo(503);
    assertThat(spare.docker().run("ps -q").exited(0).text()).isEmpty();
  }

  /** Whatever was refused before: alone it works, and the fleet takes it. */
  private void assertWorksAloneAndJoins() {
    spare.docker().need("busybox");
    assertThat(spare.docker().ok("run --rm busybox echo alone")).isEqualTo("alone");

    Api.Answer joined = join(token());
    assertThat(joined.status()).as(joined.body()).isEqualTo(201);
    Await.until("host 2 knows host 4", () -> knowsTheFourth(new Api(fleet.host(2).socket())));
    fleet.docker(2).need("busybox");
    assertThat(fleet.docker(2).ok("run --rm -e constraint:node==host-4 busybox echo of the fleet"))
        .isEqualTo("of the fleet");

    spare.leave();
    assertThat(spare.host().ok(FLEET_FILES)).isEmpty();
  }

  /** It is there, and has said what it is: before that nothing is placed on it. */
  private static boolean knowsTheFourth(Api host) {
    for (JsonNode each : host.send("GET", "/fleet/hosts").json()) {
      if (each.path("Name").asText().equals("host-4")) {
        return each.path("State").asText().equals("ready") && each.has("EngineVersion");
      }
    }
    return false;
  }

  // ---- tokens

  @Test
  void anExpiredTokenIsRefused() {
    JsonNode token = issued("{\"life\":1}");
    Await.until(
        "it is expired",
        () -> Instant.now().isAfter(Instant.parse(token.path("ExpiresAt").asText())));
    remember();

    assertRefused(join(token.path("Token").asText()), 403, "this join token expired at ");
  }

  @Test
  void aUsedTokenIsRefused() {
    String token = token();
    Api.Answer joined = join(token);
    assertThat(joined.status()).as(joined.body()).isEqualTo(201);
    String id = joined.json().path("HostID").asText();
    spare.leave();
    remember();

    assertRefused(
        join(token),
        403,
        "this join token was used already, by host " + id.substring(0, 12) + ANOTHER);
    assertWorksAloneAndJoins();
  }

  @Test
  void aRevokedTokenIsRefused() {
    String token = token();
    assertThat(first.send("DELETE", "/fleet/tokens/" + token).status()).isEqualTo(204);
    remember();

    assertRefused(join(token), 403, "this join token was revoked" + ANOTHER);
  }

  @Test
  void aTokenOfAnotherFleetIsRefused() {
    assertThat(spare.api().send("POST", "/fleet/init", "{}").status()).isEqualTo(201);
    String foreign = spare.api().send("POST", "/fleet/tokens", "{}").json().path("Token").asText();
    spare.leave();
    remember();

    assertRefused(
        join(foreign),
        401,
        "token: it was issued by another fleet than that of "
            + door
            + "; 'flota token create' there prints one");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nonsense", "SWMTKN-1-abc"})
  void whatIsNoTokenIsRefused(String text) {
    remember();

    assertRefused(
        join(text),
        400,
        "token: this is no join token; a host of the fleet prints one by 'flota token create'");
  }

  // ---- identities

  @Test
  void anAddressOfAnotherHostIsRefused() {
    String token = token();
    remember();
    String taken = fleet.host(2).address();

    assertRefused(
        join(Map.of("token", token, "remote", door, "address", taken)),
        400,
        "address: " + taken + " is none of this host's, which are [");
    assertWorksAloneAndJoins();
  }

  @Test
  void anIdentityOfAnotherHostIsRefused() throws GeneralSecurityException {
    JsonNode second = new Api(fleet.host(2).socket()).send("GET", "/fleet").json();
    String id = second.path("HostID").asText();
    String address = fleet.host(2).address();
    ObjectNode request = request(token());
    remember();

    assertRefused(
        ask(request.deepCopy().put("name", "host-2")),
        409,
        "the name host-2 is host " + id.substring(0, 12) + "'s already: set another host-name");
    assertRefused(
        ask(request.deepCopy().put("address", address)),
        409,
        "the address " + address + " is host-2's already: give another by --address");
    assertRefused(
        ask(request.deepCopy().put("hostId", id)),
        409,
        "the host id " + id.substring(0, 12) + " is host-2's already");
    assertRefused(
        ask(request.deepCopy().put("hostId", id).put("name", "host-2").put("address", address)),
        409,
        "the host id " + id.substring(0, 12) + " is host-2's already");
  }

  /** The machine has one clock for all its hosts: this one only says that it has another. */
  @ParameterizedTest
  @ValueSource(ints = {-10, 10})
  void aClockThatIsOffIsRefused(int minutes) throws GeneralSecurityException {
    ObjectNode request = request(token());
    remember();

    Instant now = Instant.now().plus(Duration.ofMinutes(minutes)).plusSeconds(minutes);
    assertRefused(
        ask(request.put("now", now.toString())),
        400,
        "the clocks of host-9 and host-1 differ by 10 minutes: set them by the same time server");
  }

  // ---- strangers at the ports between hosts

  @Test
  void whoHasNoCertificateIsNotHeard() {
    remember();
    String address = fleet.host(1).address();

    assertThat(curl("-k https://" + address + ":2377/containers/json").text())
        .contains("only hosts of the fleet may ask this, by their certificates");
    for (int port : List.of(2377, 2378, 2379)) {
      assertNotHeard(curl("http://" + address + ":" + port + "/containers/json"));
    }
    for (int port : List.of(2378, 2379)) {
      assertNotHeard(curl("-k https://" + address + ":" + port + "/containers/json"));
    }
    assertNothingChanged();
    fleet.awaitTogether();
  }

  /** Its certificate is valid for longer than its membership. */
  @Test
  void aHostThatWasRemovedIsNotHeard(@TempDir Path keys) throws IOException {
    Api.Answer joined = join(token());
    assertThat(joined.status()).as(joined.body()).isEqualTo(201);
    for (String file : List.of("host-cert.pem", "host-key.pem")) {
      Files.writeString(keys.resolve(file), spare.host().ok("cat /var/lib/flota/cluster/" + file));
    }
    Await.until("host 1 knows host 4", () -> knowsTheFourth(first));

    assertThat(first.send("DELETE", "/fleet/hosts/host-4?force=1").status()).isEqualTo(204);
    AtomicReference<@Nullable String> told = new AtomicReference<>();
    Await.until(
        "it is told",
        () -> String.valueOf(told.get()),
        () -> {
          String words = spare.docker().run("network create late").exited(1).err();
          told.set(words);
          return words.contains("do not take it for a member");
        });
    String itself =
        "-k --cert %1$s/host-cert.pem --key %1$s/host-key.pem https://%2$s:2377"
            .formatted(keys, fleet.host(1).address());
    assertThat(curl(itself + "/containers/json").text())
        .contains("does not belong to this fleet any more");
    assertThat(fleet.docker(1).ok("network ls --format {}", "{{.Name}}")).doesNotContain("late");

    spare.leave();
    assertWorksAloneAndJoins();
  }

  private Output curl(String words) {
    return spare
        .host()
        .startOnItsNetwork(List.of("bash", "-c", "curl -sS --max-time 30 " + words))
        .endInput()
        .await();
  }

  /**
   * curl: an answer that is no HTTP (TLS's alert), TLS fails, no answer, the connection is reset
   * while it sends or receives.
   */
  private static void assertNotHeard(Output output) {
    assertThat(output.exit()).as(output.toString()).isIn(1, 35, 52, 55, 56);
    assertThat(output.out()).isEmpty();
  }

  // ---- the rest

  @Test
  void whereNoFleetIsNothingIsJoined() {
    String token = token();
    remember();

    assertRefused(
        join(Map.of("token", token, "remote", "172.30.0.4:2377")),
        503,
        "172.30.0.4:2377 cannot be reached: ");
    assertRefused(
        join(Map.of("token", token, "remote", "host-1")),
        400,
        "remote: \"host-1\" is no address; give HOST:PORT of a host of the fleet");
  }

  @Test
  void anUnknownHostInAConstraintIsNamed() {
    fleet.docker(1).need("busybox");
    remember();

    Output refused = fleet.docker(1).run("run -d -e constraint:node==nowhere busybox true");

    assertThat(refused.exited(125).err())
        .contains(
            "no host is named nowhere: the constraint node==nowhere asks for it; there are host-1, host-2, host-3");
    assertThat(fleet.docker(2).ok("ps -aq")).isEmpty();
    assertNothingChanged();
  }

  @Test
  @Tag("faults")
  @Tag("slow")
  void aFleetWithoutMajorityLetsNobodyIn() {
    String token = token();
    remember();
    fleet.host(2).killDaemon();
    fleet.host(3).killDaemon();
    Api.Answer refused;
    try {
      refused = join(token);
    } finally {
      SpareHost.labUp(fleet.hosts().size());
      fleet.awaitTogether();
    }

    assertRefused(refused, 503, "the fleet has no majority: too few of ");
    Api.Answer joined = join(token);
    assertThat(joined.status()).as(joined.body()).isEqualTo(201);
  }
}
