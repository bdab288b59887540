package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.ProgramOutput;
import java.time.Duration;
import java.util.List;

/** System V shared memory: sysvipc(7). */
final class SharedMemory {
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);

  private SharedMemory() {}

  /** Whether there are segments of it where a process is, attached or not. */
  static boolean hasSegments(int pid) {
    List<String> command =
        List.of("nsenter", "--target", Integer.toString(pid), "--ipc", "cat", "/proc/sysvipc/shm");
    ProgramOutput seen =
        ProgramOutput.of(command, ANSWER_WITHIN)
            .filter(output -> output.status() == 0)
            .orElseThrow(
                () -> EngineException.system("shared memory cannot be looked at: " + command));
    return seen.text().lines().skip(1).findAny().isPresent(); // after the line of titles
  }
}
