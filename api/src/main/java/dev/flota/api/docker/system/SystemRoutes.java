package dev.flota.api.docker.system;

import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpHeader;
import akka.http.javadsl.model.HttpResponse;
import akka.http.javadsl.model.headers.RawHeader;
import akka.util.ByteString;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.cluster.Fleet;
import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.image.AuthResult;
import dev.flota.engine.image.RegistryAuth;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;

/** {@code /_ping}, {@code /version}, {@code /info}, {@code /auth} and {@code /system/df}. */
public final class SystemRoutes {
  /** Builder-Version 1: without BuildKit's session, which is not built. */
  private static final List<HttpHeader> PING_HEADERS =
      List.of(
          RawHeader.create("Builder-Version", "1"),
          RawHeader.create("Cache-Control", "no-cache, no-store, must-revalidate"),
          RawHeader.create("Pragma", "no-cache"),
          RawHeader.create("Swarm", "inactive"));

  private static final ByteString PONG = ByteString.fromString("OK");

  private final Supplier<Fleet> fleet;
  private final DaemonInfo daemon;
  private final Machine machine = Machine.read();
  private final CgroupSupport cgroups = CgroupSupport.read(Path.of("/"));
  private final AtomicReference<CompletionStage<Map<String, Program>>> programs =
      new AtomicReference<>();

  /** Operations on the daemon. */
  public SystemRoutes(Supplier<Fleet> fleet, DaemonInfo daemon) {
    this.fleet = fleet;
    this.daemon = daemon;
  }

  /** The operations. */
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/_ping", call -> ping(PONG)),
        Route.of("HEAD", "/_ping", call -> ping(ByteString.emptyByteString())),
        Route.of("GET", "/version", this::version),
        Route.of("GET", "/info", this::info),
        Route.of("POST", "/auth", this::login),
        Route.since(25, "GET", "/system/df", this::diskUsage));
  }

  private static CompletionStage<HttpResponse> ping(ByteString body) {
    return CompletableFuture.completedFuture(
        HttpResponse.create()
            .addHeaders(PING_HEADERS)
            .withEntity(HttpEntities.create(ContentTypes.TEXT_PLAIN_UTF8, body)));
  }

  private CompletionStage<HttpResponse> version(Call call) {
    return programs(fleet.get().settings())
        .thenApply(known -> Replies.json(new VersionJson(daemon, machine, known.values())::write));
  }

  private CompletionStage<HttpResponse> info(Call call) {
    Fleet now = fleet.get();
    return now.counts()
        .thenCombine(
            programs(now.settings()),
            (counts, known) ->
                Replies.json(
                    new InfoJson(
                            daemon,
                            now.settings(),
                            machine,
                            cgroups,
                            known,
                            counts,
                            now.warnings(),
                            call.version())
                        ::write));
  }

  /** Asked once: they are replaced only with the daemon. */
  private CompletionStage<Map<String, Program>> programs(EngineSettings settings) {
    CompletionStage<Map<String, Program>> known = programs.get();
    if (known != null) {
      return known;
    }
    CompletionStage<Map<String, Program>> asked =
        CompletableFuture.supplyAsync(() -> askAll(settings));
    return programs.compareAndSet(null, asked) ? asked : programs(settings);
  }

  private static Map<String, Program> askAll(EngineSettings settings) {
    Map<String, Program> all = new LinkedHashMap<>();
    settings.runtimes().forEach((name, executable) -> all.put(name, Program.ask(name, executable)));
    all.put("conmon", Program.ask("conmon", settings.conmon()));
    all.put("init", Program.ask("init", settings.init()));
    return all;
  }

  private CompletionStage<HttpResponse> login(Call call) {
    return call.json()
        .thenApply(
            body ->
                body.read(RegistryAuth.class)
                    .orElseThrow(() -> EngineException.invalid("no credentials in the request")))
        .thenCompose(auth -> fleet.get().login(auth))
        .thenApply(SystemRoutes::loggedIn);
  }

  private static HttpResponse loggedIn(AuthResult result) {
    return Replies.json(
        json -> {
          json.writeStartObject();
          json.writeStringField("Status", result.status());
          json.writeStringField("IdentityToken", result.identityToken());
          json.writeEndObject();
        });
  }

  private CompletionStage<HttpResponse> diskUsage(Call call) {
    Set<String> types = DiskUsageJson.types(call.query().all("type"));
    Fleet now = fleet.get();
    return now.diskUsage()
        .thenCombine(
            now.ownContainers(),
            (usage, containers) ->
                now.ownVolumes()
                    .thenApply(
                        volumes ->
                            Replies.json(
                                new DiskUsageJson(
                                        types,
                                        usage,
                                        containers,
                                        volumes,
                                        now.hostNames(List.of(now.directory().ownHost())),
                                        call.version())
                                    ::write)))
        .thenCompose(Function.identity());
  }
}
