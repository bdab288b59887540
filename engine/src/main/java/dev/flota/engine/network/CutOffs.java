package dev.flota.engine.network;

import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.LinuxException;
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
      int bridge = host.index(plug.network().bridge());
      HeldFrames frames = HeldFrames.of(plug.mac(), bridge, ports(plug, bridge, host));
      held.computeIfAbsent(plug.containerId(), _ -> new CopyOnWriteArrayList<>()).add(frames);
      Plugs.disconnect(plug, host);
      frames.begin(loop);
    } catch (LinuxException e) {
      LOG.warn("what comes for {} is lost while it is cut off", plug.address(), e);
      Plugs.disconnect(plug, host);
    }
  }

  /** Those behind which somebody may be who may reach it. */
  private static Set<Integer> ports(Plug plug, int bridge, Links host) {
    boolean talking = plug.network().bridgeOptions().talking();
    return host.ports(bridge).entrySet().stream()
        .filter(port -> !port.getValue().equals(plug.name()))
        .filter(port -> talking || !port.getValue().matches(Plugs.NAMES))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
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
    List<HeldFrames> all = Objects.requireNonNullElse(held.remove(containerId), List.of());
    for (HeldFrames frames : all) {
      try {
        end.accept(frames);
      } catch (LinuxException e) {
        LOG.warn("what came for {} while it was cut off is lost", containerId, e);
      }
    }
  }

  @Override
  public void close() {
    List.copyOf(held.keySet()).forEach(this::forget);
    loop.close();
  }
}
