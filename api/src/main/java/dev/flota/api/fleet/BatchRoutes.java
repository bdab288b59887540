package dev.flota.api.fleet;

import akka.NotUsed;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Query;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.batch.Batch;
import dev.flota.cluster.batch.BatchRun;
import dev.flota.cluster.batch.Item;
import dev.flota.cluster.batch.Policy;
import dev.flota.cluster.batch.Progress;
import dev.flota.cluster.batch.Result;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.Placed;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.membership.HostState;
import dev.flota.cluster.placement.ClusterView;
import dev.flota.cluster.placement.Placement;
import dev.flota.cluster.placement.Rebalance;
import dev.flota.cluster.placement.Strategy;
import dev.flota.cluster.placement.Wish;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.Portability;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Many containers moved by one call: those of a host, those that would be better elsewhere, those
 * that are named. The host that is asked leads the moves and tells of them, a JSON value per line;
 * when the connection is closed nothing more begins.
 */
final class BatchRoutes {
  private static final int DEFAULT_PARALLEL = 2;
  private static final int DEFAULT_THRESHOLD = 20;
  private static final int DEFAULT_COOLDOWN = 300;
  private static final int PERCENT = 10;
  private static final int PROGRESS_BUFFER = 1 << 16;

  /** Whoever has left is noticed by what is written to him. */
  private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(1);

  /** Parameters of a single teleport that each of many may have. */
  private static final List<String> HOW = List.of("mode", "execs", "timeout");

  private static final ByteString BLANK = ByteString.fromString("\n");

  private final FleetControl control;
  private final Supplier<Fleet> fleet;
  private final Function<String, HostEntry> hosts;
  private final Executor moving =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("batch-", 0).factory());

  /**
   * The operations of that fleet.
   *
   * @param hosts finds one by its name or the beginning of its id
   */
  BatchRoutes(FleetControl control, Supplier<Fleet> fleet, Function<String, HostEntry> hosts) {
    this.control = control;
    this.fleet = fleet;
    this.hosts = hosts;
  }

  /** {@code POST /fleet/teleports}. */
  record TeleportsBody(
      @Nullable List<String> containers, @Nullable String host, @Nullable Integer parallel) {}

  List<Route> routes() {
    return List.of(
        Route.of("POST", "/fleet/hosts/{host}/drain", this::drain),
        Route.of("POST", "/fleet/teleports", this::teleport),
        Route.of("POST", "/fleet/rebalance", this::rebalance));
  }

  private static int number(Query query, String name, int otherwise, int least) {
    int number = Objects.requireNonNullElse(query.number(name), otherwise);
    if (number < least) {
      throw EngineException.invalid("%s: %d or more, not %d".formatted(name, least, number));
    }
    return number;
  }

  // ---- the three of them

  private CompletionStage<HttpResponse> drain(Call call) {
    HostEntry host = hosts.apply(call.path("host"));
    int parallel = number(call.query(), "parallel", DEFAULT_PARALLEL, 1);
    Policy policy =
        Policy.parse(Objects.requireNonNullElse(call.query().textOrNull("policy"), "live"));
    how(call.query());
    if (directory().state(host.id()) != HostState.READY) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          "%s cannot be reached now: nothing can be moved away from it; 'flota hosts drain' keeps new containers away"
              .formatted(host.name()));
    }
    return control
        .required()
        .ledger()
        .submit(new Change.ChangeHost(host.id(), null, HostEntry.Availability.DRAIN, null))
        .thenCompose(
            done -> answer(call, run(call, parallel, policy, () -> containersOf(host.id()))));
  }

  private List<Item> containersOf(String hostId) {
    return placed().stream()
        .filter(placed -> placed.hostId().equals(hostId))
        .filter(placed -> !placed.record().wanted().removal())
        .map(placed -> Item.of(placed.record(), hostId, null))
        .toList();
  }

  private CompletionStage<HttpResponse> teleport(Call call) {
    return call.json()
        .thenCompose(
            json -> {
              TeleportsBody body =
                  json.readOr(TeleportsBody.class, new TeleportsBody(null, null, null));
              int parallel = Objects.requireNonNullElse(body.parallel(), DEFAULT_PARALLEL);
              List<Item> items = named(body);
              return answer(call, run(call, parallel, Policy.LIVE, () -> items));
            });
  }

  /** What is there already has no way to go. */
  private List<Item> named(TeleportsBody body) {
    List<String> names = body.containers();
    if (names == null || names.isEmpty()) {
      throw EngineException.invalid("containers: give the names or ids of one or more");
    }
    String host = body.host();
    String to = host == null || host.isEmpty() ? null : hosts.apply(host).id();
    return names.stream()
        .map(directory()::find)
        .filter(placed -> !placed.hostId().equals(to))
        .map(placed -> Item.of(placed.record(), placed.hostId(), to))
        .toList();
  }

  private CompletionStage<HttpResponse> rebalance(Call call) {
    Query query = call.query();
    int parallel = number(query, "parallel", DEFAULT_PARALLEL, 1);
    int threshold = number(query, "threshold", DEFAULT_THRESHOLD, 1) * PERCENT;
    int cooldown = number(query, "cooldown", DEFAULT_COOLDOWN, 0);
    if (placement().strategy() == Strategy.BINPACK) {
      throw EngineException.conflict(
          "this fleet's placement is binpack, which fills one host after the other on purpose: there is nothing to balance");
    }
    ClusterView view = view();
    Tied tied = new Tied();
    List<Rebalance.Move> moves =
        Rebalance.plan(view, movable(tied, Instant.now().minusSeconds(cooldown)), threshold);
    List<ByteString> plan = new ArrayList<>();
    plan.add(planned(view, moves, tied));
    moves.forEach(move -> plan.add(planned(move)));
    Source<ByteString, NotUsed> told = Source.from(plan);
    if (!query.flag("apply")) {
      return answer(call, told.concat(Source.single(notApplied(moves.size()))));
    }
    List<Item> items = moves.stream().map(this::item).toList();
    return answer(call, told.concat(run(call, parallel, Policy.LIVE, () -> items)));
  }

  /** How many containers stay whatever the loads are. */
  private static final class Tied {
    private int resting;
    private int pinned;
  }

  private List<Rebalance.Candidate> movable(Tied tied, Instant restUntil) {
    List<Rebalance.Candidate> candidates = new ArrayList<>();
    for (Placed placed : placed()) {
      ContainerRecord record = placed.record();
      if (record.state().status() != RunState.Status.RUNNING) {
        continue;
      }
      if (!Portability.obstacles(record).isEmpty()) {
        tied.pinned++;
      } else if (fleet.get().recentMoves().isSince(restUntil, record.id())) {
        tied.resting++;
      } else {
        // With its volumes: what has one by a name stays with it.
        candidates.add(new Rebalance.Candidate(Wish.of(record), placed.hostId()));
      }
    }
    return candidates;
  }

  private Item item(Rebalance.Move move) {
    return new Item(move.wish(), move.from(), move.to(), true, List.of());
  }

  // ---- what is known

  private Directory directory() {
    return fleet.get().directory();
  }

  private List<Placed> placed() {
    Directory directory = directory();
    return directory.all().stream()
        .flatMap(record -> Optional.ofNullable(directory.byId(record.id())).stream())
        .toList();
  }

  private ClusterView view() {
    return fleet.get().clusterView().orElseThrow(BatchRoutes::noFleet);
  }

  private Placement placement() {
    return fleet.get().placement().orElseThrow(BatchRoutes::noFleet);
  }

  private static EngineException noFleet() {
    return new EngineException(ErrorKind.UNAVAILABLE, "this host belongs to no fleet now");
  }

  // ---- a run and what is told of it

  /** How each of them moves, as for one: passed on, once it is known to make sense. */
  private static String how(Query query) {
    TeleportRoutes.wish(query);
    return HOW.stream()
        .filter(name -> !query.text(name).isEmpty())
        .map(name -> "&" + name + "=" + query.text(name))
        .collect(Collectors.joining());
  }

  private Source<ByteString, NotUsed> run(
      Call call, int parallel, Policy policy, Supplier<List<Item>> items) {
    PeerCarrier carrier =
        new PeerCarrier(
            control.required().peers(), directory(), call.materializer(), how(call.query()));
    return Source.<Progress>queue(PROGRESS_BUFFER, OverflowStrategy.dropHead())
        .mapMaterializedValue(
            queue -> {
              BatchRun run =
                  new BatchRun(
                      parallel,
                      policy,
                      items,
                      this::view,
                      placement(),
                      carrier,
                      moving,
                      progress -> {
                        queue.offer(progress);
                        if (progress instanceof Progress.Over) {
                          queue.complete();
                        }
                      });
              queue.watchCompletion().whenComplete((done, failure) -> run.cancel());
              moving.execute(
                  () -> {
                    try {
                      run.start();
                    } catch (RuntimeException e) {
                      run.cancel();
                      queue.fail(e);
                    }
                  });
              return NotUsed.getInstance();
            })
        .map(this::line);
  }

  private static CompletionStage<HttpResponse> answer(Call call, Source<ByteString, NotUsed> told) {
    return Replies.streamOrFailure(
            ContentTypes.APPLICATION_JSON,
            told,
            Function.identity(),
            Replies::errorLine,
            call.materializer())
        .thenApply(
            answer ->
                answer.transformEntityDataBytes(
                    Flow.<ByteString>create().keepAlive(SIGN_OF_LIFE, () -> BLANK)));
  }

  private ByteString line(Progress progress) {
    return switch (progress) {
      case Progress.Changed(Batch.Entry entry) ->
          switch (entry.stage()) {
            case Batch.Stage.Waiting _ ->
                line(entry.item(), Optional.ofNullable(entry.item().to()), "waiting", json -> {});
            case Batch.Stage.Underway(String to) ->
                line(entry.item(), Optional.of(to), "begin", json -> {});
            case Batch.Stage.Ended(Optional<String> to, Result result) ->
                line(entry.item(), to, "done", json -> write(json, result));
          };
      case Progress.Begun(Item item, String to, String phase) ->
          line(item, Optional.of(to), phase, json -> {});
      case Progress.Over(Batch.Sum sum, boolean well) -> over(sum, well);
    };
  }

  private ByteString line(Item item, Optional<String> to, String phase, Replies.JsonValue more) {
    return Replies.line(
        json -> {
          json.writeStartObject();
          json.writeStringField("id", item.id());
          json.writeStringField("container", item.name());
          json.writeStringField("from", directory().nameOf(item.from()));
          if (to.isPresent()) {
            json.writeStringField("to", directory().nameOf(to.get()));
          }
          json.writeStringField("phase", phase);
          more.write(json);
          json.writeEndObject();
        });
  }

  private static void write(JsonGenerator json, Result result) throws IOException {
    switch (result) {
      case Result.Moved moved -> {
        json.writeStringField("result", moved.restarted() ? "restarted" : "moved");
        json.writeNumberField("totalMillis", moved.totalMillis());
        json.writeNumberField("frozenMillis", moved.frozenMillis());
        json.writeNumberField("bytes", moved.bytes());
      }
      case Result.Stays(String reason) -> {
        json.writeStringField("result", "stays");
        json.writeStringField("reason", reason);
      }
      case Result.Down(String reason) -> {
        json.writeStringField("result", "down");
        json.writeStringField("reason", reason);
      }
    }
  }

  private static ByteString over(Batch.Sum sum, boolean well) {
    return Replies.line(
        json -> {
          json.writeStartObject();
          json.writeStringField("phase", "end");
          json.writeNumberField("moved", sum.moved());
          json.writeNumberField("stayed", sum.stayed());
          json.writeNumberField("down", sum.down());
          json.writeNumberField("waiting", sum.waiting());
          json.writeBooleanField("well", well);
          json.writeEndObject();
        });
  }

  private static ByteString notApplied(int moves) {
    return Replies.line(
        json -> {
          json.writeStartObject();
          json.writeStringField("phase", "end");
          json.writeNumberField("planned", moves);
          json.writeBooleanField("well", true);
          json.writeEndObject();
        });
  }

  private ByteString planned(ClusterView view, List<Rebalance.Move> moves, Tied tied) {
    Map<String, Integer> then = new HashMap<>(view.loads());
    for (Rebalance.Move move : moves) {
      then.put(move.from(), move.fromAfter());
      then.put(move.to(), move.toAfter());
    }
    return Replies.line(
        json -> {
          json.writeStartObject();
          json.writeStringField("phase", "plan");
          json.writeArrayFieldStart("hosts");
          for (Map.Entry<String, Integer> host : view.loads().entrySet()) {
            json.writeStartObject();
            json.writeStringField("host", directory().nameOf(host.getKey()));
            json.writeNumberField("load", (double) host.getValue() / PERCENT);
            json.writeNumberField("then", (double) then.getOrDefault(host.getKey(), 0) / PERCENT);
            json.writeEndObject();
          }
          json.writeEndArray();
          json.writeNumberField("moves", moves.size());
          json.writeNumberField("resting", tied.resting);
          json.writeNumberField("pinned", tied.pinned);
          json.writeEndObject();
        });
  }

  private ByteString planned(Rebalance.Move move) {
    String from = directory().nameOf(move.from());
    String to = directory().nameOf(move.to());
    return line(
        item(move),
        Optional.of(move.to()),
        "planned",
        json ->
            json.writeStringField(
                "reason",
                "%s %s, %s %s"
                    .formatted(
                        from,
                        change(move.fromBefore(), move.fromAfter()),
                        to,
                        change(move.toBefore(), move.toAfter()))));
  }

  private static String change(int before, int after) {
    return "%d → %d %%"
        .formatted(Math.round((double) before / PERCENT), Math.round((double) after / PERCENT));
  }
}
