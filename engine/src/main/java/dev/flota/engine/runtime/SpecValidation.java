package dev.flota.engine.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What can be refused when a container is created, before anything exists of it. */
final class SpecValidation {
  private SpecValidation() {}

  /** Warnings; refusals are thrown. */
  static List<String> check(
      ContainerConfig config, HostConfig wanted, HostFacts host, EngineSettings settings) {
    if (config.stopSignal() != null && !config.stopSignal().isEmpty()) {
      Signals.parse(config.stopSignal());
    }
    if (wanted.shmSize() < 0) {
      throw EngineException.invalid("SHM size can not be less than 0");
    }
    String runtime = wanted.runtime();
    if (runtime != null && !runtime.isEmpty() && !settings.runtimes().containsKey(runtime)) {
      throw EngineException.invalid("unknown or invalid runtime name: " + runtime);
    }
    checkModes(wanted);
    checkDeviceRequests(wanted);
    DevicePlan.validate(wanted);
    Map<String, String> tmpfs = wanted.tmpfs() == null ? Map.of() : wanted.tmpfs();
    tmpfs.values().forEach(SpecValidation::checkTmpfs);
    SecurityOptions security = SecurityOptions.parse(list(wanted.securityOpt()));
    String seccomp = security.seccomp();
    if (seccomp != null && seccomp.startsWith("{")) {
      SeccompProfile.parse(seccomp);
    }
    Capabilities.requested(list(wanted.capAdd()), list(wanted.capDrop()), wanted.privileged());
    List<String> warnings = new ArrayList<>(ResourcePlan.of(wanted, host).warnings());
    warnings.addAll(SpecPlan.ignored(security));
    list(wanted.capAdd()).stream()
        .flatMap(name -> Capabilities.requested(List.of(name), List.of("ALL"), false).stream())
        .filter(name -> !host.bounding().contains(name))
        .map(SpecPlan::lacking)
        .distinct()
        .forEach(warnings::add);
    return List.copyOf(warnings);
  }

  /** There is no driver here that could fulfil any. */
  private static void checkDeviceRequests(HostConfig wanted) {
    for (JsonNode request : list(wanted.deviceRequests())) {
      List<String> capabilities = new ArrayList<>();
      request
          .path("Capabilities")
          .forEach(
              all -> {
                List<String> names = new ArrayList<>();
                all.forEach(name -> names.add(name.asText()));
                capabilities.add("[" + String.join(" ", names) + "]");
              });
      throw EngineException.invalid(
          "could not select device driver \"%s\" with capabilities: [%s]"
              .formatted(request.path("Driver").asText(""), String.join(" ", capabilities)));
    }
  }

  private static void checkTmpfs(String options) {
    TmpfsOptions.merge(
        Arrays.stream(options.split(",", -1)).filter(option -> !option.isEmpty()).toList());
  }

  private static void checkModes(HostConfig wanted) {
    checkMode("IPC", wanted.ipcMode(), List.of("none", "host", "private", "shareable"), true);
    checkMode("PID", wanted.pidMode(), List.of("host"), true);
    checkMode("UTS", wanted.utsMode(), List.of("host"), false);
    checkMode("cgroup namespace", wanted.cgroupnsMode(), List.of("host", "private"), false);
  }

  private static void checkMode(
      String kind, @Nullable String mode, List<String> known, boolean ofContainer) {
    if (mode == null || mode.isEmpty() || known.contains(mode)) {
      return;
    }
    if (ofContainer && mode.startsWith("container:") && mode.length() > "container:".length()) {
      return;
    }
    throw EngineException.invalid("invalid " + kind + " mode: " + mode);
  }

  private static <T> List<T> list(@Nullable List<T> values) {
    return values == null ? List.of() : values;
  }
}
