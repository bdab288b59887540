package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.fleet.FleetScenario;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is measured of moves. */
public final class TeleportScenarios {
  /** What all containers are made of that move. */
  public static final String IMAGE = "python";

  private TeleportScenarios() {}

  /**
   * What needs the fleet alone.
   *
   * @param large with the largest container too
   */
  public static List<FleetScenario> all(boolean large) {
    return List.of(
        new ClientsGap(),
        new FrozenTime(MemorySize.upTo(large)),
        new SharedMemory(),
        new CostOfTls());
  }

  /**
   * All.
   *
   * @param hosts two with podman and without Flota, and their addresses
   * @param registry where both find the image
   */
  public static List<FleetScenario> withPodman(
      boolean large, Map<String, String> hosts, String registry) {
    List<FleetScenario> scenarios = new ArrayList<>(all(large));
    scenarios.add(new BesidePodman(hosts, registry + "/library/" + IMAGE));
    return List.copyOf(scenarios);
  }
}
