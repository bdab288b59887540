package dev.flota.engine.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.PidDescriptor;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** An exec under a conmon of its own. */
final class ConmonExec implements ExecSession {
  private final String id;
  private final EventLoop loop;
  private final Path directory;
  private final Runnable cleanUp;
  private final CompletableFuture<Integer> reported = new CompletableFuture<>();
  private final CompletableFuture<Boolean> outputEnded = new CompletableFuture<>();
  private final CompletionStage<Integer> exitCode =
      outputEnded.thenCombine(reported, (ended, code) -> code);
  private volatile int pid;
  private volatile @Nullable ConmonAttachment attachment;
  private EventLoop.@Nullable Registration registration;

  /**
   * An exec to be started.
   *
   * @param cleanUp removes the directory; may be called by the loop's thread
   */
  ConmonExec(String id, EventLoop loop, Path directory, Runnable cleanUp) {
    this.id = id;
    this.loop = loop;
    this.directory = directory;
    this.cleanUp = cleanUp;
  }

  /** Passes everything on and notes the end. */
  Attachment.Listener wrap(Attachment.Listener listener) {
    return new Attachment.Listener() {
      @Override
      public void onData(int stream, byte[] data) {
        listener.onData(stream, data);
      }

      @Override
      public void onWritable() {
        listener.onWritable();
      }

      @Override
      public void onEnd(@Nullable IOException failure) {
        listener.onEnd(failure);
        outputEnded.complete(true);
      }
    };
  }

  void attached(ConmonAttachment open) {
    attachment = open;
  }

  /** It could not be started. */
  void abandon() {
    ConmonAttachment open = attachment;
    if (open != null) {
      open.close();
    }
  }

  /** It runs; its exit code comes on {@code sync}. */
  void started(int newPid, Conmon.Lines sync) {
    pid = newPid;
    ConmonAttachment open = attachment;
    if (open == null) {
      outputEnded.complete(true);
    } else {
      PidDescriptor.open(newPid).ifPresent(open::mainProcess);
    }
    loop.execute(
        () ->
            registration =
                loop.register(sync.descriptor(), EventLoop.READABLE, events -> readExitCode(sync)));
  }

  private void readExitCode(Conmon.Lines sync) {
    Optional<JsonNode> line = sync.next(Duration.ZERO);
    if (registration != null) {
      registration.cancel();
    }
    sync.close();
    cleanUp.run();
    if (line.isPresent()) {
      reported.complete(line.get().path("data").asInt());
    } else {
      reported.completeExceptionally(
          EngineException.system("the supervisor of exec " + id + " is gone"));
    }
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public int pid() {
    return pid;
  }

  @Override
  public @Nullable Attachment attachment() {
    return attachment;
  }

  @Override
  public CompletionStage<Integer> exitCode() {
    return exitCode;
  }

  @Override
  public void resize(int rows, int columns) {
    Conmon.resize(directory, rows, columns);
  }
}
