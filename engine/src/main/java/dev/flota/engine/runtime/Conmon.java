package dev.flota.engine.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.linux.ChildProcess;
import dev.flota.engine.linux.Descriptor;
import dev.flota.engine.linux.Errno;
import dev.flota.engine.linux.LinuxException;
import dev.flota.engine.linux.Open;
import dev.flota.engine.linux.Pipe;
import dev.flota.engine.linux.Spawn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts conmon, which runs the OCI runtime, keeps the container's streams, logs them, serves the
 * attach socket and writes down the exit code. It makes itself independent of this process: a
 * session of its own, no descriptor of ours but the sync pipe, which it may lose. It stays in this
 * process's control group.
 *
 * <p>The sync pipe carries one JSON line per message (conmon's {@code --api-version 1}): {@code
 * {"data": PID}}, or {@code {"data": -1, "message": "…"}} with the runtime's own words; for an exec
 * a second line with the exit code.
 */
final class Conmon {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int SYNC = 3;
  private static final int START = 4;
  private static final int ATTACH = 5;
  private static final int CHUNK = 16 << 10;

  private final Path executable;

  Conmon(Path executable) {
    this.executable = executable;
  }

  /** What conmon told: the pid, or why there is none. */
  record Report(int pid, String message) {}

  /**
   * Runs {@code create} and waits until the runtime is done.
   *
   * @throws EngineException SYSTEM: conmon itself failed
   */
  Report create(List<String> arguments) {
    try (Pipe sync = Pipe.open();
        Pipe errors = Pipe.open()) {
      start(arguments, Map.of("_OCI_SYNCPIPE", SYNC), Map.of(SYNC, sync.writeEnd()), errors);
      sync.writeEnd().close();
      return report(new Lines(sync), errors);
    }
  }

  /**
   * Runs {@code exec} without a client.
   *
   * @return what to report; the pipe of the exit code is open if there is a pid
   */
  Started exec(List<String> arguments) {
    Pipe sync = Pipe.open();
    try (Pipe errors = Pipe.open()) {
      start(arguments, Map.of("_OCI_SYNCPIPE", SYNC), Map.of(SYNC, sync.writeEnd()), errors);
      sync.writeEnd().close();
      Lines lines = new Lines(sync);
      return started(report(lines, errors), lines);
    } catch (RuntimeException failure) {
      sync.close();
      throw failure;
    }
  }

  /**
   * Runs {@code exec}, and {@code attach} when the attach socket is there and before the process
   * starts, so that nothing it says is lost.
   */
  Started exec(List<String> arguments, Runnable attach) {
    Pipe sync = Pipe.open();
    try (Pipe errors = Pipe.open();
        Pipe begin = Pipe.open();
        Pipe attachable = Pipe.open()) {
      begin.write("0"); // conmon waits for one go-ahead before it does anything
      start(
          arguments,
          Map.of("_OCI_SYNCPIPE", SYNC, "_OCI_STARTPIPE", START, "_OCI_ATTACHPIPE", ATTACH),
          Map.of(SYNC, sync.writeEnd(), START, begin.readEnd(), ATTACH, attachable.writeEnd()),
          errors);
      sync.writeEnd().close();
      attachable.writeEnd().close();
      if (new Lines(attachable).next(PATIENCE).isPresent()) {
        attach.run();
        begin.write("0"); // and for another one before it starts the process
      }
      Lines lines = new Lines(sync);
      return started(report(lines, errors), lines);
    } catch (RuntimeException failure) {
      sync.close();
      throw failure;
    }
  }

  private static Started started(Report report, Lines lines) {
    if (report.pid() <= 0) {
      lines.close();
    }
    return new Started(report, lines);
  }

  /** An exec's report and the pipe on which its exit code comes. */
  record Started(Report report, Lines sync) {}

  private void start(
      List<String> arguments,
      Map<String, Integer> pipes,
      Map<Integer, Descriptor> descriptors,
      Pipe errors) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    environment.put("TZ", "UTC");
    pipes.forEach((name, number) -> environment.put(name, number.toString()));
    Spawn spawn = Spawn.of(executable, arguments).environment(environment).newSession();
    descriptors.forEach(spawn::descriptor);
    ChildProcess parent = spawn.descriptor(2, errors.writeEnd()).start();
    errors.writeEnd().close();
    parent.await(); // it forks the real one and ends at once
  }

  private static Report report(Lines lines, Pipe errors) {
    Optional<JsonNode> message = lines.next(PATIENCE);
    if (message.isPresent()) {
      JsonNode json = message.get();
      return new Report(json.path("data").asInt(), json.path("message").asText(""));
    }
    String words = text(errors);
    return new Report(-1, words.isEmpty() ? "the runtime failed without a word" : words);
  }

  private static String text(Pipe pipe) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    byte[] part = pipe.read(CHUNK, PATIENCE);
    while (part.length > 0) {
      all.writeBytes(part);
      part = pipe.read(CHUNK, PATIENCE);
    }
    return all.toString(StandardCharsets.UTF_8).strip();
  }

  /** JSON lines from a pipe. */
  static final class Lines implements AutoCloseable {
    private final Pipe pipe;
    private final StringBuilder pending = new StringBuilder();

    Lines(Pipe pipe) {
      this.pipe = pipe;
    }

    /** To be watched. */
    Descriptor descriptor() {
      return pipe.readEnd();
    }

    /** The next line; empty at the end. */
    Optional<JsonNode> next(Duration patience) {
      int end = pending.indexOf("\n");
      while (end < 0) {
        byte[] part = pipe.read(CHUNK, patience);
        if (part.length == 0) {
          return Optional.empty();
        }
        pending.append(new String(part, StandardCharsets.UTF_8));
        end = pending.indexOf("\n");
      }
      String line = pending.substring(0, end);
      pending.delete(0, end + 1);
      return Optional.of(parse(line));
    }

    private static JsonNode parse(String line) {
      try {
        return Json.PLAIN.readTree(line);
      } catch (IOException malformed) {
        throw new UncheckedIOException(malformed);
      }
    }

    @Override
    public void close() {
      pipe.close();
    }
  }

  /**
   * Tells a running conmon the terminal's new size.
   *
   * @param bundle the directory it was given
   */
  static void resize(Path bundle, int rows, int columns) {
    control(bundle, "1 " + rows + " " + columns + "\n");
  }

  private static void control(Path bundle, String line) {
    Path fifo = bundle.resolve("ctl");
    if (!Files.exists(fifo)) {
      return;
    }
    try (Descriptor control = Descriptor.open(fifo, Open.WRITE_ONLY | Open.NON_BLOCKING, 0)) {
      control.write(line.getBytes(StandardCharsets.US_ASCII));
    } catch (LinuxException failure) {
      if (failure.errno() != Errno.ENXIO && failure.errno() != Errno.ENOENT) { // conmon is gone
        throw failure;
      }
    }
  }

  /** Arguments that a container and an exec have in common. */
  static List<String> commonArguments(Path runtime, Path root, String id, Path bundle) {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(List.of("--api-version", "1", "-c", id, "-r", runtime.toString()));
    arguments.addAll(List.of("-b", bundle.toString(), "-p", bundle.resolve("pid").toString()));
    arguments.addAll(List.of("-P", bundle.resolve("conmon.pid").toString()));
    arguments.addAll(List.of("--full-attach", "--log-level", "error", "--no-sync-log"));
    arguments.addAll(List.of("--runtime-arg=--root", "--runtime-arg=" + root));
    return arguments;
  }
}
