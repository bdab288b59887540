package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.container.ContainerRecord;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Containers as processes: OCI bundles, run by crun or runc under a conmon each, which outlives
 * this program. All methods block and may be called by any thread.
 */
@SuppressWarnings("DoNotCallSuggester") // being filled in
public final class ContainerRuntime implements AutoCloseable {
  private final EngineSettings settings;

  /** A runtime for the containers below {@code settings.stateDir()}. */
  public ContainerRuntime(EngineSettings settings) {
    this.settings = settings;
  }

  /** What this machine lacks, for {@code docker info}. */
  public List<String> warnings() {
    throw EngineException.notImplemented("warnings");
  }

  /**
   * Checks what can be checked of a container before it is created: capability names, security
   * options, signals, sysctls.
   *
   * @return warnings for the answer of {@code POST /containers/create}
   * @throws EngineException INVALID, in Docker's words
   */
  public List<String> validate(ContainerRecord record) {
    throw EngineException.notImplemented(record.id());
  }

  /**
   * Mounts the root file system if need be, writes the bundle and lets the OCI runtime create the
   * container. Its streams can be attached from now on; the command waits for {@link #start}.
   *
   * @throws StartFailedException the runtime refused; nothing but the root file system is left
   */
  public Created create(Launch launch) {
    throw EngineException.notImplemented(launch.record().id());
  }

  /**
   * Runs the command of a created container.
   *
   * @throws StartFailedException the runtime refused
   */
  public void start(ContainerRecord record) {
    throw EngineException.notImplemented(record.id());
  }

  /**
   * Sends a signal to the main process.
   *
   * @throws EngineException CONFLICT when there is none
   */
  public void signal(ContainerRecord record, int signal) {
    throw EngineException.notImplemented(record.id());
  }

  /** Freezes all processes. */
  public void pause(ContainerRecord record) {
    throw EngineException.notImplemented(record.id());
  }

  /** Ends {@link #pause}. */
  public void resume(ContainerRecord record) {
    throw EngineException.notImplemented(record.id());
  }

  /**
   * Kills what still lives of the container and removes what {@link #create} made, also after a
   * create that was cut short. The root file system stays mounted. Does nothing when nothing is
   * left.
   */
  public void delete(ContainerRecord record) {
    throw EngineException.notImplemented(record.id());
  }

  /** What really became of the container. */
  public Observed observe(ContainerRecord record) {
    throw EngineException.notImplemented(record.id());
  }

  /** The ends of containers. */
  public ExitWatcher exits() {
    throw EngineException.notImplemented("exits of " + settings.runDir());
  }

  /**
   * The container's processes as {@code ps} shows them.
   *
   * @param psArguments as {@code docker top} takes them, {@code -ef} when empty
   */
  public ProcessTable top(ContainerRecord record, String psArguments) {
    throw EngineException.notImplemented(record.id());
  }

  /** Connects to the container's streams. */
  public Attachment attach(ContainerRecord record, Attachment.Listener listener) {
    throw EngineException.notImplemented(record.id() + listener);
  }

  /** Sets the size of the container's terminal. */
  public void resize(ContainerRecord record, int rows, int columns) {
    throw EngineException.notImplemented(record.id());
  }

  /**
   * Starts a further process in the container.
   *
   * @param execId 64 hex digits
   * @param listener receives all its output, from the first byte; {@code null} to start it detached
   * @throws StartFailedException the process could not be started (exit code 126 or 127)
   */
  public ExecSession exec(
      ContainerRecord record,
      String execId,
      ExecSpec spec,
      Attachment.@Nullable Listener listener) {
    throw EngineException.notImplemented(record.id());
  }

  /** Stops watching; containers go on. */
  @Override
  public void close() {}
}
