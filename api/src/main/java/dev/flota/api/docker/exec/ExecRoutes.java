package dev.flota.api.docker.exec;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.HttpResponse;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.flota.api.docker.Call;
import dev.flota.api.docker.GoNumbers;
import dev.flota.api.docker.Replies;
import dev.flota.api.docker.Route;
import dev.flota.api.http.Hijack;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.container.ExecInfo;
import dev.flota.cluster.container.ExecRequest;
import dev.flota.cluster.follow.Said;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** {@code /exec} of the Docker Engine API v1.50. */
public final class ExecRoutes {
  private final Supplier<Fleet> fleet;

  /** Operations on the execs of a fleet, which is asked for anew with each call. */
  public ExecRoutes(Supplier<Fleet> fleet) {
    this.fleet = fleet;
  }

  /** {@code ExecStartConfig}. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  record StartBody(boolean detach, boolean tty, @Nullable List<Integer> consoleSize) {
    static final StartBody DEFAULT = new StartBody(false, false, null);
  }

  /** {@code ExecConfig} as clients send it, where each field may be missing. */
  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  record CreateBody(
      boolean attachStdin,
      boolean attachStdout,
      boolean attachStderr,
      @Nullable List<Integer> consoleSize,
      @Nullable String detachKeys,
      boolean tty,
      @Nullable List<String> env,
      @Nullable List<String> cmd,
      boolean privileged,
      @Nullable String user,
      @Nullable String workingDir) {

    ExecRequest request() {
      if (cmd == null || cmd.isEmpty()) {
        throw EngineException.invalid("No exec command specified");
      }
      return new ExecRequest(
          attachStdin,
          attachStdout,
          attachStderr,
          consoleSize,
          detachKeys == null || detachKeys.isEmpty() ? null : detachKeys,
          tty,
          env,
          cmd,
          privileged,
          user,
          workingDir);
    }
  }

  /** The operations. */
  public List<Route> routes() {
    return List.of(
        Route.of("POST", "/containers/{id}/exec", this::create),
        Route.of("POST", "/exec/{id}/start", this::start),
        Route.of("POST", "/exec/{id}/resize", this::resize),
        Route.of("GET", "/exec/{id}/json", this::inspect));
  }

  private CompletionStage<HttpResponse> create(Call call) {
    return call.json()
        .thenApply(
            body ->
                body.read(CreateBody.class)
                    .orElseThrow(() -> EngineException.invalid("No exec command specified"))
                    .request())
        .thenCompose(request -> fleet.get().createExec(call.path("id"), request))
        .thenApply(
            id ->
                Replies.json(
                    201,
                    json -> {
                      json.writeStartObject();
                      json.writeStringField("Id", id);
                      json.writeEndObject();
                    }));
  }

  private CompletionStage<HttpResponse> start(Call call) {
    return call.json()
        .thenApply(body -> body.readOr(StartBody.class, StartBody.DEFAULT))
        .thenCompose(body -> body.detach() ? startDetached(call, body) : attach(call, body));
  }

  private CompletionStage<HttpResponse> startDetached(Call call, StartBody body) {
    return fleet
        .get()
        .startExecDetached(call.path("id"), body.tty())
        .thenApply(done -> Replies.ok());
  }

  private CompletionStage<HttpResponse> attach(Call call, StartBody body) {
    Fleet now = fleet.get();
    return now.exec(call.path("id"))
        .thenCompose(
            exec ->
                now.startExec(call.path("id"), body.tty(), body.consoleSize())
                    .thenApply(
                        session ->
                            Hijack.response(
                                call.request(),
                                type(call, session.tty()),
                                exec.request().attachStdin(),
                                session.flow().via(Said.bytes()))));
  }

  private static ContentType type(Call call, boolean tty) {
    return tty || !call.version().atLeast(42) ? Replies.RAW_STREAM : Replies.MULTIPLEXED_STREAM;
  }

  private CompletionStage<HttpResponse> resize(Call call) {
    int rows = GoNumbers.parseInt(call.query().text("h"));
    int columns = GoNumbers.parseInt(call.query().text("w"));
    return fleet.get().resizeExec(call.path("id"), rows, columns).thenApply(done -> Replies.ok());
  }

  private CompletionStage<HttpResponse> inspect(Call call) {
    return fleet
        .get()
        .exec(call.path("id"))
        .thenApply(exec -> Replies.json(json -> write(json, exec)));
  }

  /** {@code ExecInspectResponse}. */
  static void write(JsonGenerator json, ExecInfo exec) throws IOException {
    ExecRequest request = exec.request();
    List<String> words = request.cmd() == null ? List.of() : request.cmd();
    json.writeStartObject();
    json.writeStringField("ID", exec.id());
    json.writeBooleanField("Running", exec.running());
    json.writePOJOField("ExitCode", exec.exitCode());
    json.writeObjectFieldStart("ProcessConfig");
    json.writeBooleanField("tty", request.tty());
    json.writeStringField("entrypoint", words.isEmpty() ? "" : words.getFirst());
    json.writePOJOField("arguments", words.isEmpty() ? words : words.subList(1, words.size()));
    json.writeBooleanField("privileged", request.privileged());
    if (request.user() != null && !request.user().isEmpty()) {
      json.writeStringField("user", request.user());
    }
    json.writeEndObject();
    json.writeBooleanField("OpenStdin", request.attachStdin());
    json.writeBooleanField("OpenStderr", request.attachStderr());
    json.writeBooleanField("OpenStdout", request.attachStdout());
    json.writeBooleanField("CanRemove", !exec.running() && exec.exitCode() != null);
    json.writeStringField("ContainerID", exec.containerId());
    json.writeStringField("DetachKeys", "");
    json.writeNumberField("Pid", exec.pid());
    json.writeEndObject();
  }
}
