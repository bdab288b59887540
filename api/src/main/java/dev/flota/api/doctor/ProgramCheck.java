package dev.flota.api.doctor;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs a program to see whether it is there and works.
 *
 * @param limit for what it says and for its end; it is killed then
 */
record ProgramCheck(Duration limit) {
  /** The first line it prints is the detail of a good verdict. */
  Check run(String name, List<String> command, String remedy) {
    String path = command.getFirst();
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try {
        long end = System.nanoTime() + limit.toNanos();
        String output = firstLine(process).get(limit.toNanos(), TimeUnit.NANOSECONDS);
        return process.waitFor(end - System.nanoTime(), TimeUnit.NANOSECONDS)
            ? verdict(name, path, process.exitValue(), output, remedy)
            : silent(name, path, remedy);
      } finally {
        process.destroyForcibly();
      }
    } catch (TimeoutException e) {
      return silent(name, path, remedy);
    } catch (IOException | ExecutionException e) {
      return Check.failure(name, String.valueOf(e.getMessage()), remedy);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Check.failure(name, "interrupted", remedy);
    }
  }

  /** Reads on a thread of its own: a read from a silent program has no limit. */
  private static CompletableFuture<String> firstLine(Process process) {
    CompletableFuture<String> first = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
                String line = reader.readLine();
                first.complete(line == null ? "" : line);
                // A program that cannot go on printing would not end.
                while (line != null) {
                  line = reader.readLine();
                }
              } catch (IOException e) {
                first.completeExceptionally(e);
              }
            });
    return first;
  }

  private static Check verdict(String name, String path, int exit, String output, String remedy) {
    return exit == 0
        ? Check.ok(name, path + ", " + output)
        : Check.failure(name, path + " exits with " + exit, remedy);
  }

  private static Check silent(String name, String path, String remedy) {
    return Check.failure(name, path + " does not answer", remedy);
  }
}
