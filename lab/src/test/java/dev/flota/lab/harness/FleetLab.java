package dev.flota.lab.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;

/** A lab whose hosts are one fleet; tests that need it are skipped where there is none. */
public final class FleetLab {
  private static final String SOCKETS = "FLOTA_FLEET_LAB_SOCKETS";

  private final List<LabHost> hosts;
  private final List<Docker> dockers;

  private FleetLab(List<Path> sockets) {
    hosts = sockets.stream().map(LabHost::new).toList();
    try {
      Path configuration = Files.createTempDirectory("flota-fleet-");
      configuration.toFile().deleteOnExit();
      dockers =
          sockets.stream().map(socket -> new Docker("unix://" + socket, configuration)).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The lab whose hosts' sockets the system property {@code flota.fleet.lab.sockets} or the
   * environment's {@code FLOTA_FLEET_LAB_SOCKETS} tells, with commas between; skips the test when
   * it has fewer than {@code hosts}.
   */
  public static FleetLab withHosts(int hosts) {
    List<Path> sockets =
        Optional.ofNullable(System.getProperty("flota.fleet.lab.sockets"))
            .or(() -> Optional.ofNullable(System.getenv(SOCKETS)))
            .stream()
            .flatMap(text -> Arrays.stream(text.split(",")))
            .filter(text -> !text.isBlank())
            .map(text -> Path.of(text.strip()))
            .toList();
    Assumptions.assumeTrue(
        sockets.size() >= hosts, "needs a fleet of " + hosts + " lab hosts: " + SOCKETS);
    return new FleetLab(sockets);
  }

  /** All hosts in order. */
  public List<LabHost> hosts() {
    return hosts;
  }

  /** The host of that number, from 1. */
  public LabHost host(int number) {
    return hosts.get(number - 1);
  }

  /** The stock command line against the host of that number, from 1. */
  public Docker docker(int number) {
    return dockers.get(number - 1);
  }
}
