package dev.flota.engine.runtime;

import org.jspecify.annotations.Nullable;

/**
 * The running containers that {@code --pid container:X} and {@code --ipc container:X} name.
 *
 * @param pid whose pid namespace is joined, if any
 * @param ipc whose IPC namespace and {@code /dev/shm} are joined, if any; it must have been created
 *     with the IPC mode {@code shareable}
 */
public record SharedNamespaces(@Nullable Peer pid, @Nullable Peer ipc) {

  /** No namespace of another container. */
  public static final SharedNamespaces NONE = new SharedNamespaces(null, null);

  /**
   * A running container.
   *
   * @param id 64 hex digits
   * @param pid of its main process
   */
  public record Peer(String id, int pid) {}
}
