package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Files on their way to another host, by GNU tar: with extended attributes, hard links, holes and
 * device nodes as they are. A list of what was sent makes it possible to send only the difference
 * later, deletions included ({@code tar --listed-incremental}).
 */
final class FileStream {
  private static final List<String> COMMON =
      List.of("--file=-", "--numeric-owner", "--acls", "--xattrs", "--xattrs-include=*");

  /** tar's status when a file changed while it was read; the next stream has it again. */
  private static final int CHANGED = 1;

  /** By how much a file's time may be behind the clock: more than its tick, which can come late. */
  private static final long TICK_SECONDS = 1;

  private FileStream() {}

  /** A tar at work; what it complains of is read by a thread of its own. */
  private record Tar(Process process, CompletableFuture<String> complaints)
      implements AutoCloseable {
    static Tar start(List<String> command) throws IOException {
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().put("LC_ALL", "C");
      Process process = builder.start();
      CompletableFuture<String> complaints = new CompletableFuture<>();
      Thread.ofVirtual().start(() -> complaints.completeAsync(() -> text(process), Runnable::run));
      return new Tar(process, complaints);
    }

    private static String text(Process process) {
      try {
        return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        return String.valueOf(e.getMessage());
      }
    }

    int await() {
      try {
        return process.waitFor();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw EngineException.system("the copying of files was cut short", e);
      }
    }

    EngineException failure(String what) {
      return EngineException.system("cannot " + what + ": " + complaints.join().strip());
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  /**
   * Writes files, or what of them has changed since the list was written.
   *
   * @param names below the directory; those that do not exist are left out
   * @param list what has been sent; made or brought up to date
   */
  static void send(Path directory, List<String> names, Path list, OutputStream to)
      throws IOException {
    create(directory, names, List.of("--listed-incremental=" + list), to);
    lookBack(list);
  }

  /**
   * tar takes a file for unchanged when its times are before the one at which tar began. What is
   * written in the same tick of the kernel's clock, after tar has read the file, has such a time.
   * (GNU tar's manual, "Format of the Incremental Snapshot Files": a line with the version, then
   * seconds and nanoseconds, each with a NUL.)
   */
  private static void lookBack(Path list) throws IOException {
    String content = Files.readString(list, StandardCharsets.ISO_8859_1);
    int begin = content.indexOf('\n') + 1;
    int end = content.indexOf('\0', begin);
    long seconds = Long.parseLong(content.substring(begin, end)) - TICK_SECONDS;
    Files.writeString(
        list,
        content.substring(0, begin) + seconds + content.substring(end),
        StandardCharsets.ISO_8859_1);
  }

  /** Writes all files of a directory, to be added to others. */
  static void sendAll(Path directory, OutputStream to) throws IOException {
    create(directory, List.of("."), List.of(), to);
  }

  private static void create(
      Path directory, List<String> names, List<String> options, OutputStream to)
      throws IOException {
    List<String> command = command("--create", directory);
    command.add("--sparse");
    command.add("--files-from=/dev/null"); // or tar refuses when there is nothing to send
    command.addAll(options);
    names.stream().filter(name -> Files.exists(directory.resolve(name))).forEach(command::add);
    try (Tar tar = Tar.start(command)) {
      tar.process().getOutputStream().close();
      tar.process().getInputStream().transferTo(to);
      int status = tar.await();
      if (status != 0 && status != CHANGED) {
        throw tar.failure("read the files in " + directory);
      }
    }
  }

  /** Makes the files here what a stream of {@link #send} says. */
  static void receive(Path directory, InputStream from) throws IOException {
    extract(directory, List.of("--listed-incremental=/dev/null"), from);
  }

  /** Adds the files of a stream of {@link #sendAll}. */
  static void receiveAll(Path directory, InputStream from) throws IOException {
    extract(directory, List.of(), from);
  }

  private static void extract(Path directory, List<String> options, InputStream from)
      throws IOException {
    List<String> command = command("--extract", directory);
    command.add("--preserve-permissions");
    command.addAll(options);
    try (Tar tar = Tar.start(command)) {
      OutputStream input = tar.process().getOutputStream();
      from.transferTo(input);
      input.close();
      if (tar.await() != 0) {
        throw tar.failure("write the files in " + directory);
      }
    }
  }

  private static List<String> command(String what, Path directory) {
    List<String> command = new ArrayList<>(List.of("tar", what));
    command.addAll(COMMON);
    command.add("--directory=" + directory);
    return command;
  }
}
