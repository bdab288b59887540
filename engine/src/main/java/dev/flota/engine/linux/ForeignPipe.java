package dev.flota.engine.linux;

import com.sun.jna.NativeLong;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A pipe between other processes, looked at without taking anything out of it. */
public final class ForeignPipe implements AutoCloseable {
  private static final int SET_PIPE_SIZE = 1031;
  private static final int SPLICE_NON_BLOCKING = 2;

  /** As large as any user may make one. */
  private static final int ROOM = 1 << 20;

  private final Path path;
  private final Descriptor readEnd;

  private ForeignPipe(Path path, Descriptor readEnd) {
    this.path = path;
    this.readEnd = readEnd;
  }

  /**
   * The pipe that a process has under a number; empty when that is no pipe.
   *
   * @throws LinuxException with {@link Errno#ENOENT} when it has nothing there
   */
  public static Optional<ForeignPipe> of(int pid, int number) {
    Path path = Path.of("/proc/" + pid + "/fd/" + number);
    if (name(path).filter(name -> name.startsWith("pipe:")).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new ForeignPipe(path, Descriptor.open(path, Open.READ_ONLY | Open.NON_BLOCKING, 0)));
  }

  private static Optional<String> name(Path path) {
    try {
      return Optional.of(Files.readSymbolicLink(path).toString());
    } catch (IOException closedMeanwhile) {
      return Optional.empty();
    }
  }

  /** What the kernel calls it, {@code pipe:[123]}. */
  public String name() {
    return name(readEnd.path()).orElseThrow();
  }

  /** Whether all was read. */
  public boolean isEmpty() {
    return !readEnd.awaitReadable(Duration.ZERO);
  }

  /** Gives it so much room that no writer should have to wait. */
  public void enlarge() {
    enlarge(readEnd);
  }

  private static void enlarge(Descriptor pipe) {
    if (LibC.fcntl(pipe.number(), SET_PIPE_SIZE, ROOM) < 0) {
      throw LinuxException.last("F_SETPIPE_SZ");
    }
  }

  /** A copy of what nobody has read yet. */
  public byte[] content() {
    if (isEmpty()) {
      return new byte[0];
    }
    try (Pipe copy = Pipe.open()) {
      enlarge(copy.readEnd());
      long left =
          LibC.tee(
                  readEnd.number(),
                  copy.writeEnd().number(),
                  new NativeLong(ROOM),
                  SPLICE_NON_BLOCKING)
              .longValue();
      if (left < 0) {
        throw LinuxException.last("tee");
      }
      ByteArrayOutputStream content = new ByteArrayOutputStream();
      while (content.size() < left) {
        content.writeBytes(copy.read((int) left - content.size(), Duration.ZERO));
      }
      return content.toByteArray();
    }
  }

  /** Writes into it, all at once. */
  public void write(byte[] bytes) {
    enlarge();
    try (Descriptor writeEnd = Descriptor.open(path, Open.WRITE_ONLY | Open.NON_BLOCKING, 0)) {
      writeEnd.write(bytes);
    }
  }

  @Override
  public void close() {
    readEnd.close();
  }
}
