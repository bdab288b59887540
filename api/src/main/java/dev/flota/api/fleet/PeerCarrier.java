package dev.flota.api.fleet;

import akka.Done;
import akka.http.javadsl.model.HttpMethods;
import akka.http.javadsl.model.HttpRequest;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import akka.stream.javadsl.JsonFraming;
import akka.util.ByteString;
import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.docker.Replies;
import dev.flota.api.http.PeerClient;
import dev.flota.cluster.batch.Carrier;
import dev.flota.cluster.batch.Item;
import dev.flota.cluster.batch.Result;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Asks the daemon that has the container by the API, be it this one. */
final class PeerCarrier implements Carrier {
  private static final int LONGEST_LINE = 1 << 20;

  private final PeerClient peers;
  private final Directory directory;
  private final Materializer materializer;
  private final String how;

  /**
   * The hosts of that directory.
   *
   * @param how parameters of each teleport, each after an ampersand
   */
  PeerCarrier(PeerClient peers, Directory directory, Materializer materializer, String how) {
    this.how = how;
    this.peers = peers;
    this.directory = directory;
    this.materializer = materializer;
  }

  @Override
  public Result.Moved teleport(Item item, String to, Consumer<String> phases) {
    AtomicReference<@Nullable JsonNode> last = new AtomicReference<>();
    ask(
        item.from(),
        item,
        "teleport?host=" + to + how,
        line -> {
          JsonNode step = read(line);
          last.set(step);
          if (step.has("phase") && !step.path("phase").asText().equals("done")) {
            phases.accept(step.path("phase").asText());
          }
        });
    JsonNode said = last.get();
    if (said == null || !said.path("phase").asText().equals("done")) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          said == null || !said.has("error")
              ? "%s did not say how it ended".formatted(directory.nameOf(item.from()))
              : said.path("error").asText());
    }
    return new Result.Moved(
        said.path("totalMillis").asLong(),
        said.path("frozenMillis").asLong(),
        said.path("bytes").asLong(),
        false);
  }

  @Override
  public void stop(Item item) {
    ask(item.from(), item, "stop", line -> {});
  }

  @Override
  public void start(Item item, String hostId) {
    ask(hostId, item, "start", line -> {});
  }

  private void ask(String hostId, Item item, String operation, Consumer<ByteString> lines) {
    HostStatus host =
        directory
            .host(hostId)
            .orElseThrow(
                () ->
                    new EngineException(
                        ErrorKind.UNAVAILABLE,
                        directory.nameOf(hostId) + " has not been heard of yet"));
    HttpRequest request =
        HttpRequest.create(
                "https://%s:%d/containers/%s/%s"
                    .formatted(host.address(), host.peerPort(), item.id(), operation))
            .withMethod(HttpMethods.POST);
    try {
      directory
          .unlessLost(
              hostId, peers.send(request).thenCompose(answer -> read(answer, operation, lines)))
          .toCompletableFuture()
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof EngineException known) {
        throw known;
      }
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          "%s (%s) cannot be reached: %s"
              .formatted(host.name(), host.address(), Replies.message(e)),
          e);
    }
  }

  private CompletionStage<Done> read(
      HttpResponse answer, String operation, Consumer<ByteString> lines) {
    var values =
        answer
            .entity()
            .withoutSizeLimit()
            .getDataBytes()
            .via(JsonFraming.objectScanner(LONGEST_LINE));
    if (!answer.status().isFailure()) {
      return values.runForeach(lines::accept, materializer);
    }
    return values
        .runFold(ByteString.emptyByteString(), ByteString::concat, materializer)
        .thenApply(
            body -> {
              throw new EngineException(
                  ErrorKind.of(answer.status().intValue()),
                  body.isEmpty() ? operation + " failed" : read(body).path("message").asText());
            });
  }

  private static JsonNode read(ByteString json) {
    try {
      return Json.PLAIN.readTree(json.toArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
