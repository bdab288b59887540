package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * How the kernel asks for an interface's neighbours (Linux, {@code
 * Documentation/networking/ip-sysctl.rst}, {@code neigh}); for threads in its namespace.
 */
final class Neighbours {
  private static final Path TABLE = Path.of("/proc/thread-self/net/arp");
  private static final Path SETTINGS = Path.of("/proc/sys/net/ipv4/neigh");
  private static final String PAUSE = "retrans_time_ms";
  private static final String ATTEMPTS = "mcast_solicit";

  /** The kernel's least, in milliseconds. */
  private static final String SHORTEST = "10";

  /** Stays as the kernel made it: a namespace has no {@code default}. */
  private static final String UNTOUCHED = "lo";

  /** Enough for hours; the kernel adds to it. */
  private static final String WITHOUT_END = "1000000";

  /** How {@link #TABLE} shows one that has not answered. */
  private static final String UNKNOWN = " 00:00:00:00:00:00 ";

  /** Those that live answer within milliseconds. */
  private static final Duration PATIENCE = Duration.ofMillis(200);

  private static final Duration LOOK_EVERY = Duration.ofMillis(1);

  private Neighbours() {}

  /**
   * While nobody can answer yet: what is sent waits in the kernel, and leaves as soon as somebody
   * does. Else it would wait for the rest of a second, and be dropped after three.
   */
  static void keepAsking(String device) {
    set(device, PAUSE, SHORTEST);
    set(device, ATTEMPTS, WITHOUT_END);
  }

  /**
   * Has the kernel ask as at any other interface, once those have answered for whom something
   * waits: it gives up at once on those that it has asked more often than usual.
   */
  static void askAsUsual(Collection<String> devices) {
    try {
      awaitAnswers();
      for (String setting : List.of(PAUSE, ATTEMPTS)) {
        // Not readString, which reads on: a second read of such a file finds nothing.
        String usual = Files.readAllLines(SETTINGS.resolve(UNTOUCHED).resolve(setting)).getFirst();
        devices.forEach(device -> set(device, setting, usual));
      }
    } catch (IOException e) {
      throw EngineException.system("cannot read about neighbours: " + e.getMessage(), e);
    }
  }

  private static void awaitAnswers() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (Files.readString(TABLE).contains(UNKNOWN) && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(LOOK_EVERY.toNanos());
    }
  }

  private static void set(String device, String setting, String value) {
    Path file = SETTINGS.resolve(device).resolve(setting);
    try {
      Files.writeString(file, value, StandardOpenOption.WRITE);
    } catch (IOException e) {
      throw EngineException.system("cannot set " + file + ": " + e.getMessage(), e);
    }
  }
}
