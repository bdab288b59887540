package dev.flota.api.docker.container;

import akka.http.javadsl.model.HttpResponse;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Filters;
import dev.flota.api.docker.PruneFilter;
import dev.flota.api.docker.Replies;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState.Status;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code POST /containers/prune}: removes containers that have ended or never begun. */
final class ContainerPrune {
  private static final Logger LOG = LoggerFactory.getLogger(ContainerPrune.class);

  private final Supplier<Fleet> fleet;

  ContainerPrune(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  private record Pruned(List<String> ids, long bytes) {
    Pruned and(String id, long size) {
      List<String> more = new ArrayList<>(ids);
      more.add(id);
      return new Pruned(more, bytes + size);
    }
  }

  CompletionStage<HttpResponse> run(Call call) {
    Filters filters = call.query().filters().allowing(Set.of("label", "label!", "until"));
    PruneFilter filter = PruneFilter.of(filters, Instant.now());
    Fleet now = fleet.get();
    return now.ownContainers()
        .thenCompose(containers -> removeAll(now, containers, filter))
        .thenApply(ContainerPrune::reply);
  }

  private static CompletionStage<Pruned> removeAll(
      Fleet fleet, List<ContainerRecord> containers, PruneFilter filter) {
    CompletionStage<Pruned> pruned = CompletableFuture.completedFuture(new Pruned(List.of(), 0));
    for (ContainerRecord container : containers) {
      if (isOver(container) && filter.fits(container.created(), container.config().labels())) {
        pruned = pruned.thenCompose(soFar -> remove(fleet, container.id(), soFar));
      }
    }
    return pruned;
  }

  private static boolean isOver(ContainerRecord container) {
    Status status = container.state().status();
    return status == Status.CREATED || status == Status.EXITED || status == Status.DEAD;
  }

  /** One that was started or removed meanwhile is left alone. */
  private static CompletionStage<Pruned> remove(Fleet fleet, String id, Pruned soFar) {
    return fleet
        .writableSize(id)
        .thenCompose(size -> fleet.remove(id, false, false).thenApply(done -> soFar.and(id, size)))
        .exceptionally(
            failure -> {
              LOG.debug("not pruned: {}: {}", id, Replies.message(failure));
              if (failure instanceof EngineException
                  || failure.getCause() instanceof EngineException) {
                return soFar;
              }
              throw new java.util.concurrent.CompletionException(failure);
            });
  }

  private static HttpResponse reply(Pruned pruned) {
    return Replies.json(
        json -> {
          json.writeStartObject();
          json.writePOJOField("ContainersDeleted", pruned.ids().isEmpty() ? null : pruned.ids());
          json.writeNumberField("SpaceReclaimed", pruned.bytes());
          json.writeEndObject();
        });
  }
}
