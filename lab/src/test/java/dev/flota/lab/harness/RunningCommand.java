package dev.flota.lab.harness;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A command at work. Its output can be read while it grows. */
public final class RunningCommand implements AutoCloseable {
  private final List<String> command;
  private final Process process;
  private final Sink out;
  private final Sink err;

  private RunningCommand(List<String> command, Process process) {
    this.command = command;
    this.process = process;
    this.out = new Sink(process.getInputStream());
    this.err = new Sink(process.getErrorStream());
  }

  static RunningCommand start(ProcessBuilder builder) {
    try {
      return new RunningCommand(List.copyOf(builder.command()), builder.start());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Sends bytes to its standard input. */
  public RunningCommand type(byte[] bytes) {
    try {
      OutputStream input = process.getOutputStream();
      input.write(bytes);
      input.flush();
      return this;
    } catch (IOException failure) {
      throw new UncheckedIOException(snapshot(-1).toString(), failure);
    }
  }

  /** Ends its standard input. */
  public RunningCommand endInput() {
    try {
      process.getOutputStream().close();
      return this;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Standard output so far. */
  public String out() {
    return out.text();
  }

  /** Returns once standard output contains the text. */
  public RunningCommand awaitOut(String text) {
    Await.until("'" + text + "' is said", this::toString, () -> out.text().contains(text));
    return this;
  }

  /** Returns once it has said more than now; fails when it ends before. */
  public void awaitMore() {
    int before = out.text().length();
    Await.until(
        "more is said",
        this::toString,
        () -> {
          if (!isAlive()) {
            throw new AssertionError("has ended: " + this);
          }
          return out.text().length() > before;
        });
  }

  /** True until it ends. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** Waits for its end. */
  public Output await() {
    return await(Await.PATIENCE);
  }

  /** Waits for its end, but not for ever. */
  Output await(Duration patience) {
    try {
      if (!process.waitFor(patience.toSeconds(), TimeUnit.SECONDS)) {
        String state = toString();
        process.toHandle().destroyForcibly();
        throw new AssertionError("did not end: " + state);
      }
      out.join();
      err.join();
      return snapshot(process.exitValue());
    } catch (InterruptedException interruption) {
      process.toHandle().destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interruption);
    }
  }

  /** Ends it as {@code kill -9} does, if it has not ended. */
  public void kill() {
    process.toHandle().destroyForcibly();
  }

  /** Asks it to end, as {@code kill} does. */
  public void terminate() {
    process.toHandle().destroy();
  }

  @Override
  public void close() {
    kill();
    await();
  }

  private Output snapshot(int exit) {
    return new Output(command, exit, out.text(), err.text());
  }

  @Override
  public String toString() {
    return snapshot(process.isAlive() ? -1 : process.exitValue()).toString();
  }

  /** Takes in a stream until it ends. */
  private static final class Sink {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final Thread reader;

    Sink(InputStream stream) {
      reader = Thread.ofVirtual().start(() -> drain(stream));
    }

    private void drain(InputStream stream) {
      byte[] buffer = new byte[8192];
      try (stream) {
        for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
          synchronized (bytes) {
            bytes.write(buffer, 0, count);
          }
        }
      } catch (IOException failure) {
        // Only a process that was killed closes its pipe under a reader; what came before it stays.
        synchronized (bytes) {
          bytes.writeBytes(("<" + failure + ">").getBytes(StandardCharsets.UTF_8));
        }
      }
    }

    String text() {
      synchronized (bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
      }
    }

    void join() throws InterruptedException {
      // A grandchild may hold the pipe open for longer than its parent lives.
      reader.join(Await.PATIENCE);
    }
  }
}
