package dev.flota.api.fleet;

import akka.NotUsed;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Following;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.api.http.Hijack;
import dev.flota.cluster.follow.FollowStage;
import dev.flota.cluster.follow.HostFrames;
import dev.flota.cluster.follow.Place;
import dev.flota.cluster.follow.Said;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.cluster.ledger.Ledger;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * A call that lasts as long as the container: its client keeps this one connection to this host,
 * and this host asks one host after the other, itself among them, as the container moves.
 */
final class Followed {
  private static final Set<String> ROUTES =
      Set.of("/containers/{id}/attach", "/containers/{id}/logs", "/containers/{id}/wait");

  /** A host that has just got a container may still be about to take it in. */
  private static final Duration FOUND_WITHIN = Duration.ofSeconds(30);

  private static final Executor SOON = CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS);

  /** Asks a host, in the way that this call does. */
  @FunctionalInterface
  interface Hosts {
    /** The host's answer, streams in {@link HostFrames}. */
    CompletionStage<HttpResponse> ask(String hostId, Call call);
  }

  private final Call call;
  private final Ledger ledger;
  private final String id;
  private final Hosts hosts;

  private Followed(Call call, Ledger ledger, String id, Hosts hosts) {
    this.call = call;
    this.ledger = ledger;
    this.id = id;
    this.hosts = hosts;
  }

  /** Whether it is such a call. */
  static boolean is(Route route) {
    return ROUTES.contains(route.template());
  }

  /** The answer, from a container that is on that host now. */
  static CompletionStage<HttpResponse> answer(
      Call call, Ledger ledger, String id, String hostId, Hosts hosts) {
    Followed followed = new Followed(call, ledger, id, hosts);
    return call.discard()
        .thenCompose(read -> followed.ask(hostId, Following.anew()))
        .thenApply(answer -> answer.status().isFailure() ? answer : followed.stream(answer));
  }

  private CompletionStage<HttpResponse> ask(String hostId, HttpHeader how) {
    return hosts.ask(hostId, call.following(id, how));
  }

  private HttpResponse stream(HttpResponse first) {
    Flow<ByteString, ByteString, NotUsed> stream =
        Flow.fromGraph(
            new FollowStage(
                said(first),
                place -> find(place, System.nanoTime() + FOUND_WITHIN.toNanos()),
                call.materializer()));
    return Hijack.session(first).isPresent()
        ? Hijack.response(
            call.request(),
            first.entity().getContentType(),
            call.query().flag("stdin") && call.query().flag("stream"),
            stream)
        : Replies.stream(first.entity().getContentType(), Source.<ByteString>empty().via(stream));
  }

  private static Flow<ByteString, Said, NotUsed> said(HttpResponse answer) {
    return Hijack.session(answer)
        .orElseGet(
            () ->
                Flow.fromSinkAndSource(
                    Sink.ignore(), answer.entity().withoutSizeLimit().getDataBytes()))
        .via(HostFrames.decoder());
  }

  /** The rest from the host that has the container now, as soon as it can be asked. */
  private CompletionStage<Flow<ByteString, Said, NotUsed>> find(Place place, long until) {
    return ledger
        .sync()
        .thenCompose(
            state ->
                state
                    .containers()
                    .byId(id)
                    .map(ContainerEntry::ownerHostId)
                    .map(owner -> ask(owner, Following.from(place)).thenCompose(this::connected))
                    .orElseGet(this::removed))
        .handle(
            (found, failure) -> {
              if (found != null) {
                return CompletableFuture.completedStage(found);
              }
              return System.nanoTime() < until && mayPass(failure)
                  ? CompletableFuture.runAsync(() -> {}, SOON)
                      .thenCompose(later -> find(place, until))
                  : CompletableFuture.<Flow<ByteString, Said, NotUsed>>failedStage(failure);
            })
        .thenCompose(found -> found);
  }

  private CompletionStage<Flow<ByteString, Said, NotUsed>> connected(HttpResponse answer) {
    if (answer.status().isSuccess() || Hijack.session(answer).isPresent()) {
      return CompletableFuture.completedStage(said(answer));
    }
    answer.discardEntityBytes(call.materializer());
    ErrorKind kind =
        answer.status().intValue() == ErrorKind.NOT_FOUND.status()
            ? ErrorKind.NOT_FOUND
            : ErrorKind.UNAVAILABLE;
    return CompletableFuture.failedStage(
        new EngineException(kind, "container %s is not to be found".formatted(id)));
  }

  private CompletionStage<Flow<ByteString, Said, NotUsed>> removed() {
    return CompletableFuture.failedStage(
        EngineException.conflict("container %s was removed after it had moved".formatted(id)));
  }

  /** What the host's answer may be in a moment is another one; it may also have moved on. */
  private static boolean mayPass(Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof EngineException known
        && (known.kind() == ErrorKind.NOT_FOUND || known.kind() == ErrorKind.UNAVAILABLE);
  }
}
