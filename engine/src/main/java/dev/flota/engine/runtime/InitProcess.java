package dev.flota.engine.runtime;

import java.util.ArrayList;
import java.util.List;

/** The init that {@code --init} puts before the command, to forward signals and reap orphans. */
final class InitProcess {
  /** Where it appears in the container. */
  static final String PATH = "/sbin/docker-init";

  private InitProcess() {}

  /** The command as a child of the init. */
  static List<String> before(List<String> command) {
    List<String> all = new ArrayList<>(List.of(PATH, "--"));
    all.addAll(command);
    return List.copyOf(all);
  }
}
