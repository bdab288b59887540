package dev.flota.engine.linux;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a program that is asked about itself has answered.
 *
 * @param status it has ended with
 * @param text all it has printed
 */
public record ProgramOutput(int status, String text) {
  private static final Logger LOG = LoggerFactory.getLogger(ProgramOutput.class);

  /** The answer; empty where there is no such program or it does not end in time. Blocks. */
  public static Optional<ProgramOutput> of(List<String> command, Duration within) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      try {
        process.getOutputStream().close();
        String text = text(process).get(within.toMillis(), TimeUnit.MILLISECONDS);
        return process.waitFor(within)
            ? Optional.of(new ProgramOutput(process.exitValue(), text))
            : Optional.empty();
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException | ExecutionException | TimeoutException e) {
      LOG.debug("{} does not answer", command, e);
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Reads on a thread of its own: a read from a silent program has no limit. */
  private static CompletableFuture<String> text(Process process) {
    CompletableFuture<String> text = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                byte[] bytes = process.getInputStream().readAllBytes();
                text.complete(new String(bytes, StandardCharsets.UTF_8));
              } catch (IOException e) {
                text.completeExceptionally(e);
              }
            });
    return text;
  }
}
