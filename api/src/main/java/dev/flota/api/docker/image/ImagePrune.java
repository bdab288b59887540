package dev.flota.api.docker.image;

import akka.http.javadsl.model.HttpResponse;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Filters;
import dev.flota.api.docker.PruneFilter;
import dev.flota.api.docker.Replies;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Image;
import dev.flota.engine.image.Removal;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /images/prune}: removes images without a name, or all that no container uses. */
final class ImagePrune {
  private static final Logger LOG = LoggerFactory.getLogger(ImagePrune.class);

  private final Supplier<Fleet> fleet;

  ImagePrune(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  CompletionStage<HttpResponse> run(Call call) {
    Filters filters =
        call.query().filters().allowing(Set.of("dangling", "label", "label!", "until"));
    boolean danglingOnly = filters.flag("dangling", true);
    PruneFilter filter = PruneFilter.of(filters, Instant.now());
    Fleet now = fleet.get();
    return now.diskUsage()
        .thenCombine(
            now.ownContainers(),
            (usage, containers) -> {
              List<String> names =
                  namesToRemove(usage.images().images(), containers, danglingOnly, filter);
              return removeAll(now, names)
                  .thenCombine(
                      now.diskUsage(),
                      (removals, after) ->
                          reply(
                              removals, usage.images().layersSize() - after.images().layersSize()));
            })
        .thenCompose(stage -> stage);
  }

  private static List<String> namesToRemove(
      List<Image> images,
      List<ContainerRecord> containers,
      boolean danglingOnly,
      PruneFilter filter) {
    Set<String> used =
        containers.stream().map(ContainerRecord::imageId).collect(Collectors.toSet());
    List<String> names = new ArrayList<>();
    for (Image image : images) {
      ContainerConfig config = image.config().config();
      boolean old =
          filter.fits(ImageFilter.created(image), config == null ? Map.of() : config.labels());
      if (!old || used.contains(image.id()) || (danglingOnly && !image.tags().isEmpty())) {
        continue;
      }
      if (image.tags().isEmpty()) {
        names.add(image.id());
      }
      names.addAll(image.tags());
    }
    return names;
  }

  private static CompletionStage<List<Removal>> removeAll(Fleet fleet, List<String> names) {
    CompletionStage<List<Removal>> all = CompletableFuture.completedFuture(List.of());
    for (String name : names) {
      all = all.thenCompose(soFar -> remove(fleet, name, soFar));
    }
    return all;
  }

  /** One that came into use meanwhile is left alone. */
  private static CompletionStage<List<Removal>> remove(
      Fleet fleet, String name, List<Removal> soFar) {
    return fleet
        .removeImage(name, false, true)
        .thenApply(
            removals -> {
              List<Removal> more = new ArrayList<>(soFar);
              more.addAll(removals);
              return more;
            })
        .exceptionally(
            failure -> {
              if (failure instanceof EngineException
                  || failure.getCause() instanceof EngineException) {
                LOG.debug("not pruned: {}: {}", name, Replies.message(failure));
                return soFar;
              }
              throw new CompletionException(failure);
            });
  }

  private static HttpResponse reply(List<Removal> removals, long bytes) {
    return Replies.json(
        json -> {
          json.writeStartObject();
          json.writeFieldName("ImagesDeleted");
          if (removals.isEmpty()) {
            json.writeNull();
          } else {
            ImageJson.removals(json, removals);
          }
          json.writeNumberField("SpaceReclaimed", Math.max(0, bytes));
          json.writeEndObject();
        });
  }
}
