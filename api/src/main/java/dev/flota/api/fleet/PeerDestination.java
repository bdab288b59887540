package dev.flota.api.fleet;

import akka.NotUsed;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpMethod;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.RequestEntity;
import akka.japi.Pair;
import akka.stream.Materializer;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.StreamConverters;
import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.api.http.PeerClient;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.teleport.Destination;
import dev.flota.cluster.teleport.Offer;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import dev.flota.engine.runtime.PageTransport;
import dev.flota.engine.runtime.Round;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A host that a container is moved to, over mutual TLS: {@link ArrivalRoutes} on its side. */
final class PeerDestination implements Destination {
  private static final long ANSWER_BYTES = 1 << 20;
  private static final Duration ANSWER_WITHIN = Duration.ofMinutes(2);
  private static final Duration SILENCE = Duration.ofSeconds(30);

  private final PeerClient peers;
  private final Directory directory;
  private final Materializer materializer;
  private final HostStatus host;

  PeerDestination(
      PeerClient peers, Directory directory, Materializer materializer, HostStatus host) {
    this.peers = peers;
    this.directory = directory;
    this.materializer = materializer;
    this.host = host;
  }

  /** What is asked of it at the end. */
  record Restore(long epoch, RunState state, PageTransport.@Nullable Place memory) {}

  @Override
  public String name() {
    return host.name();
  }

  @Override
  public String hostId() {
    return host.hostId();
  }

  @Override
  public List<String> obstacles(Offer offer) {
    return List.of(check(ask(HttpMethods.POST, "/obstacles", json(offer)), String[].class));
  }

  @Override
  public void supply(Offer offer, Duration within) {
    byte[] _ = body(ask(HttpMethods.POST, "/image", json(offer)), within);
  }

  @Override
  public void prepare(Offer offer) {
    check(ask(HttpMethods.POST, "", json(offer)));
  }

  @Override
  public void sendFiles(String containerId, String part, Consumer<OutputStream> writer) {
    send(
        "/%s/files?part=%s".formatted(containerId, URLEncoder.encode(part, StandardCharsets.UTF_8)),
        writer);
  }

  @Override
  public void sendImages(String containerId, Consumer<OutputStream> writer) {
    send("/" + containerId + "/images", writer);
  }

  @Override
  public PageTransport.Place openPages(String containerId, Round round) {
    return check(
        ask(HttpMethods.POST, "/" + containerId + "/pages", json(round)),
        PageTransport.Place.class);
  }

  @Override
  public String pagesProblem(String containerId) {
    return check(
        ask(HttpMethods.GET, "/" + containerId + "/pages", HttpEntities.EMPTY), String.class);
  }

  @Override
  public void restore(
      String containerId, long epoch, RunState state, PageTransport.@Nullable Place memory) {
    check(
        ask(
            HttpMethods.POST,
            "/" + containerId + "/restore",
            json(new Restore(epoch, state, memory))));
  }

  @Override
  public void cancel(String containerId) {
    check(ask(HttpMethods.DELETE, "/" + containerId, HttpEntities.EMPTY));
  }

  private void send(String path, Consumer<OutputStream> writer) {
    Pair<OutputStream, Source<ByteString, NotUsed>> body =
        StreamConverters.asOutputStream(SILENCE).preMaterialize(materializer);
    CompletableFuture<HttpResponse> answer =
        ask(
            HttpMethods.PUT,
            path,
            HttpEntities.create(
                ContentTypes.APPLICATION_OCTET_STREAM,
                body.second().via(Losses.whileThere(directory, host.hostId()))));
    try (OutputStream to = body.first()) {
      writer.accept(to);
    } catch (IOException | RuntimeException e) {
      if (answer.isDone()) {
        check(answer); // it knows better why
      }
      throw e instanceof EngineException known ? known : unavailable(e);
    }
    check(answer);
  }

  private CompletableFuture<HttpResponse> ask(
      HttpMethod method, String path, RequestEntity entity) {
    String uri = "https://%s:%d/fleet/arrivals%s".formatted(host.address(), host.peerPort(), path);
    return directory
        .unlessLost(
            host.hostId(),
            peers.send(HttpRequest.create(uri).withMethod(method).withEntity(entity)))
        .toCompletableFuture();
  }

  private static RequestEntity json(Object value) {
    try {
      return HttpEntities.create(
          ContentTypes.APPLICATION_JSON, Json.PLAIN.writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw EngineException.system("cannot write a message: " + e.getMessage(), e);
    }
  }

  private void check(CompletableFuture<HttpResponse> asked) {
    byte[] _ = body(asked, ANSWER_WITHIN);
  }

  private <T> T check(CompletableFuture<HttpResponse> asked, Class<T> type) {
    try {
      return Json.PLAIN.readValue(body(asked, ANSWER_WITHIN), type);
    } catch (IOException e) {
      throw EngineException.system("what %s says cannot be read".formatted(host.name()), e);
    }
  }

  private byte[] body(CompletableFuture<HttpResponse> asked, Duration within) {
    try {
      HttpResponse answer = asked.orTimeout(within.toMillis(), TimeUnit.MILLISECONDS).join();
      byte[] body =
          answer
              .entity()
              .withSizeLimit(ANSWER_BYTES)
              .toStrict(SILENCE.toMillis(), materializer)
              .toCompletableFuture()
              .join()
              .getData()
              .toArray();
      if (answer.status().isFailure()) {
        throw new EngineException(
            ErrorKind.of(answer.status().intValue()),
            "%s: %s".formatted(host.name(), Json.PLAIN.readTree(body).path("message").asText("")));
      }
      return body;
    } catch (CompletionException | IOException e) {
      if (e.getCause() instanceof EngineException known) {
        throw known;
      }
      if (e.getCause() instanceof TimeoutException) {
        throw new EngineException(
            ErrorKind.UNAVAILABLE,
            "%s has not answered within %d s".formatted(host.name(), within.toSeconds()),
            e);
      }
      throw unavailable(e);
    }
  }

  private EngineException unavailable(Exception failure) {
    Throwable cause = failure.getCause() == null ? failure : failure.getCause();
    return new EngineException(
        ErrorKind.UNAVAILABLE,
        "%s (%s) cannot be reached: %s".formatted(host.name(), host.address(), cause),
        failure);
  }
}
