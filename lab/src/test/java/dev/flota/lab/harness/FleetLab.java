package dev.flota.lab.harness;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * A lab of several hosts that are one fleet; each has a command line of its own, and each can be
 * harmed.
 */
public final class FleetLab {
  private static final int HOSTS = Integer.getInteger("flota.fleet.hosts", 3);
  private static final FleetLab INSTANCE = new FleetLab(Lab.get().host());

  private final List<LabHost> hosts = new ArrayList<>();
  private final List<Docker> dockers = new ArrayList<>();
  private boolean harmed;
  private String javaOptions = "";

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

  /** Host 1, 2 and so on. */
  public LabHost host(int number) {
    return hosts.get(number - 1);
  }

  /** All of them. */
  public List<LabHost> hosts() {
    return hosts;
  }

  /** The stock command line, talking to host 1, 2 and so on. */
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

  // ---- faults: whatever a test does by these is undone after it

  /** Cuts hosts off from all others; each other they still see. */
  public void cut(int... numbers) {
    harm("cut", names(numbers));
  }

  /** Loses so many in a hundred of the packets between all hosts. */
  public void lose(int percent) {
    harm("loss", List.of(String.valueOf(percent)));
  }

  /** Undoes {@link #cut} and {@link #lose}. */
  public void heal() {
    harm("heal", List.of());
  }

  /** As a power cut: all of these hosts ends at once, their disks stay. */
  public void kill(int... numbers) {
    harm("kill", names(numbers));
  }

  /** Ends the daemons of these hosts as {@code kill -9} does; containers run on. */
  public void killDaemon(int... numbers) {
    harm("kill-daemon", names(numbers));
  }

  /** Boots hosts that were killed and starts daemons that ended; returns once they answer. */
  public void start(int... numbers) {
    harm("start", names(numbers));
  }

  /** Undoes all faults and returns once the fleet is whole again. */
  public void mend() {
    if (harmed) {
      heal();
      start(IntStream.rangeClosed(1, HOSTS).toArray());
      awaitTogether();
      harmed = false;
    }
  }

  private void harm(String verb, List<String> words) {
    harmed = true;
    hosts.getFirst().lab(javaOptions, Stream.concat(Stream.of(verb), words.stream()).toList());
  }

  /** Has all daemons start anew, and whenever they start from now on, with these options too. */
  public void restart(String javaOptions) {
    this.javaOptions = javaOptions;
    for (LabHost host : hosts) {
      host.lab(javaOptions, List.of("restart", host.name()));
    }
    awaitTogether();
  }

  private List<String> names(int... numbers) {
    return Arrays.stream(numbers).mapToObj(number -> host(number).name()).toList();
  }

  /** The number of the host that leads the ledger, if {@code asked} knows one. */
  public OptionalInt leader(int asked) {
    JsonNode all = new Api(host(asked).socket()).send("GET", "/fleet/hosts").json();
    return IntStream.rangeClosed(1, HOSTS)
        .filter(
            number ->
                StreamSupport.stream(all.spliterator(), false)
                    .filter(host -> host.path("Leader").asBoolean())
                    .anyMatch(host -> host.path("Name").asText().equals(host(number).name())))
        .findFirst();
  }
}
