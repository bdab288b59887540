package dev.flota.engine.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.linux.FileNodes;
import dev.flota.engine.spec.HostConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Devices a container may use, beyond those that each has. */
record DevicePlan(
    List<OciSpec.Device> nodes, List<OciSpec.DeviceRule> rules, OciSpec.@Nullable BlockIo blockIo) {
  private static final Pattern RULE =
      Pattern.compile("([acb]) ([0-9]+|\\*):([0-9]+|\\*) ([rwm]{1,3})");
  private static final Set<String> NOT_DEVICES =
      Set.of("pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev");
  private static final int FORMAT = 0xf000;
  private static final int PERMISSIONS = 0xfff;

  /**
   * Looks at the devices named.
   *
   * @throws EngineException INVALID, in Docker's words
   */
  static DevicePlan of(HostConfig wanted) {
    List<OciSpec.Device> nodes = new ArrayList<>();
    List<OciSpec.DeviceRule> rules = new ArrayList<>();
    if (wanted.privileged()) {
      rules.add(new OciSpec.DeviceRule(true, null, null, null, "rwm"));
      addAll(Path.of("/dev"), Path.of("/dev"), "rwm", nodes, new ArrayList<>());
    } else {
      rules.addAll(defaults());
    }
    for (HostConfig.DeviceMapping mapping : list(wanted.devices())) {
      add(mapping, nodes, rules);
    }
    list(wanted.deviceCgroupRules()).forEach(rule -> rules.add(parseRule(rule)));
    return new DevicePlan(List.copyOf(nodes), List.copyOf(rules), blockIo(wanted));
  }

  /**
   * Checks the rules' format only.
   *
   * @throws EngineException INVALID
   */
  static void validate(HostConfig wanted) {
    list(wanted.deviceCgroupRules()).forEach(DevicePlan::parseRule);
  }

  private static List<OciSpec.DeviceRule> defaults() {
    List<OciSpec.DeviceRule> rules = new ArrayList<>();
    rules.add(new OciSpec.DeviceRule(false, null, null, null, "rwm"));
    for (long[] device : new long[][] {{1, 5}, {1, 3}, {1, 9}, {1, 8}, {5, 0}, {5, 1}}) {
      rules.add(new OciSpec.DeviceRule(true, "c", device[0], device[1], "rwm"));
    }
    rules.add(new OciSpec.DeviceRule(false, "c", 10L, 229L, "rwm"));
    return rules;
  }

  private static OciSpec.DeviceRule parseRule(String text) {
    Matcher match = RULE.matcher(text);
    if (!match.matches()) {
      throw EngineException.invalid("invalid device cgroup rule format: '" + text + "'");
    }
    return new OciSpec.DeviceRule(
        true, match.group(1), number(match.group(2)), number(match.group(3)), match.group(4));
  }

  private static @Nullable Long number(String text) {
    return text.equals("*") ? null : Long.valueOf(text);
  }

  private static void add(
      HostConfig.DeviceMapping mapping,
      List<OciSpec.Device> nodes,
      List<OciSpec.DeviceRule> rules) {
    Path source = Path.of(mapping.pathOnHost());
    String inside = mapping.pathInContainer();
    Path target = Path.of(inside == null || inside.isEmpty() ? mapping.pathOnHost() : inside);
    String access = mapping.cgroupPermissions();
    String permissions = access == null || access.isEmpty() ? "rwm" : access;
    try {
      Path real = source.toRealPath();
      if (Files.isDirectory(real)) {
        addAll(real, target, permissions, nodes, rules);
        return;
      }
      OciSpec.Device device = device(real, target);
      if (device == null) {
        throw gathering(source, "not a device node");
      }
      put(device, permissions, nodes, rules);
    } catch (NoSuchFileException missing) {
      throw gathering(source, "no such file or directory");
    } catch (IOException failure) {
      throw gathering(source, String.valueOf(failure.getMessage()));
    }
  }

  private static EngineException gathering(Path source, String reason) {
    return EngineException.system(
        "error gathering device information while adding custom device \"%s\": %s"
            .formatted(source, reason));
  }

  private static void addAll(
      Path source,
      Path target,
      String permissions,
      List<OciSpec.Device> nodes,
      List<OciSpec.DeviceRule> rules) {
    try (Stream<Path> children = Files.list(source)) {
      for (Path child : children.sorted().toList()) {
        Path inside = target.resolve(child.getFileName());
        if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
          if (!NOT_DEVICES.contains(child.getFileName().toString())) {
            addAll(child, inside, permissions, nodes, rules);
          }
        } else if (!Files.isSymbolicLink(child)
            && !child.getFileName().toString().equals("console")) {
          OciSpec.Device device = device(child, inside);
          if (device != null) {
            put(device, permissions, nodes, rules);
          }
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void put(
      OciSpec.Device device,
      String permissions,
      List<OciSpec.Device> nodes,
      List<OciSpec.DeviceRule> rules) {
    nodes.removeIf(other -> other.path().equals(device.path()));
    nodes.add(device);
    rules.add(
        new OciSpec.DeviceRule(true, device.type(), device.major(), device.minor(), permissions));
  }

  /** {@code null} when it is no device, or gone. */
  private static OciSpec.@Nullable Device device(Path path, Path target) throws IOException {
    Map<String, Object> attributes;
    try {
      attributes = Files.readAttributes(path, "unix:mode,rdev,uid,gid", LinkOption.NOFOLLOW_LINKS);
    } catch (NoSuchFileException gone) {
      return null;
    }
    int mode = number(attributes, "mode").intValue();
    String type =
        switch (mode & FORMAT) {
          case FileNodes.CHARACTER_DEVICE -> "c";
          case FileNodes.BLOCK_DEVICE -> "b";
          default -> null;
        };
    if (type == null) {
      return null;
    }
    long number = number(attributes, "rdev").longValue();
    return new OciSpec.Device(
        target.toString(),
        type,
        FileNodes.major(number),
        FileNodes.minor(number),
        mode & PERMISSIONS,
        number(attributes, "uid").intValue(),
        number(attributes, "gid").intValue());
  }

  private static Number number(Map<String, Object> attributes, String name) {
    return (Number) attributes.getOrDefault(name, 0);
  }

  private static OciSpec.@Nullable BlockIo blockIo(HostConfig wanted) {
    Integer weight = wanted.blkioWeight() == 0 ? null : Integer.valueOf(wanted.blkioWeight());
    List<OciSpec.WeightDevice> weights = new ArrayList<>();
    for (JsonNode node : list(wanted.blkioWeightDevice())) {
      OciSpec.Device device = blockDevice(node.path("Path").asText());
      weights.add(
          new OciSpec.WeightDevice(device.major(), device.minor(), node.path("Weight").asInt()));
    }
    OciSpec.BlockIo blockIo =
        new OciSpec.BlockIo(
            weight,
            weights,
            throttles(wanted.blkioDeviceReadBps()),
            throttles(wanted.blkioDeviceWriteBps()),
            throttles(wanted.blkioDeviceReadIops()),
            throttles(wanted.blkioDeviceWriteIops()));
    boolean nothing =
        weight == null
            && weights.isEmpty()
            && blockIo.throttleReadBpsDevice().isEmpty()
            && blockIo.throttleWriteBpsDevice().isEmpty()
            && blockIo.throttleReadIopsDevice().isEmpty()
            && blockIo.throttleWriteIopsDevice().isEmpty();
    return nothing ? null : blockIo;
  }

  private static List<OciSpec.Throttle> throttles(@Nullable List<HostConfig.ThrottleDevice> all) {
    List<OciSpec.Throttle> throttles = new ArrayList<>();
    for (HostConfig.ThrottleDevice one : list(all)) {
      OciSpec.Device device = blockDevice(one.path() == null ? "" : one.path());
      throttles.add(new OciSpec.Throttle(device.major(), device.minor(), one.rate()));
    }
    return throttles;
  }

  private static OciSpec.Device blockDevice(String path) {
    try {
      OciSpec.Device device = device(Path.of(path).toRealPath(), Path.of(path));
      if (device != null) {
        return device;
      }
    } catch (IOException missing) {
      throw new EngineException(ErrorKind.INVALID, path + ": no such file or directory", missing);
    }
    throw EngineException.invalid(path + ": not a device");
  }

  private static <T> List<T> list(@Nullable List<T> values) {
    return values == null ? List.of() : values;
  }
}
