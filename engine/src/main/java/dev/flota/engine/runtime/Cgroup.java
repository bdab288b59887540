package dev.flota.engine.runtime;

import dev.flota.engine.linux.PidDescriptor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One control group: its directories in all hierarchies. The kernel gives no event for most. */
final class Cgroup {
  private static final Logger LOGGER = LoggerFactory.getLogger(Cgroup.class);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long LONGEST_PAUSE_NANOS = 10_000_000;

  private final boolean unified;
  private final Map<String, Path> byController;
  private final List<Path> directories;

  Cgroup(boolean unified, Map<String, Path> byController, List<Path> directories) {
    this.unified = unified;
    this.byController = byController;
    this.directories = directories;
  }

  /** Processes in it and below it. */
  Set<Integer> processes() {
    Set<Integer> pids = new LinkedHashSet<>();
    for (Path directory : directories) {
      for (Path group : withChildren(directory)) {
        lines(group.resolve("cgroup.procs")).forEach(line -> pids.add(Integer.parseInt(line)));
      }
    }
    pids.remove(0); // of another pid namespace
    return pids;
  }

  /**
   * Stops all its processes where they are.
   *
   * @throws IllegalStateException they did not stop in time; they run on
   */
  void freeze() {
    writeFreezer(true);
    boolean done = await(() -> frozen() || rewriteFreezer());
    if (!done) {
      writeFreezer(false);
      throw new IllegalStateException("the processes could not be frozen");
    }
  }

  /** Lets them run again. */
  void thaw() {
    writeFreezer(false);
  }

  /** Whether its processes are stopped. */
  boolean frozen() {
    Path directory = byController.get(unified ? "pids" : "freezer");
    if (directory == null) {
      return false;
    }
    return unified
        ? lines(directory.resolve("cgroup.events")).contains("frozen 1")
        : lines(directory.resolve("freezer.state")).contains("FROZEN");
  }

  /** Where it can be frozen; {@code null} on a machine without a freezer. */
  @Nullable Path freezer() {
    return byController.get(unified ? "pids" : "freezer");
  }

  /** How many of its processes the kernel killed for want of memory. */
  long outOfMemoryKills() {
    Path directory = byController.get("memory");
    if (directory == null) {
      return 0;
    }
    String file = unified ? "memory.events" : "memory.oom_control";
    return lines(directory.resolve(file)).stream()
        .filter(line -> line.startsWith("oom_kill "))
        .mapToLong(line -> Long.parseLong(line.substring("oom_kill ".length())))
        .sum();
  }

  /** Kills what lives in it, frozen or not, and removes it from all hierarchies. */
  void destroy() {
    if (removeAll()) { // nothing lived in it
      return;
    }
    killAll();
    thaw(); // and die before doing anything else
    if (!await(() -> killAll() && removeAll())) {
      LOGGER.warn("control group {} stays, with processes {}", directories.getFirst(), processes());
    }
  }

  /** Whether nobody was left to be killed. */
  private boolean killAll() {
    Set<Integer> alive = processes();
    for (int pid : alive) {
      try (PidDescriptor process = PidDescriptor.open(pid).orElse(null)) {
        if (process != null) {
          process.signal(Signals.KILL);
        }
      }
    }
    return alive.isEmpty();
  }

  private boolean removeAll() {
    boolean gone = true;
    for (Path directory : directories) {
      gone &= remove(directory) || removeWithChildren(directory);
    }
    return gone;
  }

  private static boolean removeWithChildren(Path directory) {
    boolean gone = true;
    for (Path group : withChildren(directory).reversed()) {
      gone &= remove(group);
    }
    return gone;
  }

  private static boolean remove(Path group) {
    try {
      Files.deleteIfExists(group);
      return true;
    } catch (FileSystemException busy) { // or a dead process is still being reaped
      return false;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** A group before those below it. */
  private static List<Path> withChildren(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(Files::isDirectory)
          .sorted(Comparator.comparingInt(Path::getNameCount))
          .toList();
    } catch (NoSuchFileException | UncheckedIOException goneMeanwhile) {
      return List.of();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void writeFreezer(boolean freeze) {
    Path directory = byController.get(unified ? "pids" : "freezer");
    if (directory == null) {
      return;
    }
    Path file = directory.resolve(unified ? "cgroup.freeze" : "freezer.state");
    String value = unified ? (freeze ? "1" : "0") : (freeze ? "FROZEN" : "THAWED");
    try {
      if (Files.exists(file)) {
        Files.writeString(file, value);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Version 1 may stay in FREEZING, when a process forks meanwhile, until it is told again. */
  private boolean rewriteFreezer() {
    if (!unified) {
      writeFreezer(true);
    }
    return false;
  }

  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file);
    } catch (IOException gone) {
      return List.of();
    }
  }

  private static boolean await(BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long pause = 50_000;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        return false;
      }
      LockSupport.parkNanos(pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    }
    return true;
  }
}
