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
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Containers that are cut off their networks while they move. Thread-safe. */
final class CutOffs implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CutOffs.class);

  private final EventLoop loop = new EventLoop("held-frames");
  private final Map<String, List<HeldFrames>> held = new ConcurrentHashMap<>();

  /** Cuts an interface off its bridge, and has what comes for it wait. */
  void cutOff(Plug plug, Links host) {
    try {
      HeldFrames frames = HeldFrames.open(plug.mac(), ways(plug, host), loop);
      held.computeIfAbsent(plug.containerId(), _ -> new CopyOnWriteArrayList<>()).add(frames);
    } catch (LinuxException | EngineException e) {
      LOG.warn("what comes for {} is lost while it is cut off", plug.address(), e);
    }
    Plugs.disconnect(plug, host);
  }

  /** Where its neighbours are kept apart, none of those on this host may reach it. */
  private static Ways ways(Plug plug, Links host) {
    boolean talking = plug.network().bridgeOptions().talking();
    int bridge = host.index(plug.network().bridge());
    Set<Integer> others =
        host.ports(bridge).entrySet().stream()
            .filter(port -> !port.getValue().equals(plug.name()))
            .filter(port -> talking || !port.getValue().matches(Plugs.NAMES))
            .map(Map.Entry::getKey)
            .collect(Collectors.toSet());
    return new Ways(bridge, host.mac(bridge), host.index(plug.name()), others);
  }

  /** Its interfaces are connected here again: sends on what waits for it. */
  void connected(String containerId) {
    end(containerId, HeldFrames::release);
  }

  /** It has gone. */
  void forget(String containerId) {
    end(containerId, HeldFrames::close);
  }

  private void end(String containerId, Consumer<HeldFrames> end) {
    Objects.requireNonNullElse(held.remove(containerId), List.<HeldFrames>of()).forEach(end);
  }

  @Override
  public void close() {
    List.copyOf(held.keySet()).forEach(this::forget);
    loop.close();
  }
}
