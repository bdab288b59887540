package dev.flota.api.fleet;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Rfc3339;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.cluster.ledger.HostBook;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.TokenEntry;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.cluster.membership.HostState;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** {@code /fleet}: what Docker has no word for. Errors have Docker's shape. */
public final class FleetRoutes {
  private static final Duration SHORTEST = Duration.ofSeconds(1);
  private static final Duration LONGEST = Duration.ofDays(30);
  private static final int DEFAULT_TOKEN_SECONDS = 3600;

  private final FleetControl control;
  private final Supplier<Fleet> fleet;

  /** Joining and leaving take seconds. */
  private final Executor slow =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("fleet-", 0).factory());

  /** The operations of that membership. */
  public FleetRoutes(FleetControl control, Supplier<Fleet> fleet) {
    this.control = control;
    this.fleet = fleet;
  }

  /** {@code POST /fleet/init}. */
  record InitBody(@Nullable String address, @Nullable Map<String, String> labels) {}

  /** {@code POST /fleet/join}. */
  record JoinBody(
      String token,
      String remote,
      @Nullable String address,
      @Nullable Map<String, String> labels) {}

  /** {@code POST /fleet/tokens}; seconds. */
  record TokenBody(@Nullable Integer life) {}

  /** {@code POST /fleet/hosts/{host}/update}; null leaves as it is. */
  record HostBody(@Nullable String availability, @Nullable Map<String, String> labels) {}

  /** The operations. */
  public List<Route> routes() {
    return Stream.of(
            own(),
            new GoodsRoutes(control, fleet).routes(),
            new ArrivalRoutes(fleet).routes(),
            new MetricsRoutes(fleet).routes(),
            new TeleportRoutes(fleet).routes(),
            new BatchRoutes(control, fleet, this::host).routes())
        .flatMap(List::stream)
        .toList();
  }

  private List<Route> own() {
    return List.of(
        Route.of("GET", "/fleet", this::self),
        Route.of("POST", "/fleet/init", this::init),
        Route.of("POST", "/fleet/join", this::join),
        Route.of("POST", "/fleet/leave", this::leave),
        Route.of("POST", "/fleet/members", this::admit),
        Route.of("POST", "/fleet/members/{host}/ready", this::ready),
        Route.of("GET", "/fleet/tokens", this::tokens),
        Route.of("POST", "/fleet/tokens", this::issue),
        Route.of("DELETE", "/fleet/tokens/{token}", this::revoke),
        Route.of("GET", "/fleet/hosts", this::hosts),
        Route.of("POST", "/fleet/hosts/{host}/update", this::update),
        Route.of("DELETE", "/fleet/hosts/{host}", this::remove));
  }

  private <T> CompletionStage<T> slowly(Supplier<T> work) {
    return CompletableFuture.supplyAsync(work, slow);
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> labels) {
    return labels == null ? Map.of() : labels;
  }

  // ---- this host

  private CompletionStage<HttpResponse> self(Call call) {
    FleetPart part = control.required();
    return CompletableFuture.completedFuture(Replies.json(json -> write(json, part)));
  }

  private static void write(JsonGenerator json, FleetPart part) throws IOException {
    HostIdentity identity = part.identity();
    json.writeStartObject();
    json.writeStringField("FleetID", identity.fleetId());
    json.writeStringField("HostID", identity.hostId());
    json.writeStringField("Name", identity.name());
    json.writeStringField("Address", identity.address() + ":" + identity.ports().peer());
    json.writeStringField("AuthorityDigest", part.keys().digest());
    json.writeStringField("LedgerLeader", part.ledger().leader().orElse(""));
    json.writeEndObject();
  }

  private CompletionStage<HttpResponse> init(Call call) {
    return call.json()
        .thenCompose(
            body -> {
              InitBody wish = body.readOr(InitBody.class, new InitBody(null, null));
              return slowly(() -> control.init(wish.address(), orEmpty(wish.labels())));
            })
        .thenApply(done -> Replies.json(201, json -> write(json, control.required())));
  }

  private CompletionStage<HttpResponse> join(Call call) {
    return call.json()
        .thenCompose(
            body -> {
              JoinBody wish =
                  body.read(JoinBody.class)
                      .orElseThrow(() -> EngineException.invalid("token: is missing"));
              return slowly(
                  () ->
                      control.join(
                          given("token", wish.token()),
                          given("remote", wish.remote()),
                          wish.address(),
                          orEmpty(wish.labels())));
            })
        .thenApply(done -> Replies.json(201, json -> write(json, control.required())));
  }

  private static String given(String field, @Nullable String value) {
    if (value == null || value.isEmpty()) {
      throw EngineException.invalid(field + ": is missing");
    }
    return value;
  }

  private CompletionStage<HttpResponse> leave(Call call) {
    boolean force = call.query().flag("force");
    return slowly(
        () -> {
          control.leave(force);
          return Replies.noContent();
        });
  }

  // ---- asked by other hosts

  private CompletionStage<HttpResponse> admit(Call call) {
    return call.strictBody()
        .thenCompose(body -> control.admission().admit(JoinRequest.parse(body.toArray())))
        .thenApply(FleetRoutes::admitted);
  }

  static HttpResponse admitted(JoinAnswer answer) {
    return Replies.json(
        201,
        json -> {
          json.writeStartObject();
          json.writeStringField("fleetId", answer.fleetId());
          json.writeStringField("certificate", answer.certificate());
          json.writeStringField("authority", answer.authority());
          json.writeStringField("authorityKey", answer.authorityKey());
          json.writeEndObject();
        });
  }

  private CompletionStage<HttpResponse> ready(Call call) {
    return control
        .admission()
        .connect(call.path("host"), fleet.get().directory())
        .thenApply(done -> Replies.noContent());
  }

  // ---- tokens

  private CompletionStage<HttpResponse> tokens(Call call) {
    List<TokenEntry> all =
        control.required().ledger().state().tokens().all().stream()
            .sorted(Comparator.comparing(TokenEntry::expiresAt))
            .toList();
    return CompletableFuture.completedFuture(
        Replies.json(
            json -> {
              json.writeStartArray();
              for (TokenEntry token : all) {
                json.writeStartObject();
                json.writeStringField("ID", token.hash().substring(0, 12));
                json.writeStringField("State", state(token));
                json.writeStringField("ExpiresAt", Rfc3339.format(token.expiresAt()));
                json.writeEndObject();
              }
              json.writeEndArray();
            }));
  }

  private static String state(TokenEntry token) {
    boolean over = token.expiresAt().isBefore(Instant.now());
    return switch (token.status()) {
      case OPEN -> over ? "expired" : "open";
      case USED -> "used";
      case REVOKED -> "revoked";
    };
  }

  private CompletionStage<HttpResponse> issue(Call call) {
    return call.json()
        .thenCompose(
            body -> {
              TokenBody wish = body.readOr(TokenBody.class, new TokenBody(null));
              Duration life =
                  Duration.ofSeconds(wish.life() == null ? DEFAULT_TOKEN_SECONDS : wish.life());
              if (life.compareTo(SHORTEST) < 0 || life.compareTo(LONGEST) > 0) {
                throw EngineException.invalid("life: 1 second to 30 days, not " + wish.life());
              }
              FleetPart part = control.required();
              JoinToken token = JoinToken.random(part.keys().digest());
              Instant now = Instant.now();
              return part.ledger()
                  .submit(
                      new Change.IssueToken(
                          token.hash(), now, now.plus(life), part.identity().hostId()))
                  .thenApply(done -> issued(token, part, now.plus(life)));
            });
  }

  private static HttpResponse issued(JoinToken token, FleetPart part, Instant expiry) {
    return Replies.json(
        201,
        json -> {
          json.writeStartObject();
          json.writeStringField("Token", token.toString());
          json.writeStringField(
              "Remote", part.identity().address() + ":" + part.identity().ports().peer());
          json.writeStringField("ExpiresAt", Rfc3339.format(expiry));
          json.writeEndObject();
        });
  }

  private CompletionStage<HttpResponse> revoke(Call call) {
    FleetPart part = control.required();
    String wanted = call.path("token");
    String beginning = wanted.startsWith("FLOTA-") ? JoinToken.parse(wanted).hash() : wanted;
    String hash =
        only(
            "token",
            wanted,
            part.ledger().state().tokens().all().stream()
                .map(TokenEntry::hash)
                .filter(known -> !beginning.isEmpty() && known.startsWith(beginning))
                .toList());
    return part.ledger()
        .submit(new Change.RevokeToken(hash))
        .thenApply(done -> Replies.noContent());
  }

  // ---- hosts

  private CompletionStage<HttpResponse> hosts(Call call) {
    FleetPart part = control.required();
    Directory directory = fleet.get().directory();
    List<HostEntry> all =
        part.ledger().state().hosts().all().stream()
            .sorted(Comparator.comparing(HostEntry::name))
            .toList();
    return CompletableFuture.completedFuture(
        Replies.json(
            json -> {
              json.writeStartArray();
              for (HostEntry host : all) {
                write(json, host, part, directory);
              }
              json.writeEndArray();
            }));
  }

  /** A host that is there and has not said yet what it has gets no containers. */
  private static String word(HostState state, Optional<HostStatus> status) {
    return state == HostState.READY && status.isEmpty()
        ? "joining"
        : state.name().toLowerCase(Locale.ROOT);
  }

  private static void write(JsonGenerator json, HostEntry host, FleetPart part, Directory directory)
      throws IOException {
    Optional<HostStatus> status = directory.host(host.id());
    HostState state = directory.state(host.id());
    json.writeStartObject();
    json.writeStringField("ID", host.id());
    json.writeStringField("Name", host.name());
    json.writeStringField("Address", host.address());
    json.writeBooleanField("Self", host.id().equals(part.identity().hostId()));
    json.writeStringField("State", word(state, status));
    json.writeStringField("Availability", host.availability().name().toLowerCase(Locale.ROOT));
    json.writeBooleanField("Leader", part.ledger().leader().filter(host.id()::equals).isPresent());
    json.writeObjectField("Labels", host.labels());
    json.writeNumberField("Containers", directory.containersOn(host.id()));
    json.writeNumberField(
        "Reschedulable",
        part.ledger().state().containers().ownedBy(host.id()).stream()
            .filter(ContainerEntry::isPromised)
            .count());
    if (status.isPresent()) {
      HostStatus said = status.get();
      json.writeStringField("EngineVersion", said.version());
      json.writeStringField("Kernel", said.kernel());
      json.writePOJOField("Features", said.features());
      json.writeNumberField("CPUs", said.resources().cpus());
      json.writeNumberField("CPUsUsed", said.resources().cpusUsed());
      json.writeNumberField("Memory", said.resources().memory());
      json.writeNumberField("MemoryUsed", said.resources().memoryUsed());
    }
    json.writeEndObject();
  }

  private HostEntry host(String wanted) {
    HostBook hosts = control.required().ledger().state().hosts();
    return hosts
        .byName(wanted)
        .orElseGet(
            () ->
                only(
                    "host",
                    wanted,
                    hosts.all().stream().filter(host -> host.id().startsWith(wanted)).toList()));
  }

  private static <T> T only(String kind, String wanted, List<T> found) {
    return switch (found.size()) {
      case 0 -> throw EngineException.notFound("no such %s: %s".formatted(kind, wanted));
      case 1 -> found.getFirst();
      default ->
          throw EngineException.invalid(
              "the ids of several %ss begin with %s: give more of it".formatted(kind, wanted));
    };
  }

  private CompletionStage<HttpResponse> update(Call call) {
    return call.json()
        .thenCompose(
            body -> {
              HostBody wish = body.readOr(HostBody.class, new HostBody(null, null));
              return control
                  .required()
                  .ledger()
                  .submit(
                      new Change.ChangeHost(
                          host(call.path("host")).id(),
                          null,
                          availability(wish.availability()),
                          wish.labels()));
            })
        .thenApply(done -> Replies.noContent());
  }

  private static HostEntry.@Nullable Availability availability(@Nullable String text) {
    return switch (text) {
      case null -> null;
      case "active" -> HostEntry.Availability.ACTIVE;
      case "drain" -> HostEntry.Availability.DRAIN;
      case String other ->
          throw EngineException.invalid(
              "availability: \"" + other + "\" is neither active nor drain");
    };
  }

  private CompletionStage<HttpResponse> remove(Call call) {
    boolean force = call.query().flag("force");
    HostEntry host = host(call.path("host"));
    FleetPart part = control.required();
    Directory directory = fleet.get().directory();
    if (host.id().equals(part.identity().hostId())) {
      throw EngineException.conflict("this is the host you ask; 'flota leave' takes it out");
    }
    if (directory.state(host.id()) != HostState.LOST && !force) {
      throw EngineException.conflict(
          host.name()
              + " is there: take it out by 'flota leave' on it, or give --force to end its membership from here");
    }
    return part.ledger()
        .submit(new Change.RemoveHost(host.id(), force))
        .thenCompose(
            done -> part.ledger().remove(host.id(), Admission.living(part.ledger(), directory, "")))
        .thenApply(
            done -> {
              fleet.get().forgetHost(host.id());
              return Replies.noContent();
            });
  }
}
