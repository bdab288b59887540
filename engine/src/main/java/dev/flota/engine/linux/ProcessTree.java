package dev.flota.engine.linux;

import java.util.ArrayList;
import java.util.List;

/** A process with all that it has started. */
public final class ProcessTree {
  private static final int SIGSTOP = 19;

  private ProcessTree() {}

  /** Kills it, and those below it. */
  public static void kill(ProcessHandle process) {
    List<ProcessHandle> all = new ArrayList<>();
    stop(process, all);
    all.forEach(ProcessHandle::destroyForcibly);
  }

  /** From the top, so that none starts another one that would be missed. */
  private static void stop(ProcessHandle process, List<ProcessHandle> stopped) {
    try (PidDescriptor open = PidDescriptor.open((int) process.pid()).orElse(null)) {
      if (open != null && process.isAlive()) {
        open.signal(SIGSTOP);
      }
    }
    stopped.add(process);
    process.children().toList().forEach(child -> stop(child, stopped));
  }
}
