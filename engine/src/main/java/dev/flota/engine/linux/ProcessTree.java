package dev.flota.engine.linux;

import java.util.List;

/** A process with all that it has started. */
public final class ProcessTree {
  private ProcessTree() {}

  /** Kills it, and those below it. */
  public static void kill(ProcessHandle process) {
    List<ProcessHandle> below = process.descendants().toList(); // before they lose their parent
    process.destroyForcibly();
    below.forEach(ProcessHandle::destroyForcibly);
  }
}
