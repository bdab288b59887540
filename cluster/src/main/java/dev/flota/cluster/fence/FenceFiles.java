package dev.flota.cluster.fence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The daemon's side of the fencer's directory, {@code fence} in the daemon's run directory. What
 * lies there outlives the daemon and ends with the boot, as the containers do.
 *
 * <p>The order matters. A container is registered before its record in the ledger says that others
 * may take it over, and before it first runs here; it is unregistered after that was taken back.
 * The lease is renewed only when the ledger's majority has confirmed it, and counts from before it
 * was asked. A container with a marker is fenced whatever it looks like: it must be ended here, not
 * restarted by its policy; then the marker is cleared.
 */
public final class FenceFiles {
  private static final Logger LOGGER = LoggerFactory.getLogger(FenceFiles.class);
  private static final String FENCER = "flota-fencer";
  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}");
  private static final Pattern MARKER = Pattern.compile("boot (\\d+)\ntime (\\d+)\n");

  private final Path lease;
  private final Path containers;
  private final Path fenced;
  private final Path lock;

  private FenceFiles(Path directory) {
    lease = directory.resolve("lease");
    containers = directory.resolve("containers");
    fenced = directory.resolve("fenced");
    lock = directory.resolve("lock");
  }

  /** Makes the directory {@code fence} in {@code runDir} unless the fencer did. */
  public static FenceFiles in(Path runDir) {
    FenceFiles files = new FenceFiles(runDir.resolve("fence"));
    try {
      Files.createDirectories(runDir);
      for (Path each : List.of(runDir.resolve("fence"), files.containers, files.fenced)) {
        Files.createDirectories(
            each,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return files;
  }

  /**
   * The fencer's process, if one is at work. Without it this host must not promise that its
   * containers stop.
   */
  public Optional<Long> fencer() {
    try {
      long process = Long.parseLong(Files.readString(lock).strip());
      String name = Files.readString(Path.of("/proc/" + process + "/comm")).strip();
      return name.equals(FENCER) ? Optional.of(process) : Optional.empty();
    } catch (IOException | NumberFormatException none) {
      return Optional.empty();
    }
  }

  /**
   * From now on this host's registered containers may run until then.
   *
   * @param deadline on the {@linkplain dev.flota.engine.linux.BootClock boot clock}
   */
  public void renew(Duration deadline) {
    put(lease, deadline.toMillis() + "\n");
  }

  /** The deadline in force; empty when this host is in no fleet. */
  public Optional<Duration> deadline() {
    try {
      return Optional.of(Duration.ofMillis(Long.parseLong(Files.readString(lease).strip())));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** This host is in no fleet any more: nothing of it is ever fenced. */
  public void leave() {
    delete(lease);
    names(containers).forEach(this::unregister);
    names(fenced).forEach(this::clear);
  }

  /**
   * Others may take this container over when the lease has run out.
   *
   * @param cgroup its control group as OCI runtimes take it, {@code /flota/ID}; it need not exist
   *     yet
   */
  public void register(String id, String cgroup) {
    boolean ownGroup = cgroup.startsWith("/") && cgroup.endsWith("/" + checked(id));
    if (!ownGroup || cgroup.contains("..") || cgroup.indexOf('\n') >= 0) {
      throw new IllegalArgumentException("not the control group of " + id + ": " + cgroup);
    }
    put(containers.resolve(id), cgroup + "\n");
  }

  /** Nobody else may take this container over any more; the fencer leaves it alone. */
  public void unregister(String id) {
    delete(containers.resolve(checked(id)));
  }

  /** The control groups of the registered containers by their ids, in order. */
  public Map<String, String> registered() {
    Map<String, String> groups = new TreeMap<>();
    for (String id : names(containers)) {
      try {
        groups.put(id, Files.readString(containers.resolve(id)).strip());
      } catch (NoSuchFileException gone) {
        LOGGER.debug("{} is not registered any more", id, gone);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
    return groups;
  }

  /** What the fencer stopped and {@link #clear} did not clear, in the order of their ids. */
  public List<Fenced> fenced() {
    List<Fenced> all = new ArrayList<>();
    for (String id : names(fenced)) {
      fenced(id).ifPresent(all::add);
    }
    return all;
  }

  /** Whether and when the fencer stopped this container. */
  public Optional<Fenced> fenced(String id) {
    String text;
    try {
      text = Files.readString(fenced.resolve(checked(id)));
    } catch (NoSuchFileException none) {
      return Optional.empty();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return Optional.of(parse(id, text));
  }

  /** That a container was fenced must not be forgotten because of how its marker looks. */
  private static Fenced parse(String id, String text) {
    Matcher marker = MARKER.matcher(text);
    if (!marker.matches()) {
      LOGGER.warn("the fencer's marker of {} is not whole: {}", id, text);
      return new Fenced(id, Duration.ZERO, Instant.EPOCH);
    }
    return new Fenced(
        id,
        Duration.ofMillis(Long.parseLong(marker.group(1))),
        Instant.ofEpochSecond(Long.parseLong(marker.group(2))));
  }

  /** The daemon has dealt with it. */
  public void clear(String id) {
    delete(fenced.resolve(checked(id)));
  }

  /** Ids end up in paths. */
  private static String checked(String id) {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("not the id of a container: " + id);
    }
    return id;
  }

  /** Files that are being written begin with a dot. */
  private static List<String> names(Path directory) {
    try (Stream<Path> entries = Files.list(directory)) {
      TreeSet<String> names = new TreeSet<>();
      entries
          .map(entry -> entry.getFileName().toString())
          .filter(name -> ID.matcher(name).matches())
          .forEach(names::add);
      return List.copyOf(names);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Whole or not at all. It need not outlive the boot, so nothing waits for a disk. */
  private static void put(Path file, String text) {
    Path half = file.resolveSibling("." + file.getFileName());
    try {
      Files.writeString(half, text);
      Files.move(half, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (FileSystemException failure) {
      throw new UncheckedIOException("write " + file, failure);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
