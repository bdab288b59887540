package dev.flota.engine.runtime;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The running containers that {@code --pid container:X} and {@code --ipc container:X} name.
 *
 * @param pid whose pid namespace is joined, if any
 * @param ipc whose IPC namespace and {@code /dev/shm} are joined, if any
 */
public record SharedNamespaces(@Nullable Peer pid, @Nullable Peer ipc) {

  /** No namespace of another container. */
  public static final SharedNamespaces NONE = new SharedNamespaces(null, null);

  /**
   * A running container.
   *
   * @param pid of its main process
   * @param directory its own directory
   */
  public record Peer(int pid, Path directory) {}
}
