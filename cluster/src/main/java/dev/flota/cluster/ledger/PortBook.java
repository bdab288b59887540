package dev.flota.cluster.ledger;

import dev.flota.engine.EngineException;
import dev.flota.engine.network.Ipv4;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The published ports, which are the same on all hosts.
 *
 * @param entries containers by address, by protocol and number
 * @param owners ports by container
 * @param lastDynamic the port given last to who wished for any
 */
public record PortBook(
    TreePMap<Port, TreePMap<String, String>> entries,
    TreePMap<String, List<PortEntry>> owners,
    int lastDynamic) {

  /** A port of every host. */
  public record Port(String protocol, int number) implements Comparable<Port> {
    private static final Comparator<Port> ORDER =
        Comparator.comparing(Port::protocol).thenComparingInt(Port::number);

    @Override
    public int compareTo(Port other) {
      return ORDER.compare(this, other);
    }
  }

  /** The ports IANA leaves to whoever needs one (RFC 6335), as Docker's own allocator does. */
  private static final int FIRST_DYNAMIC = 49153;

  private static final int LAST_DYNAMIC = 65535;
  private static final String EVERYWHERE = Ipv4.ANY.toString();

  static final PortBook EMPTY = new PortBook(TreePMap.empty(), TreePMap.empty(), LAST_DYNAMIC);

  /** What a container publishes. */
  public List<PortEntry> of(String containerId) {
    return owners.getOrDefault(containerId, List.of());
  }

  /** All, by container. */
  public List<PortEntry> all() {
    return owners.values().stream().flatMap(List::stream).toList();
  }

  /** The container that publishes a port on that address, or on all addresses. */
  public Optional<String> holder(String protocol, String hostIp, int port) {
    TreePMap<String, String> holders = entries.get(new Port(protocol, port));
    if (holders == null) {
      return Optional.empty();
    }
    String exact = holders.get(hostIp);
    return Optional.ofNullable(exact == null ? holders.get(EVERYWHERE) : exact);
  }

  PortBook take(String containerId, List<PortClaim> claims, Collection<PortPlace> unusable) {
    PortBook book = release(containerId);
    List<PortEntry> chosen = new ArrayList<>();
    for (PortClaim claim : claims) {
      PortEntry port = book.choose(containerId, claim, unusable);
      chosen.add(port);
      book = book.hold(port, claim.any() ? port.port() : book.lastDynamic);
    }
    return new PortBook(
        book.entries,
        chosen.isEmpty() ? book.owners : book.owners.plus(containerId, List.copyOf(chosen)),
        book.lastDynamic);
  }

  PortBook release(String containerId) {
    TreePMap<Port, TreePMap<String, String>> left = entries;
    for (PortEntry entry : of(containerId)) {
      Port port = new Port(entry.protocol(), entry.port());
      TreePMap<String, String> holders = holders(left, port).minus(entry.hostIp());
      left = holders.isEmpty() ? left.minus(port) : left.plus(port, holders);
    }
    return new PortBook(left, owners.minus(containerId), lastDynamic);
  }

  /** From a snapshot. */
  static PortBook of(List<PortEntry> ports, int lastDynamic) {
    PortBook book = new PortBook(TreePMap.empty(), TreePMap.empty(), lastDynamic);
    for (PortEntry port : ports) {
      List<PortEntry> own = new ArrayList<>(book.of(port.containerId()));
      own.add(port);
      PortBook held = book.hold(port, lastDynamic);
      book =
          new PortBook(
              held.entries, held.owners.plus(port.containerId(), List.copyOf(own)), lastDynamic);
    }
    return book;
  }

  private PortBook hold(PortEntry entry, int dynamic) {
    Port port = new Port(entry.protocol(), entry.port());
    return new PortBook(
        entries.plus(port, holders(entries, port).plus(entry.hostIp(), entry.containerId())),
        owners,
        dynamic);
  }

  private static TreePMap<String, String> holders(
      TreePMap<Port, TreePMap<String, String>> entries, Port port) {
    @Nullable TreePMap<String, String> holders = entries.get(port);
    return holders == null ? TreePMap.empty() : holders;
  }

  private PortEntry choose(String containerId, PortClaim claim, Collection<PortPlace> unusable) {
    String address = address(claim);
    int number =
        candidates(claim)
            .filter(candidate -> free(claim.protocol(), address, candidate))
            .filter(
                candidate ->
                    !unusable.contains(new PortPlace(claim.protocol(), address, candidate)))
            .findFirst()
            .orElseThrow(
                () ->
                    EngineException.system(
                        claim.single()
                            ? "Bind for %s:%d failed: port is already allocated"
                                .formatted(address, claim.first())
                            : "all ports are allocated"));
    return new PortEntry(claim.protocol(), address, number, containerId);
  }

  private static String address(PortClaim claim) {
    return Ipv4.parse(claim.hostIp().isEmpty() ? EVERYWHERE : claim.hostIp())
        .orElseThrow(() -> EngineException.invalid("invalid IP address: " + claim.hostIp()))
        .toString();
  }

  /** Dynamic ports go round, so that one that was given back is not given again at once. */
  private IntStream candidates(PortClaim claim) {
    if (!claim.any()) {
      return IntStream.rangeClosed(claim.first(), claim.last());
    }
    int first = lastDynamic >= LAST_DYNAMIC ? FIRST_DYNAMIC : lastDynamic + 1;
    return IntStream.concat(
        IntStream.rangeClosed(first, LAST_DYNAMIC), IntStream.range(FIRST_DYNAMIC, first));
  }

  private boolean free(String protocol, String address, int number) {
    TreePMap<String, String> holders = holders(entries, new Port(protocol, number));
    return holders.isEmpty()
        || (!address.equals(EVERYWHERE)
            && !holders.containsKey(EVERYWHERE)
            && !holders.containsKey(address));
  }
}
