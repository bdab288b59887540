package dev.flota.lab.bench.teleport;

import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

/** A program that does what it is told line by line, and ends with its input. */
final class Agent implements AutoCloseable {
  private static final int CLEANS_UP_WITHIN_SECONDS = 60;

  private final String name;
  private final Process process;
  private final BufferedWriter input;
  private final BufferedReader output;

  private Agent(String name, Process process) {
    this.name = name;
    this.process = process;
    input = process.outputWriter();
    output = process.inputReader();
  }

  /** Starts it; what it complains of goes where the benchmark's own complaints go. */
  static Agent start(String name, ProcessBuilder program) throws IOException {
    return new Agent(name, program.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  /** The next line that it says. */
  String read() throws IOException {
    String line = output.readLine();
    if (line == null) {
      throw new UnexpectedAnswerException(name + " has ended before its time");
    }
    return line;
  }

  /** Has it do something, and returns its answer. */
  String ask(String line) throws IOException {
    input.write(line + "\n");
    input.flush();
    return read();
  }

  @Override
  public void close() throws IOException {
    try (output) {
      input.close();
      if (!process.waitFor(CLEANS_UP_WITHIN_SECONDS, TimeUnit.SECONDS)) {
        throw new IOException(name + " does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException) new InterruptedIOException("cut short").initCause(e);
    } finally {
      process.destroy();
    }
  }
}
