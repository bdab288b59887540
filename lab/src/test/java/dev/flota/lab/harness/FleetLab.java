package dev.flota.lab.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A lab of several hosts that are one fleet; each has a command line of its own. */
public final class FleetLab {
  private static final int HOSTS = 3;
  private static final FleetLab INSTANCE = new FleetLab(Lab.get().host());

  private final List<LabHost> hosts = new ArrayList<>();
  private final List<Docker> dockers = new ArrayList<>();

  private FleetLab(LabHost first) {
    Path directory = first.socket().resolveSibling("");
    try {
      Path home = Files.createTempDirectory("flota-fleet-");
      for (int number = 1; number <= HOSTS; number++) {
        Path socket = directory.resolve("host-" + number + ".sock");
        if (!Files.exists(socket)) {
          throw new AssertionError(socket + " is missing: ./flota lab up " + HOSTS);
        }
        hosts.add(new LabHost(socket));
        dockers.add(
            new Docker(
                "unix://" + socket, Files.createDirectory(home.resolve("docker-" + number))));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The fleet of this test run. */
  public static FleetLab get() {
    return INSTANCE;
  }

  /** Host 1, 2 or 3. */
  public LabHost host(int number) {
    return hosts.get(number - 1);
  }

  /** All of them. */
  public List<LabHost> hosts() {
    return hosts;
  }

  /** The stock command line, talking to host 1, 2 or 3. */
  public Docker docker(int number) {
    return dockers.get(number - 1);
  }

  /** All of them, for what must be the same whichever host is asked. */
  public List<Docker> dockers() {
    return dockers;
  }

  /** Returns once each host answers and sees all others. */
  public void awaitTogether() {
    for (LabHost host : hosts) {
      host.awaitAnswer();
    }
    for (LabHost host : hosts) {
      Await.until(
          host.name() + " sees all hosts",
          () -> {
            String answer = new Api(host.socket()).send("GET", "/fleet/hosts").body();
            return answer.split("\"State\":\"ready\"", -1).length == HOSTS + 1;
          });
    }
  }
}
