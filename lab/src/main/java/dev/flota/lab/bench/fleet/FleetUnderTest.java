package dev.flota.lab.bench.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
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
  /** What most containers are made of. */
  public static final String IMAGE = "busybox";

  private static final Duration LOOK = Duration.ofMillis(20);

  /** Keeps its own copy. */
  public FleetUnderTest {
    hosts = List.copyOf(hosts);
  }

  /** The one that is asked. */
  public Engine first() {
    return hosts.getFirst();
  }

  /** The one that is furthest from it. */
  public Engine last() {
    return hosts.getLast();
  }

  /** Something that becomes true. */
  public interface Condition {
    /** Whether it is true now. */
    boolean holds() throws IOException;
  }

  /** Looks again and again; the last look may be late by a fiftieth of a second. */
  public static void await(String what, Duration patience, Condition condition) throws IOException {
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
    Process process =
        builder(List.of(words)).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
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

  /** {@code ./flota lab exec HOST …}: a program inside one of the lab's hosts. */
  public ProcessBuilder inside(String host, List<String> program) {
    List<String> words = new ArrayList<>(List.of("exec", host));
    words.addAll(program);
    return builder(words);
  }

  private ProcessBuilder builder(List<String> words) {
    List<String> line = new ArrayList<>(List.of(command.toString(), "lab"));
    line.addAll(words);
    return new ProcessBuilder(line).redirectError(ProcessBuilder.Redirect.INHERIT);
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
    return entry(api, host).path("State").asText();
  }

  /** Where others reach a host. */
  public static String address(EngineApi api, Engine host) throws IOException {
    String address = entry(api, host).path("Address").asText();
    if (address.isEmpty()) {
      throw new UnexpectedAnswerException(host.name() + " is not in the fleet");
    }
    return address;
  }

  /** What one host knows of another one; a missing node when that is nothing. */
  static JsonNode entry(EngineApi api, Engine host) throws IOException {
    for (JsonNode one : api.read("/fleet/hosts")) {
      if (one.path("Name").asText().equals(host.name())) {
        return one;
      }
    }
    return MissingNode.getInstance();
  }

  /** Has an image on all hosts, and nothing that an interrupted run has left. */
  public void prepare(String image) throws IOException {
    for (Engine host : hosts) {
      try (EngineApi api = EngineApi.of(host)) {
        for (String container : api.ownContainers()) {
          api.remove(container);
        }
        api.pull(image);
      }
    }
  }
}
