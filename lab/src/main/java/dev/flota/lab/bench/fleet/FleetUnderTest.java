package dev.flota.lab.bench.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The hosts of a lab that are one fleet, and the lab's own command line.
 *
 * @param hosts {@code host-1} first; their engines are named as they are
 * @param command {@code ./flota}
 */
public record FleetUnderTest(List<Engine> hosts, Path command) {
  static final String IMAGE = "busybox";
  private static final Duration LOOK = Duration.ofMillis(20);

  /** Keeps its own copy. */
  public FleetUnderTest {
    hosts = List.copyOf(hosts);
  }

  Engine first() {
    return hosts.getFirst();
  }

  Engine last() {
    return hosts.getLast();
  }

  /** Something that becomes true. */
  interface Condition {
    boolean holds() throws IOException;
  }

  /** Looks again and again; the last look may be late by a fiftieth of a second. */
  static void await(String what, Duration patience, Condition condition) throws IOException {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.holds()) {
      if (System.nanoTime() > end) {
        throw new UnexpectedAnswerException("not within " + patience + ": " + what);
      }
      pause(LOOK);
    }
  }

  static void pause(Duration length) throws IOException {
    try {
      Thread.sleep(length);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("cut short").initCause(e);
    }
  }

  /** {@code ./flota lab …}. */
  void lab(String... words) throws IOException {
    List<String> line = new ArrayList<>(List.of(command.toString(), "lab"));
    line.addAll(List.of(words));
    Process process =
        new ProcessBuilder(line)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try {
      if (process.waitFor() != 0) {
        throw new IOException("./flota lab " + String.join(" ", words) + " failed");
      }
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("cut short").initCause(e);
    }
  }

  /** A container that sleeps, on that host; wishes besides. */
  static String create(EngineApi api, Engine host, Map<String, Object> more) throws IOException {
    return api.create(wish("constraint:node==" + host.name(), more));
  }

  static Map<String, Object> wish(String placement, Map<String, Object> more) {
    Map<String, Object> wish = new HashMap<>(more);
    wish.put("Image", IMAGE);
    wish.put("Cmd", List.of("sleep", "3600"));
    wish.put("Env", List.of(placement));
    return wish;
  }

  /** The state of a host as another one sees it. */
  static String state(EngineApi api, Engine host) throws IOException {
    for (JsonNode one : api.read("/fleet/hosts")) {
      if (one.path("Name").asText().equals(host.name())) {
        return one.path("State").asText();
      }
    }
    return "";
  }

  /** Has the image on all hosts, and nothing that an interrupted run has left. */
  public void prepare() throws IOException {
    for (Engine host : hosts) {
      try (EngineApi api = EngineApi.of(host)) {
        for (String container : api.ownContainers()) {
          api.remove(container);
        }
        api.pull(IMAGE);
      }
    }
  }
}
