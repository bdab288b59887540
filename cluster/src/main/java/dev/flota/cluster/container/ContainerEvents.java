package dev.flota.cluster.container;

import dev.flota.cluster.event.EventLog;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import dev.flota.engine.spec.MountPoint;
import java.util.LinkedHashMap;
import java.util.Map;

/** What is told of a container and of the networks and volumes it uses, in moby's words. */
final class ContainerEvents {
  private final EventLog log;

  ContainerEvents(EventLog log) {
    this.log = log;
  }

  /** Something happened to the container itself. */
  void tell(ContainerRecord container, String action, Map<String, String> more) {
    Map<String, String> attributes = new LinkedHashMap<>();
    if (container.config().labels() != null) {
      attributes.putAll(container.config().labels());
    }
    attributes.put("image", container.image());
    attributes.put("name", container.name());
    attributes.putAll(more);
    log.publish("container", action, container.id(), attributes);
  }

  /** It has its networks and volumes, and is about to start. */
  void supplied(ContainerRecord container) {
    for (MountPoint mount : container.mounts()) {
      volume(
          container,
          mount,
          "mount",
          Map.of(
              "destination",
              mount.destination(),
              "propagation",
              mount.propagation(),
              "read/write",
              String.valueOf(mount.writable())));
    }
    container.endpoints().forEach(endpoint -> connected(container, endpoint));
  }

  /** It is in a network. */
  void connected(ContainerRecord container, EndpointRecord endpoint) {
    network(container, endpoint, "connect");
  }

  /** It is not in a network any more. */
  void disconnected(ContainerRecord container, EndpointRecord endpoint) {
    network(container, endpoint, "disconnect");
  }

  /** It has ended and its networks and volumes are free of it. */
  void released(ContainerRecord container) {
    container.endpoints().forEach(endpoint -> disconnected(container, endpoint));
    container.mounts().forEach(mount -> volume(container, mount, "unmount", Map.of()));
  }

  private void network(ContainerRecord container, EndpointRecord endpoint, String action) {
    String name = endpoint.network();
    String known = endpoint.driver();
    String driver = known != null ? known : name.equals("none") ? "null" : name;
    log.publish(
        "network",
        action,
        endpoint.networkId(),
        Map.of("container", container.id(), "name", name, "type", driver));
  }

  private void volume(
      ContainerRecord container, MountPoint mount, String action, Map<String, String> more) {
    String name = mount.name();
    if (name == null) {
      return; // no volume: a bind mount or a tmpfs
    }
    Map<String, String> attributes = new LinkedHashMap<>();
    attributes.put("container", container.id());
    attributes.put("driver", mount.driver() == null ? "local" : mount.driver());
    attributes.putAll(more);
    log.publish("volume", action, name, attributes);
  }
}
