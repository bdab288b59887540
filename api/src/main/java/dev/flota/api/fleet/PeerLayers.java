package dev.flota.api.fleet;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import akka.stream.javadsl.StreamConverters;
import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.http.PeerClient;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.host.ImageSource;
import dev.flota.cluster.membership.HostState;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.ImageParcel;
import dev.flota.engine.image.LayerSource;
import dev.flota.engine.image.LayerStream;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.image.pull.Interruption;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Images and layers from other hosts, over mutual TLS.
 *
 * <p>A layer comes from a host that has it, by the directory. If none has, all hosts that want it
 * at about the same time ask the same host, found by hashing, who brings it from the registry
 * ({@link LayerClaims}): the first one does, the others read from that one while it does. Whenever
 * one of these does not answer, the next is asked, and in the end the registry.
 */
final class PeerLayers implements LayerSource, ImageSource {
  private static final Logger LOG = LoggerFactory.getLogger(PeerLayers.class);

  /** Tells what blob the body is. */
  static final String BLOB_HEADER = "Flota-Layer";

  /** How long a host that has a claim may take until it begins. */
  static final Duration BEGUN_WITHIN = Duration.ofSeconds(10);

  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(5);

  /** The other host may be waiting for the registry itself, or have died without a word. */
  private static final Duration SILENCE = Duration.ofSeconds(20);

  private final PeerClient peers;
  private final Directory directory;
  private final LayerClaims claims;
  private final Materializer materializer;

  PeerLayers(PeerClient peers, Directory directory, LayerClaims claims, Materializer materializer) {
    this.peers = peers;
    this.directory = directory;
    this.claims = claims;
    this.materializer = materializer;
  }

  @Override
  public ImageParcel parcel(String hostId, String imageId) {
    HostStatus host =
        directory
            .host(hostId)
            .orElseThrow(() -> EngineException.notFound("no such host: " + hostId));
    try (InputStream body =
        body(ask(HttpRequest.GET(uri(host, "/fleet/images/" + imageId)), ANSWERED_WITHIN))) {
      return Json.PLAIN.readValue(body, ImageParcel.class);
    } catch (IOException e) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          host.name() + " does not give " + imageId + ": " + e.getMessage(),
          e);
    }
  }

  @Override
  public Optional<LayerStream> open(Digest diffId, Set<String> without)
      throws InterruptedIOException {
    for (String holder : byRank(holders(diffId), diffId + directory.ownHost())) {
      Optional<LayerStream> layer =
          without.contains(holder) ? Optional.empty() : from(holder, diffId, false);
      if (layer.isPresent()) {
        return layer;
      }
    }
    return byClaim(diffId, new HashSet<>(without));
  }

  private Optional<LayerStream> byClaim(Digest diffId, Set<String> refused)
      throws InterruptedIOException {
    String keeper = byRank(readyHosts(), diffId.toString()).getFirst();
    while (true) {
      String holder = claim(keeper, diffId, refused);
      if (holder.equals(directory.ownHost()) || refused.contains(holder)) {
        return Optional.empty();
      }
      Optional<LayerStream> layer = from(holder, diffId, true);
      if (layer.isPresent()) {
        return layer;
      }
      refused.add(holder);
    }
  }

  /** Hosts that have an image with that layer. */
  private List<String> holders(Digest diffId) {
    return directory.goods().entrySet().stream()
        .filter(
            goods ->
                goods.getValue().images().stream()
                    .anyMatch(
                        image -> image.config().rootfs().diffIds().contains(diffId.toString())))
        .map(goods -> goods.getKey())
        .filter(hostId -> !hostId.equals(directory.ownHost()) && isReady(hostId))
        .toList();
  }

  private List<String> readyHosts() {
    Set<String> ready = new HashSet<>(directory.hosts().keySet());
    ready.removeIf(hostId -> !isReady(hostId));
    ready.add(directory.ownHost());
    return List.copyOf(ready);
  }

  private boolean isReady(String hostId) {
    return directory.state(hostId) == HostState.READY;
  }

  /** In an order that depends on {@code key} and not on who else is there. */
  static List<String> byRank(List<String> hosts, String key) {
    return hosts.stream()
        .sorted(
            Comparator.comparing(
                host -> Digest.of((key + host).getBytes(StandardCharsets.UTF_8)).hex()))
        .toList();
  }

  /** Whom to ask; this host when the one that keeps the claim does not answer. */
  private String claim(String keeper, Digest diffId, Set<String> refused)
      throws InterruptedIOException {
    String own = directory.ownHost();
    Optional<HostStatus> host = directory.host(keeper);
    if (keeper.equals(own) || host.isEmpty()) {
      return claims.claim(diffId.toString(), own, refused);
    }
    String uri =
        uri(host.get(), "/fleet/layers/" + diffId + "/claim?without=" + String.join(",", refused));
    try (InputStream body = body(ask(HttpRequest.POST(uri), ANSWERED_WITHIN))) {
      JsonNode answer = Json.PLAIN.readTree(body);
      return answer.path("Host").asText(own);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      LOG.info("{} does not say who brings {}: {}", host.get().name(), diffId, e.toString());
      return own;
    }
  }

  private Optional<LayerStream> from(String hostId, Digest diffId, boolean claimed)
      throws InterruptedIOException {
    Optional<HostStatus> host = directory.host(hostId);
    if (host.isEmpty() || !isReady(hostId)) {
      return Optional.empty();
    }
    String uri = uri(host.get(), "/fleet/layers/" + diffId + "?claimed=" + claimed);
    try {
      HttpResponse answer =
          ask(HttpRequest.GET(uri), claimed ? ANSWERED_WITHIN.plus(BEGUN_WITHIN) : ANSWERED_WITHIN);
      String blob =
          answer
              .getHeader(BLOB_HEADER)
              .orElseThrow(() -> new IOException("no " + BLOB_HEADER + " in the answer"))
              .value();
      LOG.info("layer {} comes from {}", diffId, host.get().name());
      return Optional.of(
          new LayerStream(hostId, Json.PLAIN.readValue(blob, Descriptor.class), body(answer)));
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      LOG.info("{} does not give the layer {}: {}", host.get().name(), diffId, e.toString());
      return Optional.empty();
    }
  }

  private static String uri(HostStatus host, String target) {
    return "https://%s:%d%s".formatted(host.address(), host.peerPort(), target);
  }

  private InputStream body(HttpResponse answer) {
    return answer
        .entity()
        .getDataBytes()
        .runWith(StreamConverters.asInputStream(SILENCE), materializer);
  }

  /** An answer that comes too late must not hold its connection. */
  private void discard(CompletableFuture<HttpResponse> asked) {
    var _ = asked.thenAccept(late -> late.discardEntityBytes(materializer));
  }

  /** The answer, if it is a good one. */
  private HttpResponse ask(HttpRequest request, Duration within) throws IOException {
    CompletableFuture<HttpResponse> asked = peers.send(request).toCompletableFuture();
    try {
      HttpResponse answer = asked.get(within.toMillis(), TimeUnit.MILLISECONDS);
      if (answer.status().isFailure()) {
        answer.discardEntityBytes(materializer);
        throw new IOException(answer.status().toString());
      }
      return answer;
    } catch (InterruptedException e) {
      discard(asked);
      throw Interruption.of(e);
    } catch (ExecutionException | TimeoutException e) {
      discard(asked);
      throw new IOException("no answer: " + e, e);
    }
  }
}
