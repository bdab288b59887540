package dev.flota.api.docker.container;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Following;
import dev.flota.api.docker.GoNumbers;
import dev.flota.api.docker.Query;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Rfc3339;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.Fleet.LogOptions;
import dev.flota.cluster.Fleet.Waiting;
import dev.flota.cluster.container.AttachOptions;
import dev.flota.cluster.container.ExitStatus;
import dev.flota.cluster.container.WaitCondition;
import dev.flota.cluster.follow.Place;
import dev.flota.cluster.follow.Said;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Platform;
import dev.flota.engine.spec.ContainerRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /containers} of the Docker Engine API v1.50. */
public final class ContainerRoutes {
  private final Supplier<Fleet> fleet;

  /** Operations on the containers of a fleet, which is asked for anew with each call. */
  public ContainerRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  /** The operations. */
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/containers/json", this::list),
        Route.of("POST", "/containers/create", this::create),
        Route.since(25, "POST", "/containers/prune", call -> new ContainerPrune(fleet).run(call)),
        Route.of("GET", "/containers/{id}/json", this::inspect),
        Route.of("GET", "/containers/{id}/top", this::top),
        Route.of("GET", "/containers/{id}/logs", this::logs),
        Route.of("POST", "/containers/{id}/start", this::start),
        Route.of("POST", "/containers/{id}/stop", this::stop),
        Route.of("POST", "/containers/{id}/restart", this::restart),
        Route.of("POST", "/containers/{id}/kill", this::kill),
        Route.of("POST", "/containers/{id}/pause", call -> done(fleet.get().pause(id(call)))),
        Route.of("POST", "/containers/{id}/unpause", call -> done(fleet.get().unpause(id(call)))),
        Route.of("POST", "/containers/{id}/rename", this::rename),
        Route.of("POST", "/containers/{id}/wait", this::await),
        Route.of("POST", "/containers/{id}/resize", this::resize),
        Route.of("POST", "/containers/{id}/attach", this::attach),
        Route.of("DELETE", "/containers/{id}", this::remove));
  }

  private static String id(Call call) {
    return call.path("id");
  }

  private static CompletionStage<HttpResponse> done(CompletionStage<?> work) {
    return work.thenApply(done -> Replies.noContent());
  }

  // ---- reading

  private CompletionStage<HttpResponse> list(Call call) {
    ContainerFilter filter = ContainerFilter.of(call.query());
    Fleet now = fleet.get();
    return now.containers()
        .thenCombine(
            now.images(),
            (containers, images) -> {
              ImageNames names = new ImageNames(images);
              List<ContainerRecord> shown =
                  filter.apply(
                      containers,
                      names,
                      name -> find(containers, name),
                      id -> Site.of(now.directory(), id));
              return call.query().flag("size")
                  ? sizes(now, shown).thenApply(sizes -> summaries(now, shown, names, sizes))
                  : CompletableFuture.completedFuture(summaries(now, shown, names, Map.of()));
            })
        .thenCompose(Function.identity());
  }

  private static HttpResponse summaries(
      Fleet fleet, List<ContainerRecord> shown, ImageNames names, Map<String, Long> sizes) {
    Instant now = Instant.now();
    return Replies.json(
        json -> {
          json.writeStartArray();
          for (ContainerRecord container : shown) {
            ContainerSummary.write(
                json,
                container,
                names,
                sizes.get(container.id()),
                Site.of(fleet.directory(), container.id()),
                now);
          }
          json.writeEndArray();
        });
  }

  private static CompletionStage<Map<String, Long>> sizes(
      Fleet fleet, List<ContainerRecord> containers) {
    CompletionStage<Map<String, Long>> all =
        CompletableFuture.completedFuture(new java.util.HashMap<>());
    for (ContainerRecord container : containers) {
      all =
          all.thenCombine(
              fleet.writableSize(container.id()),
              (sizes, size) -> {
                sizes.put(container.id(), size);
                return sizes;
              });
    }
    return all;
  }

  private static String find(List<ContainerRecord> containers, String reference) {
    String name = reference.startsWith("/") ? reference.substring(1) : reference;
    return containers.stream()
        .filter(container -> container.id().equals(reference) || container.name().equals(name))
        .findFirst()
        .or(
            () ->
                containers.stream()
                    .filter(container -> container.id().startsWith(reference))
                    .findFirst())
        .map(ContainerRecord::id)
        .orElseThrow(() -> EngineException.notFound("No such container: " + reference));
  }

  private CompletionStage<HttpResponse> inspect(Call call) {
    Fleet now = fleet.get();
    return now.container(id(call))
        .thenCompose(
            container ->
                sizesIfAsked(now, call.query(), container)
                    .thenApply(
                        sizes ->
                            Replies.json(
                                new ContainerInspection(
                                        container,
                                        now.directory(container.id()),
                                        now.execsIn(container.id()),
                                        sizes,
                                        Site.of(now.directory(), container.id()))
                                    ::write)));
  }

  private static CompletionStage<ContainerInspection.@Nullable Sizes> sizesIfAsked(
      Fleet fleet, Query query, ContainerRecord container) {
    if (!query.flag("size")) {
      return CompletableFuture.completedFuture(null);
    }
    return fleet
        .writableSize(container.id())
        .thenCombine(
            fleet.images(),
            (writable, images) ->
                new ContainerInspection.Sizes(
                    writable, writable + new ImageNames(images).size(container.imageId())));
  }

  private CompletionStage<HttpResponse> top(Call call) {
    String arguments = call.query().text("ps_args");
    return fleet
        .get()
        .top(id(call), arguments.isEmpty() ? "-ef" : arguments)
        .thenApply(
            top ->
                Replies.json(
                    json -> {
                      json.writeStartObject();
                      json.writePOJOField("Titles", top.titles());
                      json.writePOJOField("Processes", top.processes());
                      json.writeEndObject();
                    }));
  }

  private CompletionStage<HttpResponse> logs(Call call) {
    Query query = call.query();
    LogOptions options =
        new LogOptions(
            query.flag("follow"),
            query.flag("stdout"),
            query.flag("stderr"),
            Rfc3339.parse(query.text("since")),
            until(query.text("until")),
            query.flag("timestamps"),
            tail(query.text("tail")));
    if (!options.stdout() && !options.stderr()) {
      throw EngineException.invalid("Bad parameters: you must choose at least one stream");
    }
    return fleet
        .get()
        .logs(id(call), options, Following.place(call))
        .thenApply(logs -> Following.stream(call, streamType(call, logs.tty()), logs.output()));
  }

  /** The CLI sends 0 for "no end". */
  private static @Nullable Instant until(String text) {
    Instant until = Rfc3339.parse(text);
    return until == null || until.equals(Instant.EPOCH) ? null : until;
  }

  private static int tail(String text) {
    return text.matches("[0-9]{1,9}") ? Integer.parseInt(text) : -1;
  }

  /** Before API 1.42 framed bytes had the content type of raw ones. */
  private static ContentType streamType(Call call, boolean tty) {
    return tty || !call.version().atLeast(42) ? Replies.RAW_STREAM : Replies.MULTIPLEXED_STREAM;
  }

  // ---- life cycle

  private CompletionStage<HttpResponse> create(Call call) {
    String platform = call.version().atLeast(41) ? call.query().textOrNull("platform") : null;
    if (platform != null) {
      Platform.parse(platform);
    }
    return call.json()
        .thenCompose(
            body ->
                fleet
                    .get()
                    .create(CreateBody.read(body, call.query().textOrNull("name"), platform)))
        .thenApply(
            created ->
                Replies.json(
                    201,
                    json -> {
                      json.writeStartObject();
                      json.writeStringField("Id", created.id());
                      json.writePOJOField("Warnings", created.warnings());
                      json.writeEndObject();
                    }));
  }

  private CompletionStage<HttpResponse> start(Call call) {
    long length = call.request().entity().getContentLengthOption().orElse(Long.MAX_VALUE);
    if (length > 2 && !call.request().entity().isKnownEmpty()) {
      throw EngineException.invalid(
          "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24");
    }
    if (call.query().has("checkpoint")) {
      throw EngineException.notImplemented("start from a checkpoint is not implemented");
    }
    return done(fleet.get().start(id(call)));
  }

  private CompletionStage<HttpResponse> stop(Call call) {
    return done(fleet.get().stop(id(call), signal(call), call.query().number("t")));
  }

  private CompletionStage<HttpResponse> restart(Call call) {
    return done(fleet.get().restart(id(call), signal(call), call.query().number("t")));
  }

  private static @Nullable String signal(Call call) {
    return call.version().atLeast(42) ? call.query().textOrNull("signal") : null;
  }

  private CompletionStage<HttpResponse> kill(Call call) {
    return done(fleet.get().kill(id(call), call.query().textOrNull("signal")));
  }

  private CompletionStage<HttpResponse> rename(Call call) {
    return done(fleet.get().rename(id(call), call.query().text("name")));
  }

  private CompletionStage<HttpResponse> remove(Call call) {
    if (call.query().flag("link")) {
      throw EngineException.notImplemented("removing a link is not implemented");
    }
    return done(fleet.get().remove(id(call), call.query().flag("force"), call.query().flag("v")));
  }

  private CompletionStage<HttpResponse> await(Call call) {
    WaitCondition condition =
        call.version().atLeast(30)
            ? condition(call.query().text("condition"))
            : WaitCondition.NOT_RUNNING;
    return fleet
        .get()
        .await(id(call), condition, Following.place(call))
        .thenApply(
            waiting ->
                Following.stream(
                    call,
                    ContentTypes.APPLICATION_JSON,
                    waiting.during(
                        Source.completionStage(
                            waiting.exit().thenApply(exit -> said(exit, waiting))))));
  }

  private static Said said(ExitStatus exit, Waiting waiting) {
    return exit.moved()
        ? new Said.Moved(new Place(null, waiting.lastExit()))
        : new Said.Bytes(exit(exit));
  }

  private static WaitCondition condition(String text) {
    return switch (text) {
      case "", "not-running" -> WaitCondition.NOT_RUNNING;
      case "next-exit" -> WaitCondition.NEXT_EXIT;
      case "removed" -> WaitCondition.REMOVED;
      case String other -> throw EngineException.invalid("invalid condition: \"" + other + "\"");
    };
  }

  private static ByteString exit(ExitStatus exit) {
    return Replies.line(
        json -> {
          json.writeStartObject();
          json.writeNumberField("StatusCode", exit.exitCode());
          if (!exit.error().isEmpty()) {
            json.writeObjectFieldStart("Error");
            json.writeStringField("Message", exit.error());
            json.writeEndObject();
          }
          json.writeEndObject();
        });
  }

  // ---- terminals

  private CompletionStage<HttpResponse> resize(Call call) {
    int rows = GoNumbers.parseInt(call.query().text("h"));
    int columns = GoNumbers.parseInt(call.query().text("w"));
    return fleet.get().resize(id(call), rows, columns).thenApply(done -> Replies.ok());
  }

  private CompletionStage<HttpResponse> attach(Call call) {
    Query query = call.query();
    AttachOptions options =
        new AttachOptions(
            query.flag("logs"),
            query.flag("stream"),
            query.flag("stdin"),
            query.flag("stdout"),
            query.flag("stderr"),
            query.textOrNull("detachKeys"));
    return call.discard()
        .thenCompose(consumed -> fleet.get().attach(id(call), options, Following.place(call)))
        .thenApply(
            session ->
                Following.session(
                    call,
                    streamType(call, session.tty()),
                    options.stdin() && options.stream(),
                    session.flow()));
  }
}
