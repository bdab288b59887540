package dev.flota.engine.image.pull;

import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.file.Path;

/**
 * A file that one thread writes and another reads at the same time: the reader waits at the end
 * until there is more. So a layer is unpacked while it is still coming, and a slow disk never holds
 * up the network.
 */
final class GrowingFile implements AutoCloseable {
  private final OutputStream out;
  private final Path path;
  private long written;
  private long read;
  private boolean complete;
  private boolean failed;

  GrowingFile(Path path) throws IOException {
    this.path = path;
    this.out = new FileOutputStream(path.toFile());
  }

  void write(byte[] buffer, int count) throws IOException {
    out.write(buffer, 0, count);
    synchronized (this) {
      written += count;
      notifyAll();
    }
  }

  /** Nothing more will come. */
  synchronized void complete() {
    complete = true;
    notifyAll();
  }

  /** Nothing more will come, and it is not all. */
  synchronized void fail() {
    failed = true;
    notifyAll();
  }

  /** Bytes the reader has got. */
  synchronized long read() {
    return read;
  }

  /** Opens the reader's end. */
  InputStream reader() throws IOException {
    return new Reader(new FileInputStream(path.toFile()));
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** Waits for bytes after {@code position}; false at the end. */
  private synchronized boolean await(long position) throws IOException {
    while (written <= position && !complete && !failed) {
      try {
        wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (InterruptedIOException) new InterruptedIOException("context canceled").initCause(e);
      }
    }
    if (failed) {
      throw new IncompleteException();
    }
    return written > position;
  }

  /** The writer failed: what the reader saw so far is of no use. */
  static final class IncompleteException extends IOException {
    private static final long serialVersionUID = 1L;

    IncompleteException() {
      super("download failed");
    }
  }

  private final class Reader extends InputStream {
    private final FileInputStream in;
    private long position;

    Reader(FileInputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (!await(position)) {
        return -1;
      }
      int count = in.read(buffer, offset, length);
      if (count > 0) {
        position += count;
        note(position);
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }

  private synchronized void note(long position) {
    read = position;
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
