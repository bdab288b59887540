package dev.flota.api.client;

import java.io.Console;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** One line of a terminal that shows how far something is; nothing where there is no terminal. */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;
  private static final String CLEAR = "\r\u001b[K";

  private final @Nullable PrintWriter terminal;
  private String phase = "";
  private boolean drawn;

  ProgressBar(@Nullable PrintWriter terminal) {
    this.terminal = terminal;
  }

  /** On the terminal that the program was started from, if it was and if that is wanted. */
  static ProgressBar onTerminal(boolean wanted) {
    Console console = wanted ? terminal() : null;
    return new ProgressBar(console == null ? null : console.writer());
  }

  static boolean isTerminal() {
    return terminal() != null;
  }

  @SuppressWarnings("SystemConsoleNull") // it is, with the JDK's own provider and no terminal
  private static @Nullable Console terminal() {
    Console console = System.console();
    return console != null && console.isTerminal() ? console : null;
  }

  /** Another part begins. */
  void phase(String name) {
    phase = name;
    draw(phase + " …");
  }

  /** Bytes that went over, that are left, and that go over each second. */
  void amount(long bytes, long remaining, long perSecond) {
    long all = Math.max(1, bytes + remaining);
    int done = (int) (WIDTH * bytes / all);
    draw(
        "%-9s [%s%s] %.1f of %.1f MB, %.1f MB/s%s"
            .formatted(
                phase,
                "=".repeat(done),
                " ".repeat(WIDTH - done),
                bytes / FleetCommands.MEGABYTE,
                all / FleetCommands.MEGABYTE,
                perSecond / FleetCommands.MEGABYTE,
                perSecond == 0 ? "" : ", %d s left".formatted(remaining / perSecond)));
  }

  private void draw(String text) {
    if (terminal != null) {
      terminal.print(CLEAR + text);
      terminal.flush();
      drawn = true;
    }
  }

  /** Leaves the line empty. */
  @Override
  public void close() {
    if (terminal != null && drawn) {
      terminal.print(CLEAR);
      terminal.flush();
      drawn = false;
    }
  }
}
