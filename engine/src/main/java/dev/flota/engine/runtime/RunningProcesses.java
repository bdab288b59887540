package dev.flota.engine.runtime;

import dev.flota.engine.json.Json;
import dev.flota.engine.linux.PidDescriptor;
import dev.flota.engine.linux.ProcessFacts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The two processes of a container's run, each with its start time, so that a later process with
 * the same number is never taken for it. Kept beside the bundle for daemons to come.
 */
record RunningProcesses(Identity main, Identity conmon) {

  /**
   * One process.
   *
   * @param startTime clock ticks since boot
   */
  record Identity(int pid, long startTime) {

    /** A process that just started; a start time of 0 is one that ended already. */
    static Identity of(int pid) {
      return new Identity(pid, ProcessFacts.startTime(pid).orElse(0));
    }

    /** Whether this very process lives. */
    boolean alive() {
      OptionalLong now = ProcessFacts.startTime(pid);
      return now.isPresent() && now.getAsLong() == startTime;
    }

    /** Holds this very process, if it lives. */
    Optional<PidDescriptor> open() {
      Optional<PidDescriptor> descriptor = PidDescriptor.open(pid);
      if (descriptor.isPresent() && !alive()) { // checked while it is held
        descriptor.get().close();
        return Optional.empty();
      }
      return descriptor;
    }
  }

  /** Keeps it. */
  void write(Path file) {
    try {
      Files.write(file, Json.PLAIN.writeValueAsBytes(this));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Empty when there is none. */
  static Optional<RunningProcesses> read(Path file) {
    try {
      return Optional.of(Json.PLAIN.readValue(Files.readAllBytes(file), RunningProcesses.class));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
