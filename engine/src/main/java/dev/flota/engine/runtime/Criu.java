package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.ForeignSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The criu program, found on the PATH: {@code man 8 criu}. */
final class Criu {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Duration PUSH_EVERY = Duration.ofMillis(5);

  /**
   * So long the other host may be silent that sends or gets memory; others take it for lost too.
   */
  private static final Duration SILENCE = Duration.ofSeconds(20);

  private static final int WORDS = 3;

  /** A zero byte on standard output once it is ready. */
  private static final List<String> TELL_WHEN_READY = List.of("--status-fd", "1");

  private static final int READY = 0;

  /** Long enough for a large file that was deleted and is open still. */
  private static final String GHOST_LIMIT = "16G";

  private Criu() {}

  /**
   * What a dump needs to know.
   *
   * @param pid of the container's first process, frozen with all others unless only memory is
   *     written
   * @param root its root file system as the host sees it
   * @param externals {@code mnt[…]:key} and {@code net[…]:key}: what is not part of the images
   * @param freezer the directory of its frozen control group
   * @param images an empty directory
   * @param work a directory for the log
   */
  record Dump(int pid, Path root, List<String> externals, Path freezer, Path images, Path work) {

    List<String> arguments(String command) {
      List<String> arguments = new ArrayList<>(List.of(command, "--tree", Integer.toString(pid)));
      arguments.addAll(List.of("--images-dir", images.toString(), "--work-dir", work.toString()));
      arguments.addAll(List.of("--log-file", "dump.log", "-v2", "--root", root.toString()));
      externals.forEach(external -> arguments.addAll(List.of("--external", external)));
      arguments.addAll(List.of("--freeze-cgroup", freezer.toString()));
      arguments.addAll(List.of("--manage-cgroups=soft", "--leave-running"));
      arguments.addAll(List.of("--tcp-established", "--skip-in-flight", "--network-lock", "skip"));
      arguments.addAll(List.of("--file-locks", "--ext-unix-sk", "--link-remap"));
      arguments.add("--shell-job"); // conmon has the other end of a terminal
      arguments.addAll(List.of("--ghost-limit", GHOST_LIMIT));
      return arguments;
    }
  }

  /**
   * Sends the memory and, in the last round, writes the images; the processes stay as they are.
   *
   * @param parent options that tell of the round before
   * @return bytes of memory that were sent
   * @throws EngineException SYSTEM with criu's own words
   */
  static long dump(Dump dump, Pages.Sent pages, List<String> parent) {
    String command = pages.round().last() ? "dump" : "pre-dump";
    List<String> arguments = dump.arguments(command);
    arguments.addAll(parent);
    if (!pages.round().equals(Round.ONLY)) {
      arguments.add("--track-mem");
    }
    arguments.add("--page-server");
    arguments.addAll(pages.transport().asking(pages.to()));
    run(dump, arguments, process -> awaitEnd(process, pages.to().port()));
    return DumpStatistics.read(dump.work()).bytesWritten();
  }

  /** Writes the images with all of the memory; the processes stay as they are. */
  static void dump(Dump dump) {
    run(dump, dump.arguments("dump"), Criu::awaitEnd);
  }

  private interface Wait {
    void until(Process ended) throws InterruptedException;
  }

  private static void run(Dump dump, List<String> arguments, Wait wait) {
    Process process = start(arguments, dump.work().resolve("dump.out"));
    try {
      wait.until(process);
      if (process.exitValue() != 0) {
        throw failed(arguments.getFirst(), dump.work().resolve("dump.log"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw EngineException.system("the dump was cut short", e);
    } finally {
      process.destroyForcibly();
    }
  }

  private static void awaitEnd(Process process) throws InterruptedException {
    if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
      throw EngineException.system("criu does not come to an end");
    }
  }

  /**
   * criu corks its connection to the page server and never uncorks it: without a push from outside
   * its last message, which it waits to be answered, leaves after the kernel's 200 ms.
   */
  private static void awaitEnd(Process process, int port) throws InterruptedException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    @Nullable ForeignSocket connection = null;
    try {
      while (!process.waitFor(PUSH_EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        if (System.nanoTime() > end) {
          throw EngineException.system("criu does not come to an end");
        }
        if (connection == null) {
          connection = limited(process.pid(), port);
        }
        if (connection != null) {
          connection.push();
        }
      }
    } catch (IOException e) {
      throw notFound(e);
    } finally {
      if (connection != null) {
        connection.close();
      }
    }
  }

  /**
   * Writes images without most of the memory, which is kept for the one who restores them. The
   * process that keeps it goes on for itself.
   *
   * @return where the memory is to be had
   */
  static PageTransport.Place dump(Dump dump, Pages.Kept pages) {
    PageTransport.Place place = pages.transport().free();
    List<String> arguments = dump.arguments("dump");
    arguments.add("--lazy-pages");
    arguments.addAll(pages.transport().serving(place));
    arguments.addAll(TELL_WHEN_READY);
    Process keeper = start(arguments);
    awaitReady(keeper, "dump", dump.work().resolve("dump.log"));
    try (ForeignSocket socket =
        ForeignSocket.listening((int) keeper.pid(), place.port()).orElseThrow()) {
      socket.endAfter(SILENCE);
    } catch (IOException | NoSuchElementException e) {
      throw EngineException.system("criu does not wait for who wants the memory", e);
    }
    return place;
  }

  /**
   * Takes the memory of a container that is dumped elsewhere into its images.
   *
   * @param parent options that tell of the round before; what comes anew is dropped there
   * @return the process, which ends when it has all, and where the memory is to be sent
   */
  static PageServer receive(PageTransport transport, Path images, List<String> parent, Path log) {
    PageTransport.Place place = transport.free();
    List<String> arguments = new ArrayList<>(List.of("page-server"));
    arguments.addAll(List.of("--images-dir", images.toString(), "--log-file", log.toString()));
    arguments.add("-v2");
    if (!parent.isEmpty()) {
      arguments.addAll(parent);
      arguments.add("--auto-dedup");
    }
    arguments.addAll(transport.serving(place));
    arguments.addAll(TELL_WHEN_READY);
    Process process = start(arguments);
    awaitReady(process, "page-server", log);
    return new PageServer(process, place);
  }

  /** Takes in the memory of a container. */
  record PageServer(Process process, PageTransport.Place place) {}

  /**
   * Brings memory from another host to a container that is restored here, as it is needed and in
   * its own time. Goes on for itself; when it cannot bring all, it ends the container: what is
   * missing would be read as zeros.
   *
   * @param work directory of the restore
   * @param main a file that has the number of the container's first process, once there is one
   * @return ends with another status than 0 when it fails before there is one
   */
  static Process fetch(
      PageTransport transport, PageTransport.Place from, Path images, Path work, Path main) {
    List<String> arguments = new ArrayList<>(List.of("lazy-pages", "--page-server"));
    arguments.addAll(List.of("--images-dir", images.toString(), "--work-dir", work.toString()));
    Path log = fetchLog(work);
    arguments.addAll(List.of("--log-file", log.toString(), "-v2"));
    arguments.addAll(transport.asking(from));
    arguments.addAll(TELL_WHEN_READY);
    List<String> command =
        new ArrayList<>(
            List.of("sh", "-c", "criu \"$@\" || kill -9 \"$(cat " + main + ")\"", "lazy-pages"));
    command.addAll(arguments);
    Process fetcher = launch(command, null);
    awaitReady(fetcher, "lazy-pages", log);
    return fetcher;
  }

  /** Sees to it that a process that {@link #fetch} started ends when it hears nothing any more. */
  static void limitSilence(ProcessHandle fetcher, PageTransport.Place from) {
    boolean limited = false;
    while (!limited && fetcher.isAlive()) {
      try (ForeignSocket connection = limited(fetcher.pid(), from.port())) {
        limited = connection != null;
      } catch (IOException e) {
        throw notFound(e);
      }
      if (!limited) {
        LockSupport.parkNanos(PUSH_EVERY.toNanos()); // it connects after the restore has begun
      }
    }
  }

  /** A process's connection, which ends after a silence from now on; null while it has none. */
  private static @Nullable ForeignSocket limited(long pid, int port) throws IOException {
    ForeignSocket connection = ForeignSocket.connected((int) pid, port).orElse(null);
    if (connection != null) {
      connection.endAfter(SILENCE);
    }
    return connection;
  }

  private static EngineException notFound(IOException failure) {
    return EngineException.system(
        "criu's connection cannot be found: " + failure.getMessage(), failure);
  }

  /** Where {@link #fetch} writes how it goes on. */
  static Path fetchLog(Path work) {
    return work.resolve("lazy.log");
  }

  private static void awaitReady(Process process, String what, Path log) {
    try {
      if (process.getInputStream().read() != READY) {
        process.destroyForcibly();
        throw failed(what, log);
      }
    } catch (IOException e) {
      process.destroyForcibly();
      throw EngineException.system("criu cannot be heard: " + e.getMessage(), e);
    }
  }

  private static EngineException failed(String what, Path log) {
    return EngineException.system("criu %s failed: %s".formatted(what, reason(log)));
  }

  private static Process start(List<String> arguments) {
    return start(arguments, null);
  }

  private static Process start(List<String> arguments, @Nullable Path output) {
    List<String> command = new ArrayList<>(List.of("criu"));
    command.addAll(arguments);
    return launch(command, output);
  }

  /** In a session of its own, so that it outlives the daemon and its terminal. */
  private static Process launch(List<String> command, @Nullable Path output) {
    List<String> all = new ArrayList<>(List.of("setsid"));
    all.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(all);
    if (output == null) {
      builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    } else {
      builder.redirectErrorStream(true).redirectOutput(output.toFile());
    }
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return process;
    } catch (IOException e) {
      throw EngineException.system("cannot run criu: " + e.getMessage(), e);
    }
  }

  /** Why criu failed, as its log tells. */
  static String reason(Path log) {
    try {
      String errors = errors(log);
      return errors.isEmpty() ? "without a word, see " + log : errors;
    } catch (UncheckedIOException none) {
      return "before it began to write " + log;
    }
  }

  /**
   * The errors of a log of criu's, the first ones tell most; empty when it tells of none.
   *
   * @throws UncheckedIOException when it cannot be read
   */
  static String errors(Path log) {
    try (var lines = Files.lines(log, StandardCharsets.ISO_8859_1)) {
      return lines
          .filter(line -> line.contains("Error ("))
          .map(line -> line.substring(line.indexOf("): ") + 3))
          .limit(WORDS)
          .collect(Collectors.joining("; "));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
