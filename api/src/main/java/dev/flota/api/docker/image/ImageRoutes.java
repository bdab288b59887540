package dev.flota.api.docker.image;

import akka.NotUsed;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Source;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.directory.FleetImages;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.RegistryAuth;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /images} of the Docker Engine API v1.50. */
public final class ImageRoutes {
  private final Supplier<Fleet> fleet;

  /** Operations on the images of a fleet, which is asked for anew with each call. */
  public ImageRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  /** The operations. */
  public List<Route> routes() {
    return List.of(
        Route.of("POST", "/images/create", this::create),
        Route.of("GET", "/images/json", this::list),
        Route.of("GET", "/images/get", call -> save(call.query().all("names"))),
        Route.of("POST", "/images/load", this::load),
        Route.since(25, "POST", "/images/prune", call -> new ImagePrune(fleet).run(call)),
        Route.of("GET", "/images/{name}/json", this::inspect),
        Route.of("GET", "/images/{name}/history", this::history),
        Route.of("GET", "/images/{name}/get", call -> save(List.of(call.path("name")))),
        Route.of("POST", "/images/{name}/tag", this::tag),
        Route.of("DELETE", "/images/{name}", this::remove));
  }

  // ---- pull

  private CompletionStage<HttpResponse> create(Call call) {
    String fromImage = call.query().text("fromImage");
    if (fromImage.isEmpty()) {
      throw EngineException.notImplemented(
          "ImageCreate from an archive (docker import) is not implemented yet");
    }
    PullRequest request = PullRequest.of(fromImage, call.query().text("tag"));
    String platformText = call.version().atLeast(32) ? call.query().text("platform") : "";
    Platform platform = platformText.isEmpty() ? null : Platform.parse(platformText);
    RegistryAuth auth = AuthHeader.read(call.header(AuthHeader.NAME));
    return pulls(request, auth)
        .thenCompose(
            references ->
                Replies.streamOrFailure(
                    ContentTypes.APPLICATION_JSON,
                    pull(references, platform, auth),
                    ProgressLine::of,
                    ProgressLine::failure,
                    call.materializer()));
  }

  private CompletionStage<List<Reference>> pulls(PullRequest request, @Nullable RegistryAuth auth) {
    return request.allTags()
        ? fleet.get().tagsOf(request.reference(), auth)
        : CompletableFuture.completedFuture(List.of(request.reference()));
  }

  private Source<Progress, NotUsed> pull(
      List<Reference> references, @Nullable Platform platform, @Nullable RegistryAuth auth) {
    Fleet now = fleet.get();
    return references.size() == 1
        ? now.pull(references.getFirst(), platform, auth)
        : Source.from(references).flatMapConcat(reference -> now.pull(reference, platform, auth));
  }

  // ---- reading

  private CompletionStage<HttpResponse> list(Call call) {
    ImageFilter filter = ImageFilter.of(call.query().filters(), Instant.now());
    Fleet now = fleet.get();
    CompletionStage<FleetImages> images =
        call.query().flag("shared-size") ? now.imagesMeasured() : now.imagesByHost();
    return compared(now, filter.comparedWith())
        .thenCombine(
            images,
            (compared, all) ->
                Replies.json(
                    json -> {
                      json.writeStartArray();
                      for (Image image : filter.apply(all.all(), name -> known(compared, name))) {
                        List<String> hosts = now.hostNames(all.hostsWith(image.id()));
                        ImageJson.summary(json, image, -1, hosts, call.version());
                      }
                      json.writeEndArray();
                    }));
  }

  private static Image known(Map<String, Image> images, String name) {
    Image image = images.get(name);
    if (image == null) {
      throw EngineException.notFound("No such image: " + name);
    }
    return image;
  }

  private static CompletionStage<Map<String, Image>> compared(Fleet fleet, List<String> names) {
    CompletionStage<Map<String, Image>> all = CompletableFuture.completedFuture(new HashMap<>());
    for (String name : names) {
      all =
          all.thenCombine(
              fleet.image(name),
              (images, image) -> {
                images.put(name, image);
                return images;
              });
    }
    return all;
  }

  private CompletionStage<HttpResponse> inspect(Call call) {
    Fleet now = fleet.get();
    return now.image(call.path("name"))
        .thenCompose(
            image ->
                now.layers(image.id())
                    .thenApply(
                        layers ->
                            Replies.json(
                                json ->
                                    ImageJson.inspection(json, image, layers, call.version()))));
  }

  private CompletionStage<HttpResponse> history(Call call) {
    return fleet
        .get()
        .history(call.path("name"))
        .thenApply(steps -> Replies.json(json -> json.writePOJO(steps)));
  }

  // ---- names

  private CompletionStage<HttpResponse> tag(Call call) {
    Reference target = TagTarget.of(call.query().text("repo"), call.query().text("tag"));
    return fleet
        .get()
        .tag(call.path("name"), target)
        .thenApply(done -> Replies.ok().withStatus(201));
  }

  private CompletionStage<HttpResponse> remove(Call call) {
    String name = call.path("name");
    if (name.isBlank()) {
      throw EngineException.invalid("image name cannot be blank");
    }
    return fleet
        .get()
        .removeImage(name, call.query().flag("force"), !call.query().flag("noprune"))
        .thenApply(removals -> Replies.json(json -> ImageJson.removals(json, removals)));
  }

  // ---- archives

  /** The names are looked up first: once the archive has begun, no error status can be sent. */
  private CompletionStage<HttpResponse> save(List<String> names) {
    Fleet now = fleet.get();
    return compared(now, names)
        .thenApply(found -> Replies.stream(Replies.TAR, now.save(List.copyOf(names))));
  }

  private CompletionStage<HttpResponse> load(Call call) {
    boolean quiet = call.query().flag("quiet");
    Source<Progress, NotUsed> progress = fleet.get().load(call.bytes());
    return Replies.streamOrFailure(
        ContentTypes.APPLICATION_JSON,
        quiet ? progress.filter(step -> step instanceof Progress.Stream) : progress,
        ProgressLine::of,
        ProgressLine::failure,
        call.materializer());
  }
}
