package dev.flota.cluster;

import akka.Done;
import akka.NotUsed;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Source;
import akka.util.ByteString;
import dev.flota.engine.container.ContainerConfig;
import dev.flota.engine.container.ContainerRecord;
import dev.flota.engine.container.HostConfig;
import dev.flota.engine.container.NetworkingConfig;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * The whole fleet as its API sees it: every call becomes a message to the actor concerned, every
 * refusal comes back as a stage failed by an {@link dev.flota.engine.EngineException} whose kind is
 * the HTTP status and whose text is Docker's.
 *
 * <p>Containers are named by {@code reference}: full id, unique prefix of an id, or name with or
 * without the leading slash.
 */
public final class Fleet {
  private Fleet() {}

  /** {@code POST /containers/create}. A missing name is generated. */
  public record CreateRequest(
      @Nullable String name,
      @Nullable String platform,
      ContainerConfig config,
      HostConfig hostConfig,
      NetworkingConfig networkingConfig) {}

  /** What create answers. */
  public record Created(String id, List<String> warnings) {}

  /** When a wait ends. */
  public enum WaitCondition {
    /** At once if the container is not running. */
    NOT_RUNNING,
    /** At the next exit, even if it is not running now. */
    NEXT_EXIT,
    /** When it has been removed. */
    REMOVED
  }

  /** How a container's run ended; {@code error} is empty when nothing went wrong in waiting. */
  public record ExitStatus(int exitCode, String error) {}

  /** A wait that is registered: an exit from now on will complete it. */
  public record Waiting(CompletionStage<ExitStatus> exit) {}

  /**
   * {@code POST /containers/{id}/attach}.
   *
   * @param logs replay what was logged first
   * @param stream go on with what comes
   * @param detachKeys Docker's notation ({@code ctrl-p,ctrl-q}); null is the default
   */
  public record AttachOptions(
      boolean logs,
      boolean stream,
      boolean stdin,
      boolean stdout,
      boolean stderr,
      @Nullable String detachKeys) {}

  /**
   * Bytes of an attached terminal or process.
   *
   * @param tty raw bytes; otherwise Docker's 8-byte frames
   * @param flow client's input to output for the client, already framed
   */
  public record Session(boolean tty, Flow<ByteString, ByteString, NotUsed> flow) {}

  /**
   * {@code GET /containers/{id}/logs}.
   *
   * @param tail last lines, negative is all
   */
  public record LogOptions(
      boolean follow,
      boolean stdout,
      boolean stderr,
      @Nullable Instant since,
      @Nullable Instant until,
      boolean timestamps,
      int tail) {}

  /** Output for the client, framed unless {@code tty}. */
  public record Logs(boolean tty, Source<ByteString, NotUsed> bytes) {}

  /** {@code GET /containers/{id}/top}. */
  public record Top(List<String> titles, List<List<String>> processes) {}

  /** {@code POST /containers/{id}/exec}: {@code ExecConfig} of the Docker Engine API. */
  public record ExecRequest(
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
      @Nullable String workingDir) {}

  /** What is known of one exec; exitCode is null while it has not ended. */
  public record ExecInfo(
      String id,
      String containerId,
      ExecRequest request,
      boolean running,
      @Nullable Integer exitCode,
      int pid) {}

  /** One line of {@code /events}; {@code action} as Docker writes it ({@code exec_create: sh}). */
  public record Event(
      String type, String action, String actorId, Map<String, String> attributes, Instant time) {}

  /** Creates a container, pulling nothing: a missing image is {@code No such image: x}. */
  public CompletionStage<Created> create(CreateRequest request) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** The container's record as it stands. */
  public CompletionStage<ContainerRecord> container(String reference) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** All containers, newest first; a local read. */
  public CompletionStage<List<ContainerRecord>> containers() {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Starts; NOT_MODIFIED when it runs already. */
  public CompletionStage<Done> start(String reference) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Stops with the given or its own signal and time-out in seconds (-1: never kill). */
  public CompletionStage<Done> stop(
      String reference, @Nullable String signal, @Nullable Integer seconds) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Stop and start as one. */
  public CompletionStage<Done> restart(
      String reference, @Nullable String signal, @Nullable Integer seconds) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Sends a signal, by name or number; null is SIGKILL. */
  public CompletionStage<Done> kill(String reference, @Nullable String signal) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Freezes. */
  public CompletionStage<Done> pause(String reference) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Thaws. */
  public CompletionStage<Done> unpause(String reference) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Gives another name. */
  public CompletionStage<Done> rename(String reference, String name) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Removes; {@code force} kills first, {@code volumes} takes its anonymous volumes along. */
  public CompletionStage<Done> remove(String reference, boolean force, boolean volumes) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Completes once the wait is registered. */
  public CompletionStage<Waiting> await(String reference, WaitCondition condition) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Attaches, also to a container that is only created: it sees all output of the coming start. */
  public CompletionStage<Session> attach(String reference, AttachOptions options) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Reads the log. */
  public CompletionStage<Logs> logs(String reference, LogOptions options) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Sets the terminal's size in characters. */
  public CompletionStage<Done> resize(String reference, int rows, int columns) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Processes, by {@code ps} with these arguments. */
  public CompletionStage<Top> top(String reference, String psArguments) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Prepares an exec and answers its id. */
  public CompletionStage<String> createExec(String reference, ExecRequest request) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Starts an exec and attaches to it. */
  public CompletionStage<Session> startExec(
      String execId, boolean tty, @Nullable List<Integer> consoleSize) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Starts an exec and leaves it alone. */
  public CompletionStage<Done> startExecDetached(String execId, boolean tty) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** State of an exec. */
  public CompletionStage<ExecInfo> exec(String execId) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /** Sets the size of an exec's terminal in characters. */
  public CompletionStage<Done> resizeExec(String execId, int rows, int columns) {
    return CompletableFuture.failedFuture(new UnsupportedOperationException());
  }

  /**
   * Events from {@code since} (null: from now) to {@code until} (null: for ever); unfiltered, for
   * the API filters.
   */
  public Source<Event, NotUsed> events(@Nullable Instant since, @Nullable Instant until) {
    return Source.failed(new UnsupportedOperationException());
  }
}
