package dev.flota.engine.container;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.runtime.StandardConfinement;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Fills in what a client left out of a specification, as moby does. */
public final class ContainerDefaults {
  /** Go knows no missing text. */
  private static final List<String> EMPTY_UNLESS_GIVEN =
      List.of(
          "Cgroup",
          "CgroupParent",
          "ContainerIDFile",
          "CpusetCpus",
          "CpusetMems",
          "Isolation",
          "PidMode",
          "UTSMode",
          "UsernsMode",
          "VolumeDriver");

  private ContainerDefaults() {}

  /**
   * The user's configuration with the image's where he left something out.
   *
   * @throws EngineException INVALID when there is nothing to run
   */
  public static ContainerConfig merge(
      ContainerConfig user, @Nullable ContainerConfig image, String hostName) {
    ContainerConfig base =
        image == null ? Json.DOCKER.convertValue(Map.of(), ContainerConfig.class) : image;
    List<String> entrypoint = user.entrypoint();
    List<String> cmd = user.cmd();
    if (isEmpty(entrypoint)) {
      if (isEmpty(cmd)) {
        cmd = base.cmd();
      }
      if (entrypoint == null) {
        entrypoint = base.entrypoint();
      }
    }
    if (entrypoint != null && (entrypoint.isEmpty() || entrypoint.equals(List.of("")))) {
      entrypoint = null;
    }
    String workingDir = orEmpty(user.workingDir());
    if (!workingDir.isEmpty() && !workingDir.startsWith("/")) {
      throw EngineException.invalid(
          "the working directory '" + workingDir + "' is invalid, it needs to be an absolute path");
    }
    if (isEmpty(entrypoint) && isEmpty(cmd)) {
      throw EngineException.invalid("no command specified");
    }
    return new ContainerConfig(
        isBlank(user.hostname()) ? hostName : user.hostname(),
        user.domainname() == null ? "" : user.domainname(),
        isBlank(user.user()) ? orEmpty(base.user()) : user.user(),
        user.attachStdin(),
        user.attachStdout(),
        user.attachStderr(),
        union(base.exposedPorts(), user.exposedPorts()),
        user.tty(),
        user.openStdin(),
        user.stdinOnce(),
        environment(base.env(), user.env()),
        cmd,
        user.healthcheck() == null ? base.healthcheck() : user.healthcheck(),
        user.argsEscaped(),
        user.image(),
        union(base.volumes(), user.volumes()),
        isBlank(user.workingDir()) ? orEmpty(base.workingDir()) : user.workingDir(),
        entrypoint,
        user.networkDisabled(),
        user.macAddress(),
        user.onBuild(),
        union(base.labels(), user.labels(), Map.of()),
        isBlank(user.stopSignal()) ? base.stopSignal() : user.stopSignal(),
        user.stopTimeout() == null ? base.stopTimeout() : user.stopTimeout(),
        user.shell() == null ? base.shell() : user.shell());
  }

  /** The host part with Docker's defaults, checked. */
  public static HostConfig complete(HostConfig user, String defaultRuntime, boolean cgroupV2) {
    check(user);
    ObjectNode json = Json.DOCKER.valueToTree(user);
    putIfBlank(json, "Runtime", defaultRuntime);
    putIfBlank(json, "IpcMode", "private");
    EMPTY_UNLESS_GIVEN.forEach(field -> putIfBlank(json, field, ""));
    forgetUnlimited(json, "MemorySwappiness", -1);
    forgetUnlimited(json, "PidsLimit", 0);
    putIfBlank(json, "CgroupnsMode", cgroupV2 && !user.privileged() ? "private" : "host");
    json.put("NetworkMode", user.network());
    if (user.shmSize() == 0) {
      json.put("ShmSize", StandardConfinement.SHM_BYTES);
    }
    HostConfig.RestartPolicy policy = user.restart();
    json.putObject("RestartPolicy")
        .put("Name", policy.name())
        .put("MaximumRetryCount", policy.maximumRetryCount());
    ObjectNode log =
        json.get("LogConfig") instanceof ObjectNode given ? given : json.putObject("LogConfig");
    putIfBlank(log, "Type", "json-file");
    if (!(log.get("Config") instanceof ObjectNode)) {
      log.putObject("Config");
    }
    if (user.memory() > 0 && user.memorySwap() == 0) {
      json.put("MemorySwap", 2 * user.memory());
    }
    if (!user.privileged()) {
      if (user.maskedPaths() == null) {
        json.set("MaskedPaths", Json.DOCKER.valueToTree(StandardConfinement.MASKED_PATHS));
      }
      if (user.readonlyPaths() == null) {
        json.set("ReadonlyPaths", Json.DOCKER.valueToTree(StandardConfinement.READONLY_PATHS));
      }
    }
    if (user.portBindings() == null) {
      json.putObject("PortBindings");
    }
    return Json.DOCKER.convertValue(json, HostConfig.class);
  }

  /** Policies that moby refuses, in its words; limits are the runtime's to judge. */
  private static void check(HostConfig host) {
    if (host.shmSize() < 0) {
      throw EngineException.invalid("SHM size can not be less than 0");
    }
    checkRestart(host);
    HostConfig.LogConfig log = host.logConfig();
    String driver = log == null || log.type() == null ? "" : log.type();
    switch (driver) {
      case "", "json-file", "local", "none" -> {}
      default ->
          throw EngineException.invalid(
              "logger: no log driver named '" + driver + "' is registered");
    }
  }

  private static void checkRestart(HostConfig host) {
    HostConfig.RestartPolicy policy = host.restart();
    String name = orEmpty(policy.name());
    switch (name) {
      case "no", "always", "unless-stopped" -> {
        if (policy.maximumRetryCount() != 0) {
          throw EngineException.invalid(
              "invalid restart policy: maximum retry count can only be used with 'on-failure'");
        }
      }
      case "on-failure" -> {
        if (policy.maximumRetryCount() < 0) {
          throw EngineException.invalid(
              "invalid restart policy: maximum retry count cannot be negative");
        }
      }
      default ->
          throw EngineException.invalid(
              "invalid restart policy: unknown policy '"
                  + name
                  + "'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'");
    }
    if (host.autoRemove() && !name.equals("no")) {
      throw EngineException.invalid("can't create 'AutoRemove' container with restart policy");
    }
  }

  /** The user's variables, then those of the image that he did not set. */
  private static List<String> environment(
      @Nullable List<String> image, @Nullable List<String> user) {
    Map<String, String> byName = new LinkedHashMap<>();
    for (String entry : user == null ? List.<String>of() : user) {
      byName.put(nameOf(entry), entry);
    }
    for (String entry : image == null ? List.<String>of() : image) {
      byName.putIfAbsent(nameOf(entry), entry);
    }
    return new ArrayList<>(byName.values());
  }

  private static String nameOf(String entry) {
    int equals = entry.indexOf('=');
    return equals < 0 ? entry : entry.substring(0, equals);
  }

  private static <V> @Nullable Map<String, V> union(
      @Nullable Map<String, V> image, @Nullable Map<String, V> user) {
    return image == null && user == null ? null : union(image, user, Map.of());
  }

  private static <V> Map<String, V> union(
      @Nullable Map<String, V> image, @Nullable Map<String, V> user, Map<String, V> least) {
    Map<String, V> all = new LinkedHashMap<>(least);
    if (image != null) {
      all.putAll(image);
    }
    if (user != null) {
      all.putAll(user);
    }
    return all;
  }

  /** The value with which the CLI says that it says nothing. */
  private static void forgetUnlimited(ObjectNode json, String field, int nothing) {
    JsonNode given = json.get(field);
    if (given != null && given.asInt() == nothing) {
      json.putNull(field);
    }
  }

  private static void putIfBlank(ObjectNode json, String field, String value) {
    JsonNode given = json.get(field);
    if (given == null || given.isNull() || given.asText().isEmpty()) {
      json.put(field, value);
    }
  }

  private static boolean isEmpty(@Nullable List<String> list) {
    return list == null || list.isEmpty();
  }

  private static boolean isBlank(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
