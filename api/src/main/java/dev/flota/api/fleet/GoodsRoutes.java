package dev.flota.api.fleet;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.api.http.Caller;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.LayerStream;
import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.json.Json;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Where which image is, for people; and what hosts ask each other for images and layers, see {@link
 * PeerLayers}.
 */
final class GoodsRoutes {
  private final FleetControl control;
  private final Supplier<Fleet> fleet;

  GoodsRoutes(FleetControl control, Supplier<Fleet> fleet) {
    this.control = control;
    this.fleet = fleet;
  }

  List<Route> routes() {
    return List.of(
        Route.of("GET", "/fleet/images", this::images),
        Route.of("GET", "/fleet/images/{id}", this::parcel),
        Route.of("GET", "/fleet/layers/{diffId}", this::layer),
        Route.of("POST", "/fleet/layers/{diffId}/claim", this::claim));
  }

  private CompletionStage<HttpResponse> images(Call call) {
    FleetPart _ = control.required();
    Fleet now = fleet.get();
    return now.imagesByHost()
        .thenApply(
            images ->
                Replies.json(
                    json -> {
                      json.writeStartArray();
                      for (Image image : images.all()) {
                        json.writeStartObject();
                        json.writeStringField("ID", image.id());
                        json.writeObjectField("RepoTags", image.tags());
                        json.writeObjectField("RepoDigests", image.repoDigests());
                        json.writeNumberField("Size", image.size());
                        json.writeObjectField("Hosts", now.hostNames(images.hostsWith(image.id())));
                        json.writeEndObject();
                      }
                      json.writeEndArray();
                    }));
  }

  private CompletionStage<HttpResponse> parcel(Call call) {
    return fleet.get().parcel(call.path("id")).thenApply(Replies::plain);
  }

  private CompletionStage<HttpResponse> layer(Call call) {
    Digest diffId = Digest.parse(call.path("diffId"));
    Duration patience = call.query().flag("claimed") ? PeerLayers.BEGUN_WITHIN : Duration.ZERO;
    Fleet now = fleet.get();
    return now.layer(diffId, patience)
        .thenApply(
            found ->
                answer(
                    now,
                    found.orElseThrow(
                        () -> EngineException.notFound("no layer " + diffId + " here"))));
  }

  private static HttpResponse answer(Fleet fleet, LayerStream layer) {
    return HttpResponse.create()
        .addHeader(RawHeader.create(PeerLayers.BLOB_HEADER, described(layer.blob())))
        .withEntity(
            HttpEntities.create(
                ContentTypes.APPLICATION_OCTET_STREAM, layer.blob().size(), fleet.bytes(layer)));
  }

  /** As a header can carry it, whatever a stranger has written into the manifest. */
  static String described(Descriptor blob) {
    try {
      return Json.PLAIN
          .writer()
          .with(JsonWriteFeature.ESCAPE_NON_ASCII)
          .writeValueAsString(Descriptor.of(blob.mediaType(), blob.digest(), blob.size()));
    } catch (JsonProcessingException e) {
      throw EngineException.system("cannot describe a layer: " + e.getMessage(), e);
    }
  }

  private CompletionStage<HttpResponse> claim(Call call) {
    if (!(Caller.of(call.request()) instanceof Caller.Host(String hostId))) {
      throw new EngineException(ErrorKind.FORBIDDEN, "only hosts of the fleet bring layers");
    }
    String without = call.query().text("without");
    String holder =
        control
            .required()
            .layerClaims()
            .claim(
                Digest.parse(call.path("diffId")).toString(),
                hostId,
                Set.copyOf(List.of(without.split(",", -1))));
    return CompletableFuture.completedFuture(
        Replies.json(
            json -> {
              json.writeStartObject();
              json.writeStringField("Host", holder);
              json.writeEndObject();
            }));
  }
}
