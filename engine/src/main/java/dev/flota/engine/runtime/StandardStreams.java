package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.ForeignPipe;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The pipes between a frozen container's main process and its conmon. What is in them is no part of
 * criu's images: output has to be in the log before that is sent, input that nobody has read comes
 * along beside the images. A terminal has no pipes.
 */
final class StandardStreams implements AutoCloseable {
  private static final String FILE = "input.json";
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** When the pipe is fuller than this, conmon may have kept back some more. */
  private static final int LARGEST_INPUT = 15 << 16;

  private static final long LOOK_NANOS = Duration.ofMillis(1).toNanos();

  private final int conmon;
  private final Optional<ForeignPipe> input;
  private final List<ForeignPipe> outputs;

  /**
   * Input that comes along.
   *
   * @param ended whether no more will come
   */
  @SuppressWarnings("ArrayRecordComponent") // bytes on their way; never compared
  record Input(byte[] unread, boolean ended) {

    /** Keeps it beside the images. */
    void write(Path images) {
      FileTree.write(images.resolve(FILE), this);
    }

    /** What was kept beside the images. */
    static Input read(Path images) {
      return FileTree.read(images.resolve(FILE), Input.class);
    }
  }

  StandardStreams(RunningProcesses processes) {
    int main = processes.main().pid();
    conmon = processes.conmon().pid();
    input = ForeignPipe.of(main, 0);
    outputs = IntStream.of(1, 2).boxed().flatMap(fd -> ForeignPipe.of(main, fd).stream()).toList();
  }

  /**
   * Returns when conmon has passed on all that it was given, and has written down all that the
   * process has said. The process is frozen, and nobody gives conmon more.
   *
   * @return what is left for the process to read
   */
  Input settle() {
    input.ifPresent(ForeignPipe::enlarge);
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!settled()) {
      if (System.nanoTime() > end) {
        throw EngineException.system("conmon does not come to rest");
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
    return input.map(this::unread).orElseGet(() -> new Input(new byte[0], false));
  }

  private Input unread(ForeignPipe pipe) {
    byte[] content = pipe.content();
    if (content.length > LARGEST_INPUT) {
      throw EngineException.conflict(
          "its process does not read its input, of which more has come than can be kept for it");
    }
    return new Input(content, !conmonHas().contains(pipe.name()));
  }

  /**
   * conmon does one thing after the other and sleeps only when there is nothing to do. So it has
   * dealt with what was there before it was seen asleep.
   */
  private boolean settled() {
    Set<String> conmons = conmonHas();
    return outputs.stream().allMatch(pipe -> pipe.isEmpty() || !conmons.contains(pipe.name()))
        && isAsleep();
  }

  private boolean isAsleep() {
    try {
      String status =
          Files.readString(Path.of("/proc/" + conmon + "/stat"), StandardCharsets.ISO_8859_1);
      return status.charAt(status.lastIndexOf(')') + 2) == 'S';
    } catch (IOException e) {
      throw new UncheckedIOException("conmon has ended", e);
    }
  }

  private Set<String> conmonHas() {
    Set<String> names = new HashSet<>();
    try (Stream<Path> open = Files.list(Path.of("/proc/" + conmon + "/fd"))) {
      for (Path each : open.toList()) {
        names.add(Files.readSymbolicLink(each).toString());
      }
      return names;
    } catch (IOException e) {
      throw new UncheckedIOException("conmon has ended", e);
    }
  }

  /** Gives the process what nobody had read where it was before. */
  void give(Input unread) {
    if (unread.unread().length > 0) {
      input.ifPresent(pipe -> pipe.write(unread.unread()));
    }
  }

  @Override
  public void close() {
    input.ifPresent(ForeignPipe::close);
    outputs.forEach(ForeignPipe::close);
  }
}
