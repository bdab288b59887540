package dev.flota.engine.volume;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.spec.HostConfig.BindOptions;
import dev.flota.engine.spec.HostConfig.MountRequest;
import dev.flota.engine.spec.HostConfig.TmpfsOptions;
import dev.flota.engine.spec.HostConfig.VolumeOptions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code -v} and {@code --mount} as moby's {@code volume/mounts} does, with its errors.
 *
 * @param exists whether a path of the host exists
 */
record MountParser(Predicate<String> exists) {
  static final String DEFAULT_PROPAGATION = "rprivate";

  /**
   * {@code -v [SOURCE:]DESTINATION[:MODE]}.
   *
   * @param volumeDriver of volumes, {@code --volume-driver}
   */
  static MountPlan ofBind(String raw, @Nullable String volumeDriver) {
    List<String> parts = List.of(raw.split(":", 4));
    if (parts.getFirst().isEmpty() || parts.size() > 3) {
      throw invalidSpecification(raw);
    }
    return switch (parts.size()) {
      case 1 -> plan(raw, "", parts.get(0), mode(""), volumeDriver);
      case 2 -> {
        if (MountMode.parse(parts.get(1)).isPresent()) {
          throw invalidSpecification(raw); // a mode needs a source
        }
        yield plan(raw, parts.get(0), parts.get(1), mode(""), volumeDriver);
      }
      default -> plan(raw, parts.get(0), parts.get(1), mode(parts.get(2)), volumeDriver);
    };
  }

  private static MountMode mode(String text) {
    return MountMode.parse(text)
        .orElseThrow(() -> EngineException.invalid("invalid mode: " + text));
  }

  private static MountPlan plan(
      String raw, String source, String target, MountMode mode, @Nullable String driver) {
    boolean bind = source.startsWith("/");
    String problem = targetProblem(target);
    if (problem == null && bind) {
      problem = absoluteProblem(source);
    }
    if (problem == null && !bind && mode.propagation().isPresent()) {
      problem = "field BindOptions must not be specified";
    }
    if (problem == null && bind && mode.noCopy()) {
      problem = "field VolumeOptions must not be specified";
    }
    if (problem == null && !mode.writable() && source.isEmpty()) {
      problem = "must not set ReadOnly mode when using anonymous volumes";
    }
    if (problem != null) {
      String type = bind ? "bind" : "volume";
      throw EngineException.invalid(
          "invalid volume specification: '%s': invalid mount config for type \"%s\": %s"
              .formatted(raw, type, problem));
    }
    return bind
        ? new MountPlan.Bind(
            clean(source),
            clean(target),
            mode.text(),
            mode.writable(),
            mode.propagation().orElse(DEFAULT_PROPAGATION))
        : new MountPlan.Volume(
            source.isEmpty() ? null : source,
            driver == null || driver.isEmpty() ? null : driver,
            Map.of(),
            Map.of(),
            clean(target),
            mode.text(),
            mode.writable());
  }

  /** {@code --mount}, an entry of {@code HostConfig.Mounts}. */
  MountPlan ofMount(MountRequest request) {
    String target = orEmpty(request.target());
    refuse(request, targetProblem(target));
    String type = orEmpty(request.type());
    return switch (type) {
      case "bind" -> bind(request, clean(target));
      case "volume" -> volume(request, clean(target));
      case "tmpfs" -> tmpfs(request, clean(target));
      default -> throw mountProblem(request, "mount type unknown");
    };
  }

  private MountPlan bind(MountRequest request, String target) {
    String source = orEmpty(request.source());
    BindOptions options = request.bindOptions();
    String propagation = options == null ? "" : orEmpty(options.propagation());
    refuse(request, source.isEmpty() ? "field Source must not be empty" : null);
    boolean known = propagation.isEmpty() || MountMode.PROPAGATIONS.contains(propagation);
    refuse(request, known ? null : "invalid propagation mode: " + propagation);
    refuse(
        request,
        request.volumeOptions() == null ? null : "field VolumeOptions must not be specified");
    refuse(request, absoluteProblem(source));
    boolean create = options != null && Boolean.TRUE.equals(options.createMountpoint());
    refuse(
        request,
        create || exists.test(source) ? null : "bind source path does not exist: " + source);
    return new MountPlan.Bind(
        clean(source),
        target,
        "",
        writable(request),
        propagation.isEmpty() ? DEFAULT_PROPAGATION : propagation);
  }

  private static MountPlan volume(MountRequest request, String target) {
    refuse(
        request, request.bindOptions() == null ? null : "field BindOptions must not be specified");
    String name = orEmpty(request.source());
    VolumeOptions options = request.volumeOptions();
    if (name.isEmpty()) {
      boolean subpath = options != null && !orEmpty(options.subpath()).isEmpty();
      refuse(request, subpath ? "must not set Subpath when using anonymous volumes" : null);
      refuse(
          request,
          writable(request) ? null : "must not set ReadOnly mode when using anonymous volumes");
    }
    if (options == null) {
      return new MountPlan.Volume(
          name.isEmpty() ? null : name, null, Map.of(), Map.of(), target, "", writable(request));
    }
    boolean inside = isLocal(orEmpty(options.subpath()));
    refuse(request, inside ? null : "subpath must be a relative path within the volume");
    Map<String, String> labels = options.labels();
    return new MountPlan.Volume(
        name.isEmpty() ? null : name,
        driverName(options.driverConfig()),
        driverOptions(options.driverConfig()),
        labels == null ? Map.of() : labels,
        target,
        "",
        writable(request));
  }

  private static @Nullable String driverName(@Nullable JsonNode driverConfig) {
    String name = driverConfig == null ? "" : driverConfig.path("Name").asText("");
    return name.isEmpty() ? null : name;
  }

  private static Map<String, String> driverOptions(@Nullable JsonNode driverConfig) {
    Map<String, String> options = new LinkedHashMap<>();
    if (driverConfig != null) {
      driverConfig
          .path("Options")
          .properties()
          .forEach(option -> options.put(option.getKey(), option.getValue().asText()));
    }
    return options;
  }

  private static MountPlan tmpfs(MountRequest request, String target) {
    refuse(
        request, request.bindOptions() == null ? null : "field BindOptions must not be specified");
    refuse(
        request, orEmpty(request.source()).isEmpty() ? null : "field Source must not be specified");
    TmpfsOptions options = request.tmpfsOptions();
    Long size = options == null ? null : options.sizeBytes();
    refuse(request, size != null && size < 0 ? "size must not be negative" : null);
    return new MountPlan.Tmpfs(target, writable(request));
  }

  private static boolean writable(MountRequest request) {
    return !Boolean.TRUE.equals(request.readOnly());
  }

  /** Whether a path stays where it starts: relative, not climbing out. */
  private static boolean isLocal(String path) {
    return path.indexOf('\0') < 0
        && !path.startsWith("/")
        && !Path.of(path).normalize().startsWith("..");
  }

  /** What is wrong with a destination, {@code null} when nothing is. */
  static @Nullable String targetProblem(String target) {
    if (target.isEmpty()) {
      return "field Target must not be empty";
    }
    String problem = absoluteProblem(target);
    if (problem == null && clean(target).equals("/")) {
      return "invalid specification: destination can't be '/'";
    }
    return problem;
  }

  private static @Nullable String absoluteProblem(String path) {
    if (path.indexOf('\0') >= 0) {
      return "invalid mount path: a path cannot hold a zero byte";
    }
    return path.startsWith("/")
        ? null
        : "invalid mount path: '" + path + "' mount path must be absolute";
  }

  /** Without {@code .}, {@code ..} and doubled slashes. */
  static String clean(String path) {
    return Path.of(path).normalize().toString();
  }

  private static void refuse(MountRequest request, @Nullable String problem) {
    if (problem != null) {
      throw mountProblem(request, problem);
    }
  }

  private static EngineException mountProblem(MountRequest request, String problem) {
    return EngineException.invalid(
        "invalid mount config for type \"%s\": %s".formatted(orEmpty(request.type()), problem));
  }

  private static EngineException invalidSpecification(String raw) {
    return EngineException.invalid("invalid volume specification: '" + raw + "'");
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
