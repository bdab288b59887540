package dev.flota.engine.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A seccomp profile in Docker's format: the OCI format plus architecture families and rules that
 * hold only for some capabilities, architectures or kernels.
 */
record SeccompProfile(
    @Nullable String defaultAction,
    @Nullable Integer defaultErrnoRet,
    @Nullable List<String> architectures,
    @Nullable List<Architecture> archMap,
    @Nullable List<String> flags,
    @Nullable String listenerPath,
    @Nullable String listenerMetadata,
    @Nullable List<Rule> syscalls) {

  private static final SeccompProfile BUILT_IN = load("seccomp.json");

  /** An architecture with those it can run as well. */
  record Architecture(String architecture, @Nullable List<String> subArchitectures) {}

  /** What to do for some system calls, and when. */
  record Rule(
      @Nullable String name,
      @Nullable List<String> names,
      @Nullable String action,
      @Nullable Integer errnoRet,
      @Nullable List<JsonNode> args,
      @Nullable Condition includes,
      @Nullable Condition excludes) {}

  /** All that is named must hold to include; any of it excludes. */
  record Condition(
      @Nullable List<String> caps, @Nullable List<String> arches, @Nullable String minKernel) {}

  /**
   * Where a container is to run.
   *
   * @param arch as Docker's profiles name it, {@code amd64}
   * @param kernelMajor the running kernel's version
   * @param capabilities the container's bounding set
   */
  record Target(String arch, int kernelMajor, int kernelMinor, Set<String> capabilities) {

    /** As the OCI format names it; {@code null} when this engine does not know it. */
    @Nullable String ociArchitecture() {
      return switch (arch) {
        case "amd64" -> "SCMP_ARCH_X86_64";
        case "arm64" -> "SCMP_ARCH_AARCH64";
        case "riscv64" -> "SCMP_ARCH_RISCV64";
        case "ppc64le" -> "SCMP_ARCH_PPC64LE";
        case "s390x" -> "SCMP_ARCH_S390X";
        default -> null;
      };
    }

    private boolean kernelAtLeast(String version) {
      String[] parts = version.split("[.-]", -1);
      try {
        int major = Integer.parseInt(parts[0]);
        int minor = parts.length > 1 ? Integer.parseInt(parts[1]) : 0;
        return kernelMajor != major ? kernelMajor > major : kernelMinor >= minor;
      } catch (NumberFormatException malformed) {
        throw EngineException.invalid(
            "Decoding seccomp profile failed: invalid kernel version: " + version);
      }
    }
  }

  /** The profile of containers that ask for none. */
  static SeccompProfile builtIn() {
    return BUILT_IN;
  }

  /**
   * Parses a user's profile.
   *
   * @throws EngineException INVALID
   */
  static SeccompProfile parse(String json) {
    try {
      SeccompProfile profile = Json.PLAIN.readValue(json, SeccompProfile.class);
      if (profile == null || profile.defaultAction == null) {
        throw EngineException.invalid(
            "Decoding seccomp profile failed: no default action in the profile");
      }
      return profile;
    } catch (JsonProcessingException malformed) {
      throw EngineException.invalid(
          "Decoding seccomp profile failed: " + malformed.getOriginalMessage());
    }
  }

  private static SeccompProfile load(String resource) {
    try (InputStream stream = SeccompProfile.class.getResourceAsStream(resource)) {
      if (stream == null) {
        throw new IllegalStateException("missing resource " + resource);
      }
      return Json.PLAIN.readValue(stream, SeccompProfile.class);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /** The profile in the OCI runtime specification's format, for one container. */
  ObjectNode toOci(Target target) {
    if (!list(architectures).isEmpty() && !list(archMap).isEmpty()) {
      throw EngineException.invalid(
          "both 'architectures' and 'archMap' were specified in the seccomp profile, use either"
              + " 'architectures' or 'archMap'");
    }
    ObjectNode oci = Json.PLAIN.createObjectNode();
    oci.put("defaultAction", defaultAction);
    if (defaultErrnoRet != null) {
      oci.put("defaultErrnoRet", defaultErrnoRet);
    }
    ArrayNode archs = oci.putArray("architectures");
    architecturesFor(target).forEach(archs::add);
    if (!list(flags).isEmpty()) {
      list(flags).forEach(oci.putArray("flags")::add);
    }
    if (listenerPath != null) {
      oci.put("listenerPath", listenerPath);
    }
    if (listenerMetadata != null) {
      oci.put("listenerMetadata", listenerMetadata);
    }
    ArrayNode rules = oci.putArray("syscalls");
    for (Rule rule : list(syscalls)) {
      if (applies(rule, target)) {
        rules.add(toOci(rule));
      }
    }
    return oci;
  }

  private Collection<String> architecturesFor(Target target) {
    if (!list(architectures).isEmpty()) {
      return list(architectures);
    }
    for (Architecture family : list(archMap)) {
      if (family.architecture().equals(target.ociArchitecture())) {
        Set<String> all = new LinkedHashSet<>();
        all.add(family.architecture());
        all.addAll(list(family.subArchitectures()));
        return all;
      }
    }
    return List.of();
  }

  private static boolean applies(Rule rule, Target target) {
    Condition excludes = rule.excludes();
    if (excludes != null && anyHolds(excludes, target)) {
      return false;
    }
    Condition includes = rule.includes();
    return includes == null || allHold(includes, target);
  }

  private static boolean anyHolds(Condition condition, Target target) {
    String kernel = condition.minKernel();
    return list(condition.arches()).contains(target.arch())
        || list(condition.caps()).stream().anyMatch(target.capabilities()::contains)
        || (kernel != null && !kernel.isEmpty() && target.kernelAtLeast(kernel));
  }

  private static boolean allHold(Condition condition, Target target) {
    List<String> arches = list(condition.arches());
    String kernel = condition.minKernel();
    return (arches.isEmpty() || arches.contains(target.arch()))
        && target.capabilities().containsAll(list(condition.caps()))
        && (kernel == null || kernel.isEmpty() || target.kernelAtLeast(kernel));
  }

  private static ObjectNode toOci(Rule rule) {
    ObjectNode oci = Json.PLAIN.createObjectNode();
    ArrayNode names = oci.putArray("names");
    if (rule.name() != null && !list(rule.names()).isEmpty()) {
      throw EngineException.invalid(
          "both 'name' and 'names' were specified in the seccomp profile, use either 'name' or"
              + " 'names'");
    }
    if (rule.name() != null) {
      names.add(rule.name());
    }
    list(rule.names()).forEach(names::add);
    oci.put("action", rule.action());
    if (rule.errnoRet() != null) {
      oci.put("errnoRet", rule.errnoRet());
    }
    if (!list(rule.args()).isEmpty()) {
      list(rule.args()).forEach(oci.putArray("args")::add);
    }
    return oci;
  }

  private static <T> List<T> list(@Nullable List<T> values) {
    return values == null ? List.of() : values;
  }
}
