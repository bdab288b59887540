package dev.flota.engine.linux;

import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** An anonymous pipe. */
public final class Pipe implements AutoCloseable {
  private final Descriptor readEnd;
  private final Descriptor writeEnd;

  private Pipe(Descriptor readEnd, Descriptor writeEnd) {
    this.readEnd = readEnd;
    this.writeEnd = writeEnd;
  }

  /** A new pipe. */
  public static Pipe open() {
    int[] ends = new int[2];
    if (LibC.pipe2(ends, Open.CLOSE_ON_EXEC) < 0) {
      throw LinuxException.last("pipe");
    }
    return new Pipe(new Descriptor(ends[0]), new Descriptor(ends[1]));
  }

  /** Where to read. */
  public Descriptor readEnd() {
    return readEnd;
  }

  /** Where to write. */
  public Descriptor writeEnd() {
    return writeEnd;
  }

  /** Writes a few bytes. */
  public void write(String text) {
    writeEnd.write(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * What can be read next, waiting for it.
   *
   * @return empty at the end
   * @throws LinuxException with {@link Errno#EAGAIN} when nothing came for so long
   */
  public byte[] read(int size, Duration patience) {
    return readEnd.read(size, patience);
  }

  @Override
  public void close() {
    readEnd.close();
    writeEnd.close();
  }
}
