package dev.flota.engine.runtime;

import java.util.ArrayList;
import java.util.List;

/** What {@code docker info} says below its lines. */
final class HostWarnings {
  private HostWarnings() {}

  static List<String> of(HostFacts host) {
    List<String> warnings = new ArrayList<>();
    if (!host.controllers().contains("memory")) {
      warnings.add("WARNING: No memory limit support");
    }
    if (!host.swapAccounting()) {
      warnings.add("WARNING: No swap limit support");
    }
    if (!host.controllers().contains("cpu")) {
      warnings.add("WARNING: No cpu cfs quota support");
      warnings.add("WARNING: No cpu shares support");
    }
    if (!host.controllers().contains("cpuset")) {
      warnings.add("WARNING: No cpuset support");
    }
    if (!host.controllers().contains("pids")) {
      warnings.add("WARNING: No pids limit support");
    }
    Capabilities.ALL.stream()
        .filter(name -> !host.bounding().contains(name))
        .map(name -> "WARNING: No " + name + ": containers do not get it")
        .forEach(warnings::add);
    return List.copyOf(warnings);
  }
}
