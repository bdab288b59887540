package dev.flota.api.fleet;

import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import akka.stream.javadsl.StreamConverters;
import dev.flota.api.http.PeerClient;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.host.ImageSource;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.InputStream;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/**
 * Images by {@code GET /images/get} of the hosts that have them.
 *
 * @param materializer runs the streams
 */
record PeerImages(PeerClient peers, Directory directory, Materializer materializer)
    implements ImageSource {
  private static final Duration IDLE = Duration.ofMinutes(1);

  @Override
  public InputStream archive(String hostId, String reference) {
    HostStatus host =
        directory
            .host(hostId)
            .orElseThrow(() -> EngineException.notFound("no such host: " + hostId));
    String uri =
        "https://%s:%d/images/get?names=%s"
            .formatted(
                host.address(),
                host.peerPort(),
                URLEncoder.encode(reference, StandardCharsets.UTF_8));
    try {
      HttpResponse answer = peers.send(HttpRequest.GET(uri)).toCompletableFuture().join();
      if (answer.status().isFailure()) {
        answer.discardEntityBytes(materializer);
        throw new EngineException(
            ErrorKind.of(answer.status().intValue()),
            "%s does not give %s: %s".formatted(host.name(), reference, answer.status()));
      }
      return answer
          .entity()
          .getDataBytes()
          .runWith(StreamConverters.asInputStream(IDLE), materializer);
    } catch (CompletionException e) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          "%s cannot be reached: %s".formatted(host.name(), e.getCause()),
          e);
    }
  }
}
