package dev.flota.engine.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to the standard streams of a container or an exec. Several may exist at once; each
 * sees all output from the moment it was opened. Safe for use by several threads.
 */
public interface Attachment extends AutoCloseable {

  /** Standard output, and all output of a terminal. */
  int STDOUT = 1;

  /** Standard error. */
  int STDERR = 2;

  /** Called on the one thread that serves all attachments: no method may block. */
  interface Listener {
    /**
     * Output.
     *
     * @param stream {@link #STDOUT} or {@link #STDERR}
     * @param data the receiver's to keep
     */
    void onData(int stream, byte[] data);

    /** {@link #tryWrite} refused before and would take bytes now. */
    default void onWritable() {}

    /**
     * No more output will come: the process ended, or the attachment was closed, or it failed.
     *
     * @param failure what went wrong, {@code null} at a regular end
     */
    void onEnd(@Nullable IOException failure);
  }

  /**
   * Sends as many bytes to the standard input as are taken without waiting, advancing the buffer's
   * position. If some remain, {@link Listener#onWritable} is called once when it is worth to go on.
   *
   * @return whether all bytes were taken
   * @throws IOException the process is gone
   */
  boolean tryWrite(ByteBuffer data) throws IOException;

  /**
   * Sends all bytes to the standard input, waiting as long as it takes.
   *
   * @throws IOException the process is gone
   */
  void write(ByteBuffer data) throws IOException;

  /**
   * Sends no more input. The process sees the end of its standard input, unless it is to be kept
   * open for later attachments (OpenStdin without StdinOnce). Output goes on.
   */
  void closeInput();

  /** No {@link Listener#onData} until {@link #resumeReading}; the process waits if it must. */
  void pauseReading();

  /** Ends {@link #pauseReading}. */
  void resumeReading();

  /** Leaves; the process goes on. Never blocks. */
  @Override
  void close();
}
