package dev.flota.api.docker.volume;

import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Filters;
import dev.flota.api.docker.PruneFilter;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Rfc3339;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.volume.VolumeInfo;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** {@code /volumes} of the Docker Engine API v1.50. */
public final class VolumeRoutes {
  private final Supplier<Fleet> fleet;

  /** Operations on the volumes of a fleet, which is asked for anew with each call. */
  public VolumeRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  /** {@code VolumeCreateOptions}. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  record CreateBody(
      @Nullable String name,
      @Nullable String driver,
      @Nullable Map<String, String> driverOpts,
      @Nullable Map<String, String> labels,
      @Nullable JsonNode clusterVolumeSpec) {
    static final CreateBody EMPTY = new CreateBody(null, null, null, null, null);
  }

  /** The operations. */
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/volumes", this::list),
        Route.of("POST", "/volumes/create", this::create),
        Route.since(25, "POST", "/volumes/prune", this::prune),
        Route.of("GET", "/volumes/{name}", this::inspect),
        Route.of("DELETE", "/volumes/{name}", this::remove));
  }

  private CompletionStage<HttpResponse> list(Call call) {
    Filters filters =
        call.query().filters().allowing(Set.of("dangling", "driver", "label", "name"));
    boolean dangling = filters.flag("dangling", false);
    Fleet now = fleet.get();
    return now.volumes()
        .thenCombine(
            now.containers(),
            (volumes, containers) -> {
              Set<String> used = used(containers);
              return volumes.stream()
                  .filter(
                      volume ->
                          !filters.has("dangling") || used.contains(volume.name()) != dangling)
                  .filter(volume -> filters.exact("driver", volume.driver()))
                  .filter(volume -> filters.pattern("name", volume.name()))
                  .filter(volume -> filters.labels("label", labels(volume)))
                  .toList();
            })
        .thenApply(
            volumes ->
                Replies.json(
                    json -> {
                      json.writeStartObject();
                      json.writeArrayFieldStart("Volumes");
                      for (VolumeInfo volume : volumes) {
                        write(json, volume, null);
                      }
                      json.writeEndArray();
                      json.writeNullField("Warnings");
                      json.writeEndObject();
                    }));
  }

  private static Set<String> used(List<ContainerRecord> containers) {
    return containers.stream()
        .flatMap(container -> container.mounts().stream())
        .flatMap(mount -> java.util.stream.Stream.ofNullable(mount.name()))
        .collect(Collectors.toSet());
  }

  private static Map<String, String> labels(VolumeInfo volume) {
    return volume.labels() == null ? Map.of() : volume.labels();
  }

  private CompletionStage<HttpResponse> create(Call call) {
    return call.json()
        .thenApply(body -> body.readOr(CreateBody.class, CreateBody.EMPTY))
        .thenCompose(this::create)
        .thenApply(volume -> Replies.json(201, json -> write(json, volume, null)));
  }

  private CompletionStage<VolumeInfo> create(CreateBody body) {
    if (body.clusterVolumeSpec() != null && !body.clusterVolumeSpec().isNull()) {
      throw EngineException.notImplemented("cluster volumes are not implemented");
    }
    String name = body.name();
    return fleet
        .get()
        .createVolume(
            name == null || name.isEmpty() ? null : name,
            body.driver(),
            body.driverOpts(),
            body.labels());
  }

  private CompletionStage<HttpResponse> inspect(Call call) {
    return fleet
        .get()
        .volume(call.path("name"))
        .thenApply(volume -> Replies.json(json -> write(json, volume, null)));
  }

  private CompletionStage<HttpResponse> remove(Call call) {
    return fleet
        .get()
        .removeVolume(call.path("name"), call.query().flag("force"))
        .thenApply(done -> Replies.noContent());
  }

  /** Since API 1.42 named volumes go only when {@code all} says so. */
  private CompletionStage<HttpResponse> prune(Call call) {
    Filters filters = call.query().filters().allowing(Set.of("all", "label", "label!"));
    boolean all = filters.flag("all", !call.version().atLeast(42));
    PruneFilter labels = PruneFilter.of(filters, Instant.now());
    return fleet
        .get()
        .pruneVolumes(all, volume -> labels.fits(null, volume.labels()))
        .thenApply(
            pruned ->
                Replies.json(
                    json -> {
                      json.writeStartObject();
                      json.writePOJOField(
                          "VolumesDeleted", pruned.names().isEmpty() ? null : pruned.names());
                      json.writeNumberField("SpaceReclaimed", pruned.bytes());
                      json.writeEndObject();
                    }));
  }

  /** How much a volume holds and how many containers use it. */
  public record Usage(long size, int references) {}

  /**
   * {@code Volume}.
   *
   * @param usage null where it is not asked for
   */
  public static void write(JsonGenerator json, VolumeInfo volume, @Nullable Usage usage)
      throws IOException {
    json.writeStartObject();
    json.writeStringField(
        "CreatedAt", Rfc3339.format(volume.createdAt().truncatedTo(ChronoUnit.SECONDS)));
    json.writeStringField("Driver", volume.driver());
    json.writePOJOField("Labels", volume.labels());
    json.writeStringField("Mountpoint", volume.mountpoint());
    json.writeStringField("Name", volume.name());
    json.writePOJOField("Options", volume.options());
    json.writeStringField("Scope", volume.scope());
    if (usage != null) {
      json.writeObjectFieldStart("UsageData");
      json.writeNumberField("RefCount", usage.references());
      json.writeNumberField("Size", usage.size());
      json.writeEndObject();
    }
    json.writeEndObject();
  }
}
