package dev.flota.engine.network;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A network namespace that is kept alive by a file it is mounted on (as {@code ip netns} does), so
 * that it exists before the container's first process and the OCI runtime can be told its path.
 */
final class NetworkNamespace {
  private static final String OWN = "/proc/thread-self/ns/net";
  private static final Path SYSCTL = Path.of("/proc/sys/net");

  private NetworkNamespace() {}

  /** What is done in a new namespace, by a thread that is in it. */
  interface Setup {
    void run(int namespace);
  }

  /**
   * Makes a namespace with {@code lo} up and Docker's settings, mounts it on {@code file} and lets
   * {@code setup} work in it. Whatever fails, nothing is left.
   *
   * @param setup gets the namespace's descriptor, open while it runs
   */
  static void create(Path file, Setup setup) {
    FutureTask<Void> task =
        new FutureTask<>(
            () -> {
              enterNew(file, setup);
              return null;
            });
    run(file, task);
  }

  /**
   * Lets {@code setup} work in a namespace that was made before.
   *
   * @param setup gets the namespace's descriptor, open while it runs
   */
  static void enter(Path file, Setup setup) {
    run(
        file,
        new FutureTask<>(
            () -> {
              int descriptor =
                  SystemCalls.open(file.toString(), SystemCalls.O_RDONLY | SystemCalls.O_CLOEXEC);
              try {
                SystemCalls.setns(descriptor, SystemCalls.CLONE_NEWNET);
                setup.run(descriptor);
              } finally {
                SystemCalls.close(descriptor);
              }
              return null;
            }));
  }

  private static void run(Path file, FutureTask<Void> task) {
    // The thread is lost to everything else once it has left the host's namespace.
    Thread.ofPlatform().name("netns-" + file.getFileName()).start(task);
    join(task);
  }

  private static void join(FutureTask<Void> task) {
    boolean interrupted = false;
    while (true) {
      try {
        task.get();
        break;
      } catch (InterruptedException e) {
        interrupted = true; // half a namespace is worse than a late answer
      } catch (ExecutionException | CancellationException e) {
        throw failure(e);
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private static RuntimeException failure(Exception failed) {
    Throwable cause = failed.getCause() == null ? failed : failed.getCause();
    return cause instanceof EngineException known
        ? known
        : EngineException.system("cannot create a network namespace: " + cause.getMessage(), cause);
  }

  private static void enterNew(Path file, Setup setup) throws IOException {
    SystemCalls.unshare(SystemCalls.CLONE_NEWNET);
    Files.createFile(file);
    try {
      mount(OWN, file, SystemCalls.MS_BIND);
      configure();
      int descriptor = SystemCalls.open(OWN, SystemCalls.O_RDONLY | SystemCalls.O_CLOEXEC);
      try {
        setup.run(descriptor);
      } finally {
        SystemCalls.close(descriptor);
      }
    } catch (RuntimeException | IOException e) {
      delete(file);
      throw e;
    }
  }

  private static void configure() throws IOException {
    // Any process may listen on port 80 and ping, as in Docker; no link-local IPv6 on interfaces.
    set("ipv4/ip_unprivileged_port_start", "0");
    set("ipv4/ping_group_range", "0 2147483647");
    set("ipv6/conf/default/disable_ipv6", "1");
    try (Links links = Links.open()) {
      links.up(Links.LOOPBACK);
    }
  }

  private static void set(String name, String value) throws IOException {
    Path file = SYSCTL.resolve(name);
    if (Files.exists(file)) { // not every kernel has each
      Files.writeString(file, value, StandardOpenOption.WRITE);
    }
  }

  /** Keeps a namespace until the descriptor is closed, also when it is deleted. */
  static OptionalInt hold(Path file) {
    try {
      return OptionalInt.of(
          SystemCalls.open(file.toString(), SystemCalls.O_RDONLY | SystemCalls.O_CLOEXEC));
    } catch (LastErrorException e) {
      if (e.getErrorCode() == SystemCalls.ENOENT) {
        return OptionalInt.empty();
      }
      throw EngineException.system("cannot open " + file + ": " + e.getMessage(), e);
    }
  }

  /** Lets a namespace go; it ends when no process is left in it. Harmless when there is none. */
  static void delete(Path file) {
    try {
      SystemCalls.umount2(file.toString(), SystemCalls.MNT_DETACH);
    } catch (LastErrorException e) {
      boolean nothingMounted =
          e.getErrorCode() == SystemCalls.EINVAL || e.getErrorCode() == SystemCalls.ENOENT;
      if (!nothingMounted) {
        throw EngineException.system("cannot unmount " + file + ": " + e.getMessage(), e);
      }
    }
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Makes the directory for such files, its own mount whose unmounts reach the mount namespaces
   * that copied it: otherwise a copy would keep each namespace alive.
   */
  static void prepare(Path directory) {
    try {
      Files.createDirectories(directory);
      if (!isMountPoint(directory)) {
        mount(directory.toString(), directory, SystemCalls.MS_BIND);
        mount("none", directory, SystemCalls.MS_SHARED);
      }
    } catch (IOException | LastErrorException e) {
      throw EngineException.system("cannot prepare " + directory + ": " + e.getMessage(), e);
    }
  }

  private static boolean isMountPoint(Path directory) throws IOException {
    String wanted = directory.toRealPath().toString();
    try (var lines = Files.lines(Path.of("/proc/thread-self/mountinfo"))) {
      return lines.anyMatch(line -> line.split(" ", -1)[4].equals(wanted));
    }
  }

  private static void mount(String source, Path target, long flags) {
    SystemCalls.mount(source, target.toString(), null, new NativeLong(flags), null);
  }
}
