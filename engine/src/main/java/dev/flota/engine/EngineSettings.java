package dev.flota.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What an engine needs to know of its host; read from {@code conf/flota.conf} by the daemon.
 *
 * @param stateDir durable state, {@code /var/lib/flota}
 * @param runDir state that ends with the boot, {@code /run/flota}
 * @param hostName what {@code docker info} calls Name
 * @param defaultRuntime key of {@code runtimes} used without {@code --runtime}
 * @param runtimes OCI runtimes by name, with their executables
 * @param conmon the conmon executable
 * @param init the static init put into a container by {@code --init}
 * @param cgroupParent cgroup under which each container gets its own
 * @param bridge the default network
 * @param registry how registries are reached
 */
public record EngineSettings(
    Path stateDir,
    Path runDir,
    String hostName,
    String defaultRuntime,
    Map<String, Path> runtimes,
    Path conmon,
    Path init,
    String cgroupParent,
    Bridge bridge,
    Registry registry) {

  /**
   * The default network.
   *
   * @param device Linux bridge device
   * @param subnet IPv4 subnet in CIDR form
   * @param gateway the bridge's own address
   * @param mtu bytes
   */
  public record Bridge(String device, String subnet, String gateway, int mtu) {}

  /**
   * How registries are reached.
   *
   * @param mirrors base URLs tried before Docker Hub, for Docker Hub's images only
   * @param insecure registries ({@code host:port} or CIDR) that may speak plain HTTP or show an
   *     unknown certificate; 127.0.0.0/8 always may
   * @param certificates directory in Docker's {@code certs.d} layout
   * @param maxConcurrentDownloads layers pulled at once per image
   * @param attempts tries per blob before the pull fails
   * @param idleSeconds a connection that brings nothing for so long is given up
   */
  public record Registry(
      List<String> mirrors,
      List<String> insecure,
      Path certificates,
      int maxConcurrentDownloads,
      int attempts,
      int idleSeconds) {}
}
