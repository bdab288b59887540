package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.container.ContainerConfig;
import dev.flota.engine.container.ContainerRecord;
import dev.flota.engine.container.HostConfig;
import dev.flota.engine.container.NetworkingConfig;
import java.util.List;

/** The networks of one host. All methods block and may be called from any thread. */
@SuppressWarnings("DoNotCallSuggester") // filled in next
public final class Networks implements AutoCloseable {
  private final EngineSettings settings;

  /** Nothing is touched before {@link #open}. */
  public Networks(EngineSettings settings) {
    this.settings = settings;
  }

  /** Sets the host up for {@code existing}; leaves living containers' traffic alone. */
  public void open(List<ContainerRecord> existing) {
    throw EngineException.notImplemented("networks of " + settings.hostName() + existing.size());
  }

  /** All networks, without their containers. */
  public List<NetworkInfo> list() {
    throw EngineException.notImplemented("networks");
  }

  /** The network of that name, id or unique beginning of an id. */
  public NetworkInfo find(String nameOrIdPrefix) {
    throw EngineException.notImplemented(nameOrIdPrefix);
  }

  /** At create: chooses what the container keeps for life. */
  public List<EndpointRecord> reserve(
      String containerId,
      HostConfig hostConfig,
      ContainerConfig config,
      NetworkingConfig networkingConfig) {
    throw EngineException.notImplemented(containerId);
  }

  /** At start: namespace, link, address, published ports. */
  public Attached attach(ContainerRecord container) {
    throw EngineException.notImplemented(container.id());
  }

  /** At exit: undoes {@link #attach}; harmless when there is nothing to undo. */
  public void detach(ContainerRecord container) {
    throw EngineException.notImplemented(container.id());
  }

  /** At remove: gives the addresses back. */
  public void release(ContainerRecord container) {
    throw EngineException.notImplemented(container.id());
  }

  /** Ends the daemon's part; containers keep their networks. */
  @Override
  public void close() {}
}
