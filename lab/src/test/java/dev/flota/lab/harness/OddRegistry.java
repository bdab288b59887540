package dev.flota.lab.harness;

import dev.flota.engine.image.PlainDoor;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;

/**
 * A registry that misbehaves on request, on a lab host's own loopback, where engines speak plain
 * HTTP. It has what the lab's registry has.
 */
public final class OddRegistry implements AutoCloseable {
  private static final String UPSTREAM = "http://172.30.0.254:5000";

  private final RunningCommand server;
  private final String address;

  private OddRegistry(RunningCommand server) {
    this.server = server;
    server.awaitOut("\n");
    this.address = "127.0.0.1:" + server.out().lines().findFirst().orElseThrow().split(" ", -1)[1];
  }

  /** Starts one beside the host's engine. */
  public static OddRegistry start(LabHost host) {
    return new OddRegistry(
        host.startOnItsNetwork(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                classes(OddRegistryServer.class) + ":" + classes(PlainDoor.class),
                OddRegistryServer.class.getName(),
                UPSTREAM)));
  }

  private static Path classes(Class<?> one) {
    try {
      return Path.of(one.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /**
   * An image's name at this registry.
   *
   * @param mode plain, lying, truncating, flaky, hanging or erring
   * @param name as at the lab's registry without {@code library/}, e.g. {@code busybox:latest}
   */
  public String image(String mode, String name) {
    return address + "/" + mode + "/" + name;
  }

  /** Method and path of what was asked in a mode so far. */
  public List<String> requests(String mode) {
    return server.out().lines().filter(line -> line.contains(" /v2/" + mode + "/")).toList();
  }

  /** Returns once a client waits for bytes that do not come. */
  public void awaitHanging() {
    server.awaitOut("hanging\n");
  }

  @Override
  public void close() {
    server.close();
  }
}
