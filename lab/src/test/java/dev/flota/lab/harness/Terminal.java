package dev.flota.lab.harness;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A program on a pseudo terminal, typed at and read like a person does. */
public final class Terminal implements AutoCloseable {
  private static final Pty PTY = Native.load("c", Pty.class);
  private static final int READ_WRITE = 2;
  private static final int NO_CONTROLLING_TERMINAL = 0x100;
  private static final int CLOSE_ON_EXEC = 0x80000;
  private static final int SET_WINDOW_SIZE = 0x5414;
  private static final int INPUT_OUTPUT_ERROR = 5;
  private static final int LONGEST_NAME = 64;

  private final int master;
  private final Process process;
  private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
  private final Thread reader;
  private int read;

  private Terminal(int master, Process process) {
    this.master = master;
    this.process = process;
    this.reader = Thread.ofPlatform().daemon().name("terminal").start(this::readToEnd);
  }

  static Terminal open(List<String> command, Map<String, String> environment) {
    int master = PTY.posix_openpt(READ_WRITE | NO_CONTROLLING_TERMINAL | CLOSE_ON_EXEC);
    try {
      PTY.grantpt(master);
      PTY.unlockpt(master);
      setSize(master, 24, 80);
      return new Terminal(master, start(command, environment, slaveOf(master)));
    } catch (IOException failure) {
      PTY.close(master);
      throw new UncheckedIOException(failure);
    }
  }

  private static File slaveOf(int master) {
    try (Memory name = new Memory(LONGEST_NAME)) {
      PTY.ptsname_r(master, name, new NativeLong(LONGEST_NAME));
      return new File(name.getString(0));
    }
  }

  private static Process start(List<String> command, Map<String, String> environment, File slave)
      throws IOException {
    // Tests that run in the background ignore Ctrl-C; what is on this terminal must not.
    List<String> line =
        new ArrayList<>(List.of("env", "--default-signal", "setsid", "--ctty", "--wait"));
    line.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectInput(slave)
            .redirectOutput(slave)
            .redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().put("TERM", "xterm");
    return builder.start();
  }

  private static void setSize(int master, int rows, int columns) {
    try (Memory size = new Memory(8)) {
      size.clear();
      size.setShort(0, (short) rows);
      size.setShort(2, (short) columns);
      PTY.ioctl(master, new NativeLong(SET_WINDOW_SIZE), size);
    }
  }

  /** Changes the window, as pulling at its corner does. */
  public Terminal resize(int rows, int columns) {
    setSize(master, rows, columns);
    return this;
  }

  /** Presses keys. */
  public Terminal type(String keys) {
    byte[] bytes = keys.getBytes(StandardCharsets.UTF_8);
    int written = PTY.write(master, bytes, new NativeLong(bytes.length)).intValue();
    if (written != bytes.length) {
      throw new IllegalStateException(
          "the terminal took " + written + " of " + bytes.length + " bytes");
    }
    return this;
  }

  /** Types a line and presses return. */
  public Terminal enter(String line) {
    return type(line + "\r");
  }

  /** Presses a key together with Ctrl. */
  public Terminal control(char letter) {
    return type(String.valueOf((char) (letter & 0x1f)));
  }

  /** Waits for a text that appears after what was waited for before. */
  public Terminal await(String text) {
    Await.until(
        "the terminal shows '" + text + "'", this::screen, () -> screen().indexOf(text, read) >= 0);
    read = screen().indexOf(text, read) + text.length();
    return this;
  }

  /** Everything shown so far, control sequences included. */
  public String screen() {
    synchronized (screen) {
      return screen.toString(StandardCharsets.UTF_8);
    }
  }

  /** Waits for the program's end and returns its exit code. */
  public int awaitExit() {
    try {
      if (!process.waitFor(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("still running; the terminal shows:\n" + screen());
      }
      reader.join(Await.PATIENCE);
      return process.exitValue();
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(interruption);
    }
  }

  /** Ends the program as closing the window with {@code kill -9} does. */
  public void kill() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  @Override
  public void close() {
    kill();
    try {
      process.waitFor();
      reader.join(Await.PATIENCE);
    } catch (InterruptedException interruption) {
      Thread.currentThread().interrupt();
    }
    PTY.close(master);
  }

  private void readToEnd() {
    byte[] buffer = new byte[4096];
    try {
      while (true) {
        int count = PTY.read(master, buffer, new NativeLong(buffer.length)).intValue();
        synchronized (screen) {
          screen.write(buffer, 0, count);
        }
      }
    } catch (LastErrorException end) {
      if (end.getErrorCode() != INPUT_OUTPUT_ERROR) {
        throw end;
      }
    }
  }

  private interface Pty extends Library {
    int posix_openpt(int flags) throws LastErrorException;

    int grantpt(int descriptor) throws LastErrorException;

    int unlockpt(int descriptor) throws LastErrorException;

    int ptsname_r(int descriptor, Memory name, NativeLong size) throws LastErrorException;

    int ioctl(int descriptor, NativeLong request, Memory size) throws LastErrorException;

    NativeLong read(int descriptor, byte[] buffer, NativeLong count) throws LastErrorException;

    NativeLong write(int descriptor, byte[] buffer, NativeLong count) throws LastErrorException;

    int close(int descriptor) throws LastErrorException;
  }
}
