package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a container's output is kept.
 *
 * @param file where conmon writes; {@code null} for nowhere
 * @param maximumBytes after so many conmon starts the file anew; negative for no limit
 */
record LogOptions(@Nullable Path file, long maximumBytes) {
  private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?) ?([kmgtp]?)(?:i?b)?");
  private static final String UNITS = " kmgtp";

  /**
   * Of a container.
   *
   * @throws EngineException INVALID
   */
  static LogOptions of(ContainerRecord record, Path directory) {
    HostConfig.LogConfig config = record.hostConfig().logConfig();
    String driver = config == null || config.type() == null ? "" : config.type();
    if (driver.equals("none")) {
      return new LogOptions(null, -1);
    }
    Map<String, String> options =
        config == null || config.config() == null ? Map.of() : config.config();
    String path = record.logs().isEmpty() ? "container.log" : record.logs().getLast().path();
    return new LogOptions(
        directory.resolve(path), total(bytes(options.get("max-size")), options.get("max-file")));
  }

  /** conmon keeps one file where Docker keeps several: it may grow as large as those together. */
  private static long total(long bytes, @Nullable String files) {
    if (files == null || bytes < 0) {
      return bytes;
    }
    try {
      int count = Integer.parseInt(files);
      if (count < 1) {
        throw EngineException.invalid("max-file cannot be less than 1");
      }
      return bytes * count;
    } catch (NumberFormatException malformed) {
      throw EngineException.invalid("invalid max-file: '" + files + "'");
    }
  }

  /** {@code 10m} and the like; negative when not given. */
  static long bytes(@Nullable String size) {
    if (size == null || size.isEmpty() || size.equals("-1")) {
      return -1;
    }
    Matcher match = SIZE.matcher(size.toLowerCase(Locale.ROOT));
    if (!match.matches()) {
      throw EngineException.invalid("invalid size: '" + size + "'");
    }
    int power = match.group(2).isEmpty() ? 0 : UNITS.indexOf(match.group(2));
    return new BigDecimal(match.group(1)).multiply(BigDecimal.valueOf(1024).pow(power)).longValue();
  }

  List<String> conmonArguments() {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("-l", file == null ? "none" : "k8s-file:" + file));
    if (file != null && maximumBytes > 0) {
      arguments.addAll(List.of("--log-size-max", Long.toString(maximumBytes)));
    }
    return arguments;
  }
}
