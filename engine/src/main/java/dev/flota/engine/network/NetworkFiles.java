package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig.EndpointWish;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
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
  private static final String HOSTS = "hosts";
  private static final String RESOLVER = "resolv.conf";
  private static final String NAME_SERVER = "nameserver ";

  /** Servers that systemd-resolved itself asks, where it put a loopback address into /etc. */
  private static final String BEHIND_STUB = "run/systemd/resolve/resolv.conf";

  private static final String STUB = "127.0.0.53";

  private final Ipv4 gateway;
  private final String nodeName;
  private final Path hostRoot;
  private final NameService names;

  /** Whom containers with an address of their own ask for names. */
  public enum NameService {
    /** The servers that the host asks, or those that the user named. */
    OF_THE_HOST,
    /**
     * The gateway of their first network; it asks the others on their behalf, so it must know what
     * the user named.
     */
    OF_THE_GATEWAY
  }

  /** The gateway of {@code settings} is what {@code host-gateway} means. */
  public NetworkFiles(EngineSettings settings, NameService names) {
    this(settings, names, Path.of("/"));
  }

  /** Reads the host's files below another root. */
  NetworkFiles(EngineSettings settings, NameService names, Path hostRoot) {
    this.names = names;
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
      Files.writeString(directory.resolve(HOSTS), hosts(container, linked));
      Files.writeString(directory.resolve("hostname"), hostname(container) + "\n");
      Files.writeString(directory.resolve(RESOLVER), resolver(container));
    } catch (IOException e) {
      throw EngineException.system(
          "cannot write the network files of " + container.name() + ": " + e.getMessage(), e);
    }
  }

  /** The same for a container without {@code --link}. */
  public void write(ContainerRecord container, Path directory) {
    write(container, directory, name -> null);
  }

  /**
   * A container that runs is in one more network: adds its line to {@code hosts}. The first gateway
   * that it has is asked for names from then on.
   *
   * @param container with the endpoint
   */
  public void connected(ContainerRecord container, EndpointRecord endpoint, Path directory) {
    if (asked(container).equals(Optional.ofNullable(endpoint.gateway()))) {
      rewrite(directory.resolve(RESOLVER), text -> asking(text, asked(container)));
    }
    String line = own(endpoint, hostname(container), container.config());
    if (!line.isEmpty()) {
      rewrite(directory.resolve(HOSTS), text -> text + line);
    }
  }

  /**
   * A container that runs has left a network: takes the lines of its address out. When it was that
   * network's gateway that it asked for names, it asks another one from then on.
   *
   * @param container without the endpoint
   */
  public void disconnected(ContainerRecord container, EndpointRecord endpoint, Path directory) {
    String asked = NAME_SERVER + endpoint.gateway() + "\n";
    rewrite(
        directory.resolve(RESOLVER),
        text -> text.contains(asked) ? asking(text, asked(container)) : text);
    String address = endpoint.address();
    if (address != null) {
      rewrite(
          directory.resolve(HOSTS),
          text ->
              text.lines()
                  .filter(line -> !line.startsWith(address + "\t"))
                  .map(line -> line + "\n")
                  .collect(Collectors.joining()));
    }
  }

  /** Whose gateway answers for names. */
  private Optional<String> asked(ContainerRecord container) {
    return names == NameService.OF_THE_GATEWAY
        ? container.endpoints().stream()
            .flatMap(endpoint -> Stream.ofNullable(endpoint.gateway()))
            .findFirst()
        : Optional.empty();
  }

  /** Only in a file of ours, and only while there is somebody else to ask. */
  private static String asking(String text, Optional<String> server) {
    if (server.isEmpty() || !text.startsWith(ResolverFile.MARK)) {
      return text;
    }
    ResolverFile now = ResolverFile.parse(text).asking(server.get());
    return text.substring(0, text.indexOf('\n') + 1) + now.lines();
  }

  /** In place, for the file is bound into the container, and with what was written there. */
  private static void rewrite(Path file, UnaryOperator<String> change) {
    try {
      String before = Files.readString(file);
      String after = change.apply(before);
      if (!after.equals(before)) {
        Files.writeString(file, after);
      }
    } catch (IOException e) {
      throw EngineException.system("cannot change " + file + ": " + e.getMessage(), e);
    }
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
    if (PredefinedNetworks.isPredefined(hostConfig.network())) {
      orEmpty(hostConfig.links()).forEach(link -> text.append(link(link, linked)));
    }
    container.endpoints().forEach(endpoint -> text.append(links(endpoint, linked)));
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

  /** On a network of users a link is another name for a container that is there too. */
  private static String links(
      EndpointRecord endpoint, Function<String, @Nullable ContainerRecord> linked) {
    EndpointWish wish = endpoint.wish();
    StringBuilder lines = new StringBuilder();
    for (String link : orEmpty(wish == null ? null : wish.links())) {
      int colon = link.indexOf(':');
      String alias = colon < 0 ? link : link.substring(colon + 1);
      ContainerRecord other = linked.apply(colon < 0 ? link : link.substring(0, colon));
      Stream.ofNullable(other)
          .flatMap(container -> container.endpoints().stream())
          .filter(place -> place.networkId().equals(endpoint.networkId()))
          .forEach(place -> lines.append(place.address() + "\t" + alias + "\n"));
    }
    return lines.toString();
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

  private String resolver(ContainerRecord container) throws IOException {
    HostConfig hostConfig = container.hostConfig();
    Path source = Path.of("etc/resolv.conf");
    ResolverFile host = ResolverFile.parse(read(source.toString()));
    if (hostConfig.network().equals("host")) {
      return override(host, hostConfig).render("/" + source);
    }
    if (host.nameServers().equals(List.of(STUB)) && Files.exists(hostRoot.resolve(BEHIND_STUB))) {
      source = Path.of(BEHIND_STUB);
      host = ResolverFile.parse(read(BEHIND_STUB));
    }
    ResolverFile own = override(host, hostConfig);
    return asked(container).map(own::asking).orElseGet(own::forOwnNamespace).render("/" + source);
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
