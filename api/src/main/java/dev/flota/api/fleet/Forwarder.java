package dev.flota.api.fleet;

import akka.NotUsed;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.ResponseEntity;
import akka.http.javadsl.model.Uri;
import akka.stream.javadsl.Flow;
import akka.util.ByteString;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Forwarding;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.api.http.Caller;
import dev.flota.api.http.Hijack;
import dev.flota.api.http.PeerClient;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.directory.Placed;
import dev.flota.cluster.ledger.VolumeEntry;
import dev.flota.cluster.membership.HostState;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has a call about a container answered by the host that has the container: the request goes there
 * as it came, over mutual TLS, and the answer comes back as it is, streams and hijacked connections
 * included. So whatever operation the API gains works across hosts from its first day.
 */
public final class Forwarder implements Forwarding {
  private static final Logger LOG = LoggerFactory.getLogger(Forwarder.class);

  /** By its beginning the id of an exec tells the container it is in. */
  private static final int CONTAINER_PART = 24;

  /** Headers that belong to one connection, or that akka-http writes itself. */
  private static final Set<String> OWN =
      Set.of(
          "connection",
          "content-length",
          "content-type",
          "host",
          "raw-request-uri",
          "timeout-access",
          "tls-session-info",
          "transfer-encoding",
          "upgrade");

  /** Headers of answers that the router adds to all, or akka-http to each. */
  private static final Set<String> WRITTEN =
      Set.of(
          "api-version",
          "connection",
          "content-length",
          "content-type",
          "date",
          "docker-experimental",
          "ostype",
          "server",
          "transfer-encoding");

  private final Supplier<Fleet> fleet;
  private final Supplier<Optional<FleetPart>> part;

  /** Forwards while this host is in a fleet. */
  public Forwarder(Supplier<Fleet> fleet, Supplier<Optional<FleetPart>> part) {
    this.fleet = fleet;
    this.part = part;
  }

  @Override
  public Optional<CompletionStage<HttpResponse>> forward(Call call, Route route) {
    Optional<FleetPart> member = part.get();
    return switch (Caller.of(call.request())) {
      case Caller.Client _ -> member.flatMap(here -> forward(call, route, here));
      case Caller.Host(String hostId) -> {
        checkMember(member, hostId);
        yield Optional.empty();
      }
      case Caller.Stranger _ -> {
        if (!route.template().equals("/fleet/members")) {
          throw new EngineException(
              ErrorKind.UNAUTHORIZED,
              "only hosts of the fleet may ask this, by their certificates");
        }
        yield Optional.empty();
      }
    };
  }

  /** A certificate outlives its host's membership. */
  private static void checkMember(Optional<FleetPart> member, String hostId) {
    boolean known =
        member.filter(here -> here.ledger().state().hosts().byId(hostId).isPresent()).isPresent();
    if (!known) {
      throw new EngineException(
          ErrorKind.FORBIDDEN, "the host " + hostId + " does not belong to this fleet any more");
    }
  }

  private Optional<CompletionStage<HttpResponse>> forward(
      Call call, Route route, FleetPart member) {
    Fleet now = fleet.get();
    Directory directory = now.directory();
    String operation = route.method() + " " + route.template();
    return switch (operation) {
      case "DELETE /images/{name}" -> Optional.of(onHolders(call, route, now, member));
      case "POST /images/prune", "POST /containers/prune", "POST /volumes/prune" ->
          Optional.of(onAll(FanOut.Lists.UNION, call, route, directory, member));
      case "GET /system/df" -> Optional.of(onAll(FanOut.Lists.ALL, call, route, directory, member));
      case "GET /images/{name}/json",
          "GET /images/{name}/history",
          "GET /images/{name}/get",
          "POST /images/{name}/tag" ->
          Optional.of(onAHolder(call, route, now, member));
      default -> toTarget(call, route, directory, member);
    };
  }

  /** What is not known here may be so new that this host has not heard of it: then it asks. */
  private static Optional<CompletionStage<HttpResponse>> toTarget(
      Call call, Route route, Directory directory, FleetPart member) {
    try {
      return toKnownTarget(call, route, directory, member);
    } catch (EngineException e) {
      if (e.kind() != ErrorKind.NOT_FOUND) {
        throw e;
      }
      return Optional.of(
          member
              .ledger()
              .sync()
              .thenCompose(
                  now ->
                      toKnownTarget(call, route, directory, member)
                          .orElseGet(() -> route.handler().handle(call))));
    }
  }

  private static Optional<CompletionStage<HttpResponse>> toKnownTarget(
      Call call, Route route, Directory directory, FleetPart member) {
    Optional<String> target = target(call, route, directory, member);
    if (Followed.is(route)) {
      return target.map(
          hostId ->
              Followed.answer(
                  call,
                  member.ledger(),
                  directory.find(call.path("id")).record().id(),
                  hostId,
                  (asked, following) -> answer(following, route, directory, member, asked)));
    }
    return target
        .filter(hostId -> !hostId.equals(directory.ownHost()))
        .map(hostId -> forward(call, route, member.peers(), directory, hostId));
  }

  private static CompletionStage<HttpResponse> answer(
      Call call, Route route, Directory directory, FleetPart member, String hostId) {
    return hostId.equals(directory.ownHost())
        ? route.handler().handle(call)
        : forward(call, route, member.peers(), directory, hostId);
  }

  /** What an image's removal changes, it changes wherever the image is. */
  private static CompletionStage<HttpResponse> onHolders(
      Call call, Route route, Fleet fleet, FleetPart member) {
    return fleet
        .imageHolders(call.path("name"))
        .thenCompose(
            holders ->
                holders.isEmpty()
                    ? route.handler().handle(call)
                    : FanOut.of(
                        FanOut.Lists.UNION,
                        calls(call, route, fleet.directory(), member, holders.keySet()),
                        call.materializer()));
  }

  private static CompletionStage<HttpResponse> onAll(
      FanOut.Lists lists, Call call, Route route, Directory directory, FleetPart member) {
    List<String> reachable =
        directory.hosts().keySet().stream()
            .filter(hostId -> directory.state(hostId) == HostState.READY)
            .sorted()
            .toList();
    return FanOut.of(lists, calls(call, route, directory, member, reachable), call.materializer());
  }

  private static List<Supplier<CompletionStage<HttpResponse>>> calls(
      Call call, Route route, Directory directory, FleetPart member, Collection<String> hosts) {
    return hosts.stream()
        .<Supplier<CompletionStage<HttpResponse>>>map(
            hostId -> () -> answer(call, route, directory, member, hostId))
        .toList();
  }

  private static CompletionStage<HttpResponse> onAHolder(
      Call call, Route route, Fleet fleet, FleetPart member) {
    Directory directory = fleet.directory();
    return fleet
        .imageHolders(call.path("name"))
        .thenCompose(
            holders ->
                holders.isEmpty() || holders.containsKey(directory.ownHost())
                    ? route.handler().handle(call)
                    : forward(
                        call,
                        route,
                        member.peers(),
                        directory,
                        holders.keySet().iterator().next()));
  }

  /** The host that has what the call is about. */
  private static Optional<String> target(
      Call call, Route route, Directory directory, FleetPart member) {
    if (route.template().startsWith("/containers/{id}")) {
      Placed container = directory.find(call.path("id"));
      boolean read = route.template().equals("/containers/{id}/json") && !call.query().flag("size");
      return read && directory.byId(container.record().id()) != null
          ? Optional.empty()
          : Optional.of(container.hostId());
    }
    if (route.template().startsWith("/exec/{id}")) {
      return withExec(directory, call.path("id")).map(Placed::hostId);
    }
    if (route.template().equals("/volumes/{name}")) {
      String name = call.path("name");
      return member
          .ledger()
          .state()
          .volumes()
          .byName(name)
          .map(VolumeEntry::hostId)
          .or(() -> directory.volumeElsewhere(name));
    }
    return Optional.empty();
  }

  private static Optional<Placed> withExec(Directory directory, String execId) {
    return execId.length() < CONTAINER_PART
        ? Optional.empty()
        : directory.beginningWith(execId.substring(0, CONTAINER_PART)).stream()
            .findFirst()
            .or(() -> directory.registeredElsewhere(execId.substring(0, CONTAINER_PART)));
  }

  private static HostStatus host(Directory directory, String hostId) {
    HostStatus host =
        directory
            .host(hostId)
            .orElseThrow(() -> unavailable("a host that has not been heard of yet", ""));
    if (directory.state(hostId) != HostState.READY) {
      throw unavailable(
          "%s (%s)".formatted(host.name(), host.address()),
          directory.state(hostId) == HostState.LOST ? "it is lost" : "it does not answer");
    }
    return host;
  }

  private static EngineException unavailable(String host, String why) {
    return new EngineException(
        ErrorKind.UNAVAILABLE,
        "what this is about is on %s, which cannot be reached now%s"
            .formatted(host, why.isEmpty() ? "" : ": " + why));
  }

  private static CompletionStage<HttpResponse> forward(
      Call call, Route route, PeerClient peers, Directory directory, String hostId) {
    HostStatus host = host(directory, hostId);
    Optional<Placed> renamed = renamed(call, route, directory);
    CompletionStage<HttpResponse> answer =
        route.template().equals("/containers/{id}/attach")
                || route.template().equals("/exec/{id}/start")
            ? handOver(call, peers, host, Losses.whileThere(directory, hostId))
            : peers
                .send(request(call, host))
                .thenApply(Forwarder::withoutConnection)
                .thenApply(response -> whileThere(response, Losses.whileThere(directory, hostId)));
    CompletionStage<HttpResponse> whole =
        directory
            .unlessLost(hostId, answer)
            .thenApply(
                response -> {
                  if (response.status().isSuccess()) {
                    renamed.ifPresent(directory::learn);
                  }
                  return response;
                });
    return whole.exceptionally(
        failure -> {
          Throwable cause =
              failure instanceof CompletionException && failure.getCause() != null
                  ? failure.getCause()
                  : failure;
          if (cause instanceof EngineException known) {
            throw known;
          }
          LOG.warn("{} does not answer {}", host.name(), call.request().getUri(), cause);
          throw unavailable(
              "%s (%s)".formatted(host.name(), host.address()), String.valueOf(cause.getMessage()));
        });
  }

  /** What a renaming makes of a container: who asked for it finds it so with the next call. */
  private static Optional<Placed> renamed(Call call, Route route, Directory directory) {
    if (!route.template().equals("/containers/{id}/rename")) {
      return Optional.empty();
    }
    Placed before = directory.find(call.path("id"));
    String name = call.query().text("name");
    return Optional.of(
        new Placed(
            before.hostId(),
            before.record().withName(name.startsWith("/") ? name.substring(1) : name)));
  }

  private static HttpResponse whileThere(
      HttpResponse response, Flow<ByteString, ByteString, NotUsed> bytes) {
    ResponseEntity entity = response.entity();
    if (entity.isStrict()) {
      return response;
    }
    OptionalLong length = entity.getContentLengthOption();
    return length.isEmpty()
        ? response.transformEntityDataBytes(bytes)
        : response.withEntity(
            HttpEntities.create(
                entity.getContentType(), length.getAsLong(), entity.getDataBytes().via(bytes)));
  }

  /** An answer without what the next connection writes itself. */
  private static HttpResponse withoutConnection(HttpResponse answer) {
    List<HttpHeader> kept =
        StreamSupport.stream(answer.getHeaders().spliterator(), false)
            .filter(header -> !WRITTEN.contains(header.name().toLowerCase(Locale.ROOT)))
            .toList();
    return answer.withHeaders(kept);
  }

  private static HttpRequest request(Call call, HostStatus host) {
    HttpRequest came = call.request();
    Uri uri =
        Uri.create(
            "https://%s:%d%s".formatted(host.address(), host.peerPort(), call.target()),
            Uri.RELAXED);
    return HttpRequest.create()
        .withMethod(came.method())
        .withUri(uri)
        .addHeaders(headers(came))
        .withEntity(call.takeEntity());
  }

  private static List<HttpHeader> headers(HttpRequest request) {
    return StreamSupport.stream(request.getHeaders().spliterator(), false)
        .filter(header -> !OWN.contains(header.name().toLowerCase(Locale.ROOT)))
        .toList();
  }

  private static CompletionStage<HttpResponse> handOver(
      Call call,
      PeerClient peers,
      HostStatus host,
      Flow<ByteString, ByteString, NotUsed> whileThere) {
    InetSocketAddress address = new InetSocketAddress(host.address(), host.peerPort());
    HttpRequest came = call.request();
    return call.strictBody()
        .thenCompose(
            body ->
                peers.send(
                    address,
                    new PeerClient.Handover(
                        came.method().value(),
                        call.target(),
                        headers(came),
                        came.entity().getContentType(),
                        body)))
        .thenApply(
            answer ->
                switch (answer) {
                  case PeerClient.HandedOver.Answer(HttpResponse response) -> response;
                  case PeerClient.HandedOver.Session session ->
                      Hijack.response(
                          came,
                          Replies.streamType(session.contentType()),
                          /* readsInput= */ true,
                          session.bytes().via(whileThere));
                });
  }
}
