package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.LinuxException;
import dev.flota.engine.network.HeldFrames.Ways;
import dev.flota.engine.network.Plugs.Plug;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Containers that are cut off their networks while they move. Thread-safe. */
final class CutOffs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CutOffs.class);

  private final EventLoop loop = new EventLoop("held-frames");
  private final Map<String, List<HeldFrames>> held = new ConcurrentHashMap<>();

  /** Cuts an interface off its bridge, and has what comes for it wait. */
  void cutOff(Plug plug, Links host) {
    unlessItFails(
        plug.containerId(),
        () ->
            held.computeIfAbsent(plug.containerId(), _ -> new CopyOnWriteArrayList<>())
                .add(HeldFrames.open(plug.mac(), ways(plug, host), loop)));
    Plugs.disconnect(plug, host);
  }

  /**
   * Where neighbours are kept apart, only this host reaches it for sure: the rest is for the packet
   * filter to decide, which what waits does not go through.
   */
  private static Ways ways(Plug plug, Links host) {
    int bridge = host.index(plug.network().bridge());
    Map<String, Integer> ports = host.ports(bridge);
    int own = Objects.requireNonNullElse(ports.remove(plug.name()), Ways.NONE);
    int beyond = ports.getOrDefault(OverlayPlan.device(plug.network().vni()), Ways.NONE);
    boolean talking = plug.network().bridgeOptions().talking();
    Set<Integer> others = talking ? Set.copyOf(ports.values()) : Set.of();
    return new Ways(bridge, host.mac(bridge), own, others, beyond);
  }

  /** Its interfaces are connected here again: sends on what waits for it. */
  void connected(String containerId) {
    end(containerId, HeldFrames::release);
  }

  /**
   * It has gone.
   *
   * @return whether it was cut off
   */
  boolean forget(String containerId) {
    return end(containerId, HeldFrames::end);
  }

  private boolean end(String containerId, Consumer<HeldFrames> end) {
    List<HeldFrames> all = held.remove(containerId);
    if (all == null) {
      return false;
    }
    all.forEach(frames -> unlessItFails(containerId, () -> end.accept(frames)));
    return true;
  }

  /** A container moves, and goes on, without what came for it. */
  private static void unlessItFails(String containerId, Runnable step) {
    try {
      step.run();
    } catch (LinuxException | EngineException | IllegalStateException e) {
      LOG.warn("what comes for {} while it is cut off is lost", containerId, e);
    }
  }

  @Override
  public void close() {
    List.copyOf(held.keySet()).forEach(this::forget);
    loop.close();
  }
}
