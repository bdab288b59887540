package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Which published port belongs to whom: a pure decision, the same wherever it is repeated. Not
 * thread-safe.
 */
public final class PortClaims {
  private final PortRange ephemeral;
  private final Map<HostPort, String> owners = new HashMap<>();
  private int lastEphemeral;

  /**
   * Nothing is claimed yet.
   *
   * @param ephemeral where ports come from that nobody chose
   */
  public PortClaims(PortRange ephemeral) {
    this.ephemeral = ephemeral;
    this.lastEphemeral = ephemeral.last();
  }

  /** Notes ports that a container has already. */
  public void restore(String containerId, Collection<HostPort> ports) {
    ports.forEach(port -> owners.put(port, containerId));
  }

  /** {@link PortRegistry#claimPorts}. */
  public List<HostPort> claim(String containerId, List<PortWish> wishes, Set<HostPort> unusable) {
    List<HostPort> before = of(containerId);
    release(containerId);
    List<HostPort> chosen = new ArrayList<>();
    try {
      for (PortWish wish : wishes) {
        HostPort port = choose(wish, unusable);
        owners.put(port, containerId);
        chosen.add(port);
      }
      return List.copyOf(chosen);
    } catch (EngineException e) {
      release(containerId);
      restore(containerId, before);
      throw e;
    }
  }

  /** Gives up what a container claimed. */
  public void release(String containerId) {
    owners.values().removeIf(containerId::equals);
  }

  /** What a container claimed, in no order. */
  public List<HostPort> of(String containerId) {
    return owners.entrySet().stream()
        .filter(entry -> entry.getValue().equals(containerId))
        .map(Map.Entry::getKey)
        .toList();
  }

  private HostPort choose(PortWish wish, Set<HostPort> unusable) {
    boolean any = wish.hostPorts().any();
    PortRange range = any ? ephemeral : wish.hostPorts();
    int first = any ? successor(lastEphemeral) : range.first();
    Optional<HostPort> found =
        IntStream.concat(
                IntStream.rangeClosed(first, range.last()), IntStream.range(range.first(), first))
            .mapToObj(number -> new HostPort(wish.port().protocol(), wish.hostIp(), number))
            .filter(port -> !owners.containsKey(port) && !unusable.contains(port))
            .findFirst();
    if (found.isEmpty()) {
      throw EngineException.system(
          range.single()
              ? "Bind for %s:%d failed: port is already allocated"
                  .formatted(wish.hostIp(), range.first())
              : "all ports are allocated");
    }
    if (any) {
      lastEphemeral = found.get().number();
    }
    return found.get();
  }

  private int successor(int port) {
    return port >= ephemeral.last() ? ephemeral.first() : port + 1;
  }
}
