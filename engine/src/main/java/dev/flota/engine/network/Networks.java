package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.network.NetworkWish.OfContainer;
import dev.flota.engine.network.NetworkWish.OfNetwork;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The networks of one host. All methods block and may be called from any thread; calls for the same
 * container come one after the other.
 *
 * <p>A container keeps its address and Ethernet address from {@link #reserve} to {@link #release};
 * its namespace, interface and published ports exist from {@link #attach} to {@link #detach}. All
 * of it can be derived from the containers' records and is put right by {@link #open}, so a daemon
 * may die anywhere.
 */
public final class Networks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Networks.class);

  private static final String INSIDE = "eth0";
  private static final int SHORT_ID = 12;
  private static final String LINK_NAME = "v[0-9a-f]{" + SHORT_ID + "}";
  private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4");

  /**
   * Exists where br_netfilter is loaded. Then the packet filter sees frames before the bridge
   * decides, and one whose published port leads back to its sender leaves by the port it came from.
   */
  private static final Path BRIDGED_FILTER =
      Path.of("/proc/sys/net/bridge/bridge-nf-call-iptables");

  private static final Path INTERFACES = Path.of("/proc/thread-self/net/dev");
  private static final Path EPHEMERAL = SYSCTL.resolve("ip_local_port_range");

  private final EngineSettings.Bridge bridge;
  private final Path namespaces;
  private final Path createdFile;
  private final Subnet subnet;
  private final Ipv4 gateway;
  private final AddressPool pool;
  private final SecureRandom random = new SecureRandom();
  private final Nftables firewall = new Nftables();
  private final PublishedPorts ports;
  private final PredefinedNetworks networks;
  private final RetiredNetworks retired = new RetiredNetworks();

  /**
   * The host's network is not touched before {@link #open}.
   *
   * @throws EngineException when the settings of the bridge contradict themselves
   */
  public Networks(EngineSettings settings) {
    bridge = settings.bridge();
    namespaces = settings.runDir().resolve("netns");
    createdFile = settings.stateDir().resolve("networks").resolve("created");
    subnet = Subnet.parse(bridge.subnet());
    gateway =
        Ipv4.parse(bridge.gateway())
            .filter(subnet::contains)
            .orElseThrow(
                () ->
                    EngineException.invalid(
                        "the gateway " + bridge.gateway() + " is not in " + bridge.subnet()));
    pool = new AddressPool(subnet, gateway);
    ports =
        new PublishedPorts(
            new Ruleset(bridge.device(), subnet),
            firewall,
            new SocketPortHolder(),
            new Conntrack(),
            ephemeral());
    networks = PredefinedNetworks.of(bridge, created());
  }

  /** When the networks of this host were made; noted at the first start. */
  private Instant created() {
    try {
      if (!Files.exists(createdFile)) {
        Files.createDirectories(createdFile.getParent());
        Path temporary = createdFile.resolveSibling("created.new");
        Files.writeString(temporary, Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
        Files.move(temporary, createdFile, StandardCopyOption.ATOMIC_MOVE);
      }
      return Instant.parse(Files.readString(createdFile).strip());
    } catch (IOException e) {
      throw EngineException.system("cannot note when networks were made: " + e.getMessage(), e);
    }
  }

  private static PortRange ephemeral() {
    byte[] buffer = new byte[64];
    try (InputStream file = Files.newInputStream(EPHEMERAL)) {
      int length = file.read(buffer); // a second read of such a file finds nothing
      String text = new String(buffer, 0, Math.max(0, length), StandardCharsets.US_ASCII);
      String[] ends = text.strip().split("\\s+", -1);
      return new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
    } catch (IOException e) {
      throw EngineException.system("cannot read " + EPHEMERAL + ": " + e.getMessage(), e);
    }
  }

  /**
   * Sets the host up: bridge, forwarding, rules; takes over the addresses and published ports of
   * {@code existing} containers without disturbing the traffic of those that live, and removes what
   * is left of others. Once, before any other method.
   *
   * @param existing with the states that were really found
   */
  public void open(List<ContainerRecord> existing) {
    NetworkNamespace.prepare(namespaces);
    try (Links links = Links.open()) {
      links.bridge(bridge.device(), MacAddress.of(gateway), bridge.mtu());
      links.address(links.index(bridge.device()), gateway, subnet);
      configureHost();
      seed(existing);
      removeOrphans(links, existing);
    }
    ports.restore(published(existing));
  }

  private void configureHost() {
    sysctl("ip_forward");
    sysctl("conf/" + bridge.device() + "/route_localnet");
  }

  private static void sysctl(String name) {
    try {
      Files.writeString(SYSCTL.resolve(name), "1", StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw EngineException.system("cannot switch " + name + " on: " + e.getMessage(), e);
    }
  }

  private void seed(List<ContainerRecord> existing) {
    for (ContainerRecord container : existing) {
      for (Ipv4 address : addresses(container.endpoints())) {
        if (!reclaim(address)) {
          LOG.warn("{} of container {} cannot be given in {}", address, container.name(), subnet);
        }
      }
    }
  }

  private boolean reclaim(Ipv4 address) {
    synchronized (pool) {
      return pool.take(address);
    }
  }

  private void removeOrphans(Links links, List<ContainerRecord> existing) {
    Set<String> living =
        existing.stream()
            .filter(container -> container.state().status().alive())
            .map(container -> shortId(container.id()))
            .collect(Collectors.toSet());
    try (Stream<Path> files = Files.list(namespaces)) {
      files
          .filter(file -> !living.contains(file.getFileName().toString()))
          .forEach(NetworkNamespace::delete);
      try (Stream<String> interfaces = Files.lines(INTERFACES)) {
        interfaces
            .map(line -> line.substring(0, Math.max(0, line.indexOf(':'))).strip())
            .filter(name -> name.matches(LINK_NAME) && !living.contains(name.substring(1)))
            .forEach(links::retire);
      }
    } catch (IOException e) {
      throw EngineException.system("cannot look for orphaned networks: " + e.getMessage(), e);
    }
    retired.soon();
  }

  private static Map<String, List<Forward>> published(List<ContainerRecord> existing) {
    Map<String, List<Forward>> published = new LinkedHashMap<>();
    for (ContainerRecord container : existing) {
      if (container.state().status().alive()) {
        published.put(
            container.id(), container.endpoints().stream().flatMap(Networks::forwards).toList());
      }
    }
    return published;
  }

  private static Stream<Forward> forwards(EndpointRecord endpoint) {
    return address(endpoint).stream()
        .flatMap(
            address ->
                endpoint.published().entrySet().stream()
                    .flatMap(
                        entry ->
                            entry.getValue().stream()
                                .map(published -> forward(entry.getKey(), address, published))));
  }

  private static Forward forward(
      String containerPort, Ipv4 address, EndpointRecord.Published published) {
    int slash = containerPort.indexOf('/');
    Protocol protocol = Protocol.parse(containerPort.substring(slash + 1)).orElseThrow();
    Ipv4 hostIp = Ipv4.parse(published.hostIp()).orElseThrow();
    return new Forward(
        new HostPort(protocol, hostIp, published.hostPort()),
        address,
        Integer.parseInt(containerPort.substring(0, slash)));
  }

  /** All networks, without their containers. */
  public List<NetworkInfo> list() {
    return networks.all();
  }

  /**
   * The network of that name, id or unique beginning of an id, without its containers: see {@link
   * NetworkInfo#withContainers}.
   *
   * @throws EngineException {@code network foo not found}
   */
  public NetworkInfo find(String nameOrIdPrefix) {
    return networks.find(nameOrIdPrefix);
  }

  /**
   * At create: checks what is asked of networks, and chooses what the container keeps for life. A
   * create that fails later gives it back with {@link #release(Collection)}.
   *
   * @return one endpoint; none for {@code container:NAME}
   * @throws EngineException for contradictions and unknown networks, in Docker's words
   */
  public List<EndpointRecord> reserve(
      String containerId,
      HostConfig hostConfig,
      ContainerConfig config,
      NetworkingConfig networkingConfig) {
    PortWish.of(config, hostConfig);
    NetworkFiles.check(hostConfig);
    return switch (NetworkWish.of(hostConfig, config, networkingConfig)) {
      case OfContainer ignored -> List.of();
      case OfNetwork wish -> List.of(endpoint(networks.find(wish.network()), wish.mac()));
    };
  }

  private EndpointRecord endpoint(NetworkInfo network, Optional<MacAddress> mac) {
    byte[] id = new byte[32];
    random.nextBytes(id);
    String endpointId = HexFormat.of().formatHex(id);
    if (!network.equals(networks.bridge())) {
      return new EndpointRecord(
          network.name(), network.id(), endpointId, null, 0, null, null, List.of(), Map.of());
    }
    Ipv4 address = takeAddress();
    return new EndpointRecord(
        network.name(),
        network.id(),
        endpointId,
        address.toString(),
        subnet.prefixLength(),
        gateway.toString(),
        mac.orElse(MacAddress.of(address)).toString(),
        List.of(),
        Map.of());
  }

  private Ipv4 takeAddress() {
    synchronized (pool) {
      return pool.take()
          .orElseThrow(
              () ->
                  EngineException.system(
                      "no available IPv4 addresses on this network's address pools: %s (%s)"
                          .formatted(networks.bridge().name(), networks.bridge().id())));
    }
  }

  /**
   * At start: makes the container's namespace with its interface, address and route, and publishes
   * its ports. When it fails nothing is left. Not for {@code container:NAME}: the caller uses that
   * container's namespace, {@link #namespace}.
   *
   * @throws EngineException when a port is taken, in Docker's words
   */
  public Attached attach(ContainerRecord container) {
    Optional<EndpointRecord> endpoint = container.endpoints().stream().findFirst();
    if (endpoint.isEmpty() || endpoint.get().networkId().equals(networks.host().id())) {
      return new Attached(null, container.endpoints());
    }
    Path namespace = namespace(container.id());
    if (Files.exists(namespace)) {
      detach(container);
    }
    if (endpoint.get().networkId().equals(networks.none().id())) {
      NetworkNamespace.create(namespace, descriptor -> {});
      return new Attached(namespace, container.endpoints());
    }
    return attachToBridge(container, endpoint.get(), namespace);
  }

  private Attached attachToBridge(
      ContainerRecord container, EndpointRecord endpoint, Path namespace) {
    Ipv4 address = address(endpoint).orElseThrow();
    if (!subnet.contains(address)) {
      throw EngineException.system(
          "the address %s of container %s is not in the network %s any more: create it anew"
              .formatted(address, container.name(), subnet));
    }
    try (Links host = Links.open()) {
      NetworkNamespace.create(
          namespace,
          descriptor -> connect(host, descriptor, container.id(), address, mac(endpoint, address)));
      return new Attached(namespace, List.of(publish(container, endpoint, address)));
    } catch (RuntimeException e) {
      undo(container, e);
      throw e;
    }
  }

  private void undo(ContainerRecord container, RuntimeException failure) {
    try {
      detach(container);
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }

  private static MacAddress mac(EndpointRecord endpoint, Ipv4 address) {
    String mac = endpoint.mac();
    return mac == null ? MacAddress.of(address) : MacAddress.parse(mac);
  }

  /** Runs in the new namespace; {@code host} acts in the host's. */
  private void connect(Links host, int namespace, String id, Ipv4 address, MacAddress mac) {
    String name = linkName(id);
    int bridgeIndex = host.index(bridge.device());
    if (!host.veth(name, bridgeIndex, bridge.mtu(), namespace, INSIDE, mac)) {
      // The one of the last run waits for its deletion.
      host.retire(name);
      host.renameRetired(name);
      host.veth(name, bridgeIndex, bridge.mtu(), namespace, INSIDE, mac);
    }
    if (Files.exists(BRIDGED_FILTER)) {
      host.hairpin(name);
    }
    try (Links inner = Links.open()) {
      int index = inner.index(INSIDE);
      inner.address(index, address, subnet);
      inner.up(index);
      inner.defaultRoute(gateway);
    }
  }

  private EndpointRecord publish(ContainerRecord container, EndpointRecord endpoint, Ipv4 address) {
    List<PortWish> wishes = PortWish.of(container.config(), container.hostConfig());
    if (wishes.isEmpty()) {
      return endpoint.withPublished(Map.of());
    }
    try {
      return endpoint.withPublished(ports.publish(container.id(), address, wishes));
    } catch (EngineException e) {
      throw new EngineException(
          e.kind(),
          "failed to set up container networking: driver failed programming external connectivity"
              + " on endpoint %s (%s): %s"
                  .formatted(container.name(), endpoint.endpointId(), e.text()),
          e);
    }
  }

  /** Where the namespace of a container that is attached to {@code bridge} or {@code none} is. */
  public Path namespace(String containerId) {
    return namespaces.resolve(shortId(containerId));
  }

  /**
   * At exit: undoes {@link #attach}; harmless when there is nothing to undo. The container's ports
   * are free and its interface is cut off when it returns; the interface is deleted soon after.
   */
  public void detach(ContainerRecord container) {
    if (container.endpoints().isEmpty()) {
      return;
    }
    ports.unpublish(container.id());
    try (Links links = Links.open()) {
      if (links.retire(linkName(container.id()))) {
        retired.soon();
      }
    }
    Path namespace = namespace(container.id());
    NetworkNamespace.hold(namespace).ifPresent(retired::add);
    NetworkNamespace.delete(namespace);
  }

  /** At remove, after {@link #detach}: gives the addresses back. */
  public void release(ContainerRecord container) {
    release(container.endpoints());
  }

  /** Gives addresses back that no container came to use. */
  public void release(Collection<EndpointRecord> endpoints) {
    synchronized (pool) {
      addresses(endpoints).forEach(pool::giveBack);
    }
  }

  private static List<Ipv4> addresses(Collection<EndpointRecord> endpoints) {
    return endpoints.stream().flatMap(endpoint -> address(endpoint).stream()).toList();
  }

  private static Optional<Ipv4> address(EndpointRecord endpoint) {
    return Optional.ofNullable(endpoint.address()).flatMap(Ipv4::parse);
  }

  private static String linkName(String containerId) {
    return "v" + shortId(containerId);
  }

  private static String shortId(String containerId) {
    return containerId.substring(0, SHORT_ID);
  }

  /** Ends the daemon's part: containers keep their networks and their published ports work on. */
  @Override
  public void close() {
    retired.close();
    ports.close();
    firewall.close();
  }
}
