package dev.flota.engine.runtime;

import dev.flota.engine.linux.Descriptor;
import dev.flota.engine.linux.Errno;
import dev.flota.engine.linux.LinuxException;
import dev.flota.engine.linux.Open;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * What an OCI runtime keeps of one container below its {@code --root}. crun and runc let a created
 * container wait at a FIFO there, {@code exec.fifo}, and forget it by removing this directory and
 * the control group. Doing the same here saves the start of two programs per container, a third of
 * the whole cycle; runtimes that are laid out otherwise are asked in the way all understand.
 */
final class RuntimeState {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String RUNC_WAITING = "runc:[2:INIT]";

  private final Path directory;

  RuntimeState(Path directory) {
    this.directory = directory;
  }

  /** How a directory is laid out. */
  enum Kind {
    /** Nothing is there. */
    NONE,
    /** The container reads from the FIFO. */
    CRUN,
    /** The container writes to the FIFO. */
    RUNC,
    /** Not known here. */
    OTHER
  }

  Kind kind() {
    if (Files.exists(directory.resolve("status"))) {
      return Kind.CRUN;
    }
    if (Files.exists(directory.resolve("state.json"))) {
      return Kind.RUNC;
    }
    return Files.exists(directory) ? Kind.OTHER : Kind.NONE;
  }

  private Path fifo() {
    return directory.resolve("exec.fifo");
  }

  /** Whether the container's command was not started yet. */
  boolean waiting() {
    return Files.exists(fifo());
  }

  /**
   * Lets the command start.
   *
   * @param pid of the waiting process
   * @return false when it must be asked of the runtime
   * @throws LinuxException the process does not answer
   */
  boolean release(int pid) {
    switch (kind()) {
      case CRUN -> releaseReader();
      case RUNC -> releaseWriter(pid);
      case NONE, OTHER -> {
        return false;
      }
    }
    remove();
    return true;
  }

  /** Without a reader it went on already, and only this program was cut short before. */
  private void releaseReader() {
    try (Descriptor fifo = Descriptor.open(fifo(), Open.WRITE_ONLY | Open.NON_BLOCKING, 0)) {
      fifo.write("1".getBytes(StandardCharsets.US_ASCII));
    } catch (LinuxException failure) {
      if (failure.errno() != Errno.ENXIO) {
        throw failure;
      }
    }
  }

  private void releaseWriter(int pid) {
    if (!runcWaits(pid)) {
      return;
    }
    try (Descriptor fifo = Descriptor.open(fifo(), Open.READ_ONLY | Open.NON_BLOCKING, 0)) {
      if (fifo.read(1, PATIENCE).length == 0) {
        throw new LinuxException("start process " + pid, Errno.ESRCH);
      }
    }
  }

  private static boolean runcWaits(int pid) {
    try {
      return Files.readString(Path.of("/proc/" + pid + "/comm")).strip().equals(RUNC_WAITING);
    } catch (IOException gone) {
      return false;
    }
  }

  private void remove() {
    try {
      Files.deleteIfExists(fifo());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
