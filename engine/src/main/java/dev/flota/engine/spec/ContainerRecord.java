package dev.flota.engine.spec;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that is known of one container, and what is kept on disk of it: one JSON file, written with
 * fsync and atomic rename before an answer depends on it. A daemon that starts finds everything
 * here, and so does another host that takes the container over.
 *
 * @param schemaVersion {@link #SCHEMA_VERSION} of the writer
 * @param epoch 0: its host alone may run it. Above: others may take it over when its host is lost,
 *     so its host runs it only while the fleet lets it; counts the owners
 * @param id 64 hex digits
 * @param name without the leading slash
 * @param created when
 * @param image what the user asked for ({@code alpine}, {@code alpine@sha256:…})
 * @param imageId digest of the image's configuration, {@code sha256:…}
 * @param imageDigest digest of the manifest it was pulled by, if it ever was in a registry
 * @param config with the image's values merged in
 * @param hostConfig as asked, defaults filled in
 * @param networkingConfig as asked
 * @param runtime name of the OCI runtime in charge
 * @param wanted what the user wants
 * @param state what was seen last
 * @param endpoints its places in networks, kept for life
 * @param mounts resolved mounts
 * @param logs log files, oldest first, one per host and epoch
 * @param exits ends of the main process, oldest first (the last few)
 * @param restartCount restarts by the policy since the last start by a user
 */
public record ContainerRecord(
    int schemaVersion,
    long epoch,
    String id,
    String name,
    Instant created,
    String image,
    String imageId,
    @Nullable String imageDigest,
    ContainerConfig config,
    HostConfig hostConfig,
    NetworkingConfig networkingConfig,
    String runtime,
    Wanted wanted,
    RunState state,
    List<EndpointRecord> endpoints,
    List<MountPoint> mounts,
    List<LogSegment> logs,
    List<Exit> exits,
    int restartCount) {

  /** Version of this layout. */
  public static final int SCHEMA_VERSION = 1;

  /** What the user wants of a container. */
  public enum Wanted {
    /** Created and never started. */
    CREATED,
    /** Started: restart policies apply. */
    RUNNING,
    /** Stopped or killed by the user: restart policies do not apply. */
    STOPPED,
    /** To be removed; a daemon that finds this finishes the removal. */
    REMOVED,
    /** The same, with its anonymous volumes. */
    REMOVED_WITH_VOLUMES;

    /** Whether it is to be removed. */
    public boolean removal() {
      return this == REMOVED || this == REMOVED_WITH_VOLUMES;
    }
  }

  /**
   * One log file.
   *
   * @param path relative to the container's directory
   */
  public record LogSegment(long epoch, String host, String path) {}

  /** One end of the main process. */
  public record Exit(int exitCode, Instant at, boolean oomKilled) {}

  /** The same with another state. */
  public ContainerRecord withState(RunState newState) {
    Draft draft = new Draft(this);
    draft.state = newState;
    return draft.finished();
  }

  /** The same with another wish. */
  public ContainerRecord withWanted(Wanted newWanted) {
    Draft draft = new Draft(this);
    draft.wanted = newWanted;
    return draft.finished();
  }

  /** The same under another name. */
  public ContainerRecord withName(String newName) {
    Draft draft = new Draft(this);
    draft.name = newName;
    return draft.finished();
  }

  /** The same at another epoch. */
  public ContainerRecord withEpoch(long newEpoch) {
    Draft draft = new Draft(this);
    draft.epoch = newEpoch;
    return draft.finished();
  }

  /** The same with another OCI runtime in charge. */
  public ContainerRecord withRuntime(String newRuntime) {
    Draft draft = new Draft(this);
    draft.runtime = newRuntime;
    return draft.finished();
  }

  /** The same with other places in networks. */
  public ContainerRecord withEndpoints(List<EndpointRecord> newEndpoints) {
    Draft draft = new Draft(this);
    draft.endpoints = newEndpoints;
    return draft.finished();
  }

  /** The same with another configuration. */
  public ContainerRecord withConfig(ContainerConfig newConfig) {
    Draft draft = new Draft(this);
    draft.config = newConfig;
    return draft.finished();
  }

  /** The same with other mounts. */
  public ContainerRecord withMounts(List<MountPoint> newMounts) {
    Draft draft = new Draft(this);
    draft.mounts = newMounts;
    return draft.finished();
  }

  /** The same with other log files. */
  public ContainerRecord withLogs(List<LogSegment> newLogs) {
    Draft draft = new Draft(this);
    draft.logs = newLogs;
    return draft.finished();
  }

  /** The same with its exits and restarts counted anew. */
  public ContainerRecord withHistory(List<Exit> newExits, int newRestartCount) {
    Draft draft = new Draft(this);
    draft.exits = newExits;
    draft.restartCount = newRestartCount;
    return draft.finished();
  }

  /** What of a record changes in its life. */
  private static final class Draft {
    private final ContainerRecord origin;
    private long epoch;
    private String name;
    private ContainerConfig config;
    private String runtime;
    private Wanted wanted;
    private RunState state;
    private List<EndpointRecord> endpoints;
    private List<MountPoint> mounts;
    private List<LogSegment> logs;
    private List<Exit> exits;
    private int restartCount;

    Draft(ContainerRecord origin) {
      this.origin = origin;
      epoch = origin.epoch;
      name = origin.name;
      config = origin.config;
      runtime = origin.runtime;
      wanted = origin.wanted;
      state = origin.state;
      endpoints = origin.endpoints;
      mounts = origin.mounts;
      logs = origin.logs;
      exits = origin.exits;
      restartCount = origin.restartCount;
    }

    ContainerRecord finished() {
      return new ContainerRecord(
          origin.schemaVersion,
          epoch,
          origin.id,
          name,
          origin.created,
          origin.image,
          origin.imageId,
          origin.imageDigest,
          config,
          origin.hostConfig,
          origin.networkingConfig,
          runtime,
          wanted,
          state,
          endpoints,
          mounts,
          logs,
          exits,
          restartCount);
    }
  }
}
