package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes {@code hosts}, {@code hostname} and {@code resolv.conf} of a container, to be bound over
 * the files in its {@code /etc}.
 */
public final class NetworkFiles {
  private static final String LOCAL_HOSTS =
      """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::\tip6-localnet
      ff00::\tip6-mcastprefix
      ff02::1\tip6-allnodes
      ff02::2\tip6-allrouters
      """;

  private static final int SHORT_ID = 12;

  /** Servers that systemd-resolved itself asks, where it put a loopback address into /etc. */
  private static final String BEHIND_STUB = "run/systemd/resolve/resolv.conf";

  private static final String STUB = "127.0.0.53";

  private final Ipv4 gateway;
  private final String nodeName;
  private final Path hostRoot;

  /** The gateway of {@code settings} is what {@code host-gateway} means. */
  public NetworkFiles(EngineSettings settings) {
    this(settings, Path.of("/"));
  }

  /** Reads the host's files below another root. */
  NetworkFiles(EngineSettings settings, Path hostRoot) {
    this.gateway = Ipv4.parse(settings.bridge().gateway()).orElseThrow();
    this.nodeName = settings.hostName();
    this.hostRoot = hostRoot;
  }

  /** Refuses malformed {@code --add-host} and {@code --dns} in Docker's words. */
  static void check(HostConfig hostConfig) {
    orEmpty(hostConfig.extraHosts()).forEach(ExtraHost::parse);
    for (String server : orEmpty(hostConfig.dns())) {
      if (Ipv4.parse(server).isEmpty() && !Ipv6Text.isAddress(server)) {
        throw EngineException.invalid("bad nameserver address " + server);
      }
    }
  }

  /**
   * Writes {@code hosts}, {@code hostname} and {@code resolv.conf} into {@code directory}, at each
   * start, after the endpoints are known. Not for {@code container:X}, which shares X's files.
   *
   * @param linked finds a container by name or id, for {@code --link}; {@code null} when there is
   *     none
   */
  public void write(
      ContainerRecord container,
      Path directory,
      Function<String, @Nullable ContainerRecord> linked) {
    try {
      Files.createDirectories(directory);
      Files.writeString(directory.resolve("hosts"), hosts(container, linked));
      Files.writeString(directory.resolve("hostname"), hostname(container) + "\n");
      Files.writeString(directory.resolve("resolv.conf"), resolver(container.hostConfig()));
    } catch (IOException e) {
      throw EngineException.system(
          "cannot write the network files of " + container.name() + ": " + e.getMessage(), e);
    }
  }

  /** The same for a container without {@code --link}. */
  public void write(ContainerRecord container, Path directory) {
    write(container, directory, name -> null);
  }

  private String hostname(ContainerRecord container) {
    String wanted = container.config().hostname();
    if (wanted != null && !wanted.isEmpty()) {
      return wanted;
    }
    return container.hostConfig().network().equals("host")
        ? nodeName
        : container.id().substring(0, SHORT_ID);
  }

  private String hosts(
      ContainerRecord container, Function<String, @Nullable ContainerRecord> linked)
      throws IOException {
    HostConfig hostConfig = container.hostConfig();
    List<String> extra = orEmpty(hostConfig.extraHosts());
    if (hostConfig.network().equals("host") && extra.isEmpty()) {
      return read("etc/hosts");
    }
    StringBuilder text = new StringBuilder(LOCAL_HOSTS);
    extra.forEach(host -> text.append(ExtraHost.parse(host).line(gateway)));
    orEmpty(hostConfig.links()).forEach(link -> text.append(link(link, linked)));
    container
        .endpoints()
        .forEach(endpoint -> text.append(own(endpoint, hostname(container), container.config())));
    return text.toString();
  }

  private static String own(EndpointRecord endpoint, String hostname, ContainerConfig config) {
    String address = endpoint.address();
    if (address == null) {
      return "";
    }
    String domain = config.domainname();
    String full = domain == null || domain.isEmpty() ? hostname : hostname + "." + domain;
    int dot = full.indexOf('.');
    String names = dot < 0 ? full : full + " " + full.substring(0, dot);
    return address + "\t" + names + "\n";
  }

  /** {@code --link NAME[:ALIAS]}: the other's address never changes, so the line stays right. */
  private static String link(String link, Function<String, @Nullable ContainerRecord> linked) {
    int colon = link.indexOf(':');
    String name = colon < 0 ? link : link.substring(0, colon);
    String alias = colon < 0 ? link : link.substring(colon + 1);
    ContainerRecord other = linked.apply(name);
    if (other == null || !other.state().status().alive()) {
      throw EngineException.system("Cannot link to a non running container: /" + name);
    }
    String wanted = other.config().hostname();
    String hostname = wanted == null ? other.id().substring(0, SHORT_ID) : wanted;
    return other.endpoints().stream()
        .flatMap(endpoint -> Stream.ofNullable(endpoint.address()))
        .map(address -> address + "\t" + alias + " " + hostname + " " + other.name() + "\n")
        .findFirst()
        .orElse("");
  }

  private String resolver(HostConfig hostConfig) throws IOException {
    Path source = Path.of("etc/resolv.conf");
    ResolverFile host = ResolverFile.parse(read(source.toString()));
    if (hostConfig.network().equals("host")) {
      return override(host, hostConfig).render("/" + source);
    }
    if (host.nameServers().equals(List.of(STUB)) && Files.exists(hostRoot.resolve(BEHIND_STUB))) {
      source = Path.of(BEHIND_STUB);
      host = ResolverFile.parse(read(BEHIND_STUB));
    }
    return override(host, hostConfig).forOwnNamespace().render("/" + source);
  }

  private static ResolverFile override(ResolverFile host, HostConfig hostConfig) {
    return host.override(hostConfig.dns(), hostConfig.dnsSearch(), hostConfig.dnsOptions());
  }

  /** A file of the host, empty when it has none. */
  private String read(String name) throws IOException {
    Path file = hostRoot.resolve(name);
    return Files.exists(file) ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8) : "";
  }

  private static List<String> orEmpty(@Nullable List<String> values) {
    return values == null ? List.of() : values;
  }
}
