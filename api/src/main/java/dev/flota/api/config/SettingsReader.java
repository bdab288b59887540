package dev.flota.api.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValueFactory;
import com.typesafe.config.ConfigValueType;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.cluster.placement.Strategy;
import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads {@code flota.conf}: the packaged reference, over it a file, over it the environment. */
public final class SettingsReader {
  /** Akka's strategies that need no more settings. */
  private static final Set<String> DOWNING = Set.of("down-all", "keep-majority", "keep-oldest");

  private static final String ROOT = "flota";

  private final Map<String, String> environment;

  /** A reader that takes overrides from {@code environment}. */
  public SettingsReader(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * What is in force.
   *
   * @param file null for none
   * @param hosts listening addresses from the command line, which replace the configured ones
   * @throws InvalidSettingException naming the key and the way to mend it
   */
  public DaemonSettings read(@Nullable Path file, List<String> hosts) {
    Config effective = effective(file);
    if (!hosts.isEmpty()) {
      effective =
          effective.withValue("hosts", ConfigValueFactory.fromIterable(hosts, "command line"));
    }
    return settings(effective);
  }

  /** The configuration in force, as it would be written in a file. */
  public Config effective(@Nullable Path file) {
    Config reference = reference();
    Config merged = reference;
    if (file != null) {
      if (!Files.isReadable(file)) {
        throw new InvalidSettingException("--config", "cannot read " + file);
      }
      Config own = parse(file.toFile());
      rejectUnknown(own, reference, file);
      merged = own.withFallback(reference);
    }
    for (String key : keys(reference)) {
      String value = environment.get(variable(key));
      if (value != null) {
        merged =
            merged.withValue(
                key, ConfigValueFactory.fromAnyRef(value, "environment " + variable(key)));
      }
    }
    return merged;
  }

  /** The environment variable that overrides a key below {@code flota}. */
  static String variable(String key) {
    return "FLOTA_" + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  /** All keys of the reference, below {@code flota}. */
  static SortedSet<String> keys(Config config) {
    SortedSet<String> keys = new TreeSet<>();
    config.entrySet().forEach(entry -> keys.add(entry.getKey()));
    return keys;
  }

  /** The packaged reference, without any override. */
  static Config reference() {
    return ConfigFactory.parseResources(
            SettingsReader.class.getClassLoader(),
            "flota.conf",
            ConfigParseOptions.defaults().setAllowMissing(false))
        .resolve(ConfigResolveOptions.noSystem())
        .getConfig(ROOT);
  }

  private static Config parse(File file) {
    try {
      return ConfigFactory.parseFile(file)
          .resolve()
          .withFallback(ConfigFactory.parseString(ROOT + " {}"))
          .getConfig(ROOT);
    } catch (ConfigException e) {
      throw new InvalidSettingException(file.toString(), String.valueOf(e.getMessage()));
    }
  }

  private static void rejectUnknown(Config own, Config reference, Path file) {
    SortedSet<String> known = keys(reference);
    for (String key : keys(own)) {
      boolean runtime = key.startsWith("runtimes.");
      if (!known.contains(key) && !runtime) {
        throw new InvalidSettingException(
            ROOT + "." + key, "no such key (in " + file + "); the keys are " + known);
      }
    }
  }

  private static DaemonSettings settings(Config config) {
    try {
      return new DaemonSettings(
          listeners(config),
          Path.of(text(config, "tls.directory")),
          list(config, "tls.names"),
          engine(config),
          fleet(config));
    } catch (ConfigException.WrongType | ConfigException.BadValue e) {
      throw new InvalidSettingException(ROOT, String.valueOf(e.getMessage()));
    }
  }

  private static DaemonSettings.FleetSettings fleet(Config config) {
    String address = text(config, "fleet.address");
    if (!address.isEmpty() && !address.matches("[0-9]{1,3}(\\.[0-9]{1,3}){3}")) {
      throw invalid("fleet.address", "\"" + address + "\" is no IPv4 address");
    }
    String downing = text(config, "fleet.downing");
    if (!DOWNING.contains(downing)) {
      throw invalid("fleet.downing", "\"" + downing + "\" is none of " + DOWNING);
    }
    return new DaemonSettings.FleetSettings(
        address,
        new HostIdentity.Ports(
            number(config, "fleet.peer-port", 1, 65535),
            number(config, "fleet.actor-port", 1, 65535),
            number(config, "fleet.ledger-port", 1, 65535)),
        number(config, "fleet.vxlan-port", 1, 65535),
        downing,
        Duration.ofSeconds(number(config, "fleet.stable-seconds", 1, 3600)),
        Duration.ofSeconds(number(config, "fleet.silence-seconds", 1, 3600)),
        Duration.ofMillis(number(config, "fleet.election-millis", 300, 600_000)),
        placement(text(config, "fleet.placement")),
        Duration.ofSeconds(number(config, "fleet.lease-seconds", 5, 3600)),
        config.getBoolean("fleet.reschedule"));
  }

  private static String placement(String strategy) {
    try {
      Strategy.parse(strategy);
      return strategy;
    } catch (EngineException e) {
      throw invalid("fleet.placement", e.text());
    }
  }

  private static EngineSettings engine(Config config) {
    Map<String, Path> runtimes = new LinkedHashMap<>();
    for (String name : config.getObject("runtimes").keySet()) {
      runtimes.put(name, executable(text(config, "runtimes.\"" + name + "\"")));
    }
    String defaultRuntime = text(config, "default-runtime");
    if (!runtimes.containsKey(defaultRuntime)) {
      throw invalid(
          "default-runtime", "\"" + defaultRuntime + "\" is none of " + runtimes.keySet());
    }
    return new EngineSettings(
        absolute(config, "state-dir"),
        absolute(config, "run-dir"),
        hostName(text(config, "host-name")),
        defaultRuntime,
        runtimes,
        executable(text(config, "conmon")),
        Path.of(text(config, "init")),
        text(config, "cgroup-parent"),
        new EngineSettings.Bridge(
            text(config, "bridge.device"),
            text(config, "bridge.subnet"),
            text(config, "bridge.gateway"),
            number(config, "bridge.mtu", 576, 65535)),
        new EngineSettings.Registry(
            list(config, "registry.mirrors"),
            list(config, "registry.insecure"),
            Path.of(text(config, "registry.certificates")),
            number(config, "registry.max-concurrent-downloads", 1, 64),
            number(config, "registry.attempts", 1, 100),
            number(config, "registry.idle-seconds", 1, 3600)));
  }

  private static List<DaemonSettings.Listen> listeners(Config config) {
    List<String> hosts = list(config, "hosts");
    if (hosts.isEmpty()) {
      throw invalid("hosts", "is empty; give at least one, such as unix:///run/flota/flota.sock");
    }
    boolean plain = config.getBoolean("allow-plain-tcp-on-loopback");
    return hosts.stream().map(host -> listener(host, plain)).toList();
  }

  private static DaemonSettings.Listen listener(String host, boolean plainAllowed) {
    if (host.startsWith("unix://")) {
      Path path = Path.of(host.substring("unix://".length()));
      if (!path.isAbsolute()) {
        throw invalid("hosts", "\"" + host + "\" needs an absolute path: unix:///PATH");
      }
      return new DaemonSettings.Listen.Unix(path);
    }
    if (!host.startsWith("tcp://")) {
      throw invalid("hosts", "\"" + host + "\" is neither unix:///PATH nor tcp://HOST:PORT");
    }
    URI uri = tcpAddress(host);
    String name = uri.getHost().replace("[", "").replace("]", "");
    return plainAllowed && isLoopback(name)
        ? new DaemonSettings.Listen.PlainLoopback(name, uri.getPort())
        : new DaemonSettings.Listen.Tls(name, uri.getPort());
  }

  private static URI tcpAddress(String host) {
    try {
      URI uri = new URI(host);
      if (uri.getHost() != null && uri.getPort() >= 0) {
        return uri;
      }
    } catch (URISyntaxException e) {
      throw invalid(
          "hosts",
          "\"" + host + "\" is no address (" + e.getMessage() + "); write it as tcp://HOST:PORT");
    }
    throw invalid("hosts", "\"" + host + "\" needs a host and a port: tcp://HOST:PORT");
  }

  private static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw invalid("hosts", "the name \"" + host + "\" is unknown (" + e.getMessage() + ")");
    }
  }

  /** An executable by its path, or found on the PATH; one that is missing keeps its name. */
  private static Path executable(String name) {
    if (name.contains("/")) {
      return Path.of(name);
    }
    String path = System.getenv("PATH");
    List<String> directories = new ArrayList<>(List.of("/usr/bin", "/usr/sbin", "/usr/local/bin"));
    if (path != null) {
      directories.addAll(0, List.of(path.split(":", -1)));
    }
    return Stream.concat(directories.stream(), Stream.of("/sbin", "/bin"))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(Path.of(name));
  }

  private static String hostName(String configured) {
    if (!configured.isEmpty()) {
      return configured;
    }
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      throw new InvalidSettingException(
          ROOT + ".host-name", "set it: the machine's own cannot be read (" + e + ")");
    }
  }

  private static Path absolute(Config config, String key) {
    Path path = Path.of(text(config, key));
    if (!path.isAbsolute()) {
      throw invalid(key, "\"" + path + "\" must be an absolute path");
    }
    return path;
  }

  private static String text(Config config, String key) {
    return config.getString(key);
  }

  private static int number(Config config, String key, int least, int most) {
    int value;
    try {
      value = config.getInt(key);
    } catch (ConfigException e) {
      throw invalid(key, "must be a whole number (" + e.getMessage() + ")");
    }
    if (value < least || value > most) {
      throw invalid(key, value + " is not between " + least + " and " + most);
    }
    return value;
  }

  private static List<String> list(Config config, String key) {
    if (config.getValue(key).valueType() == ConfigValueType.STRING) {
      return Stream.of(config.getString(key).split(",", -1))
          .map(String::strip)
          .filter(part -> !part.isEmpty())
          .toList();
    }
    return config.getStringList(key);
  }

  private static InvalidSettingException invalid(String key, String problem) {
    return new InvalidSettingException(ROOT + "." + key, problem);
  }
}
