package dev.flota.engine.linux;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Work in other namespaces. Namespaces belong to a thread, and a thread that changed them must not
 * be used again: each work runs on a thread of its own that ends with it.
 */
public final class Namespaces {
  private static final int FILE_SYSTEM = 0x200;
  private static final long STACK_BYTES = 256L << 10;

  private Namespaces() {}

  /** Runs {@code work} with a working directory of its own. */
  public static <T> T inDirectory(Path directory, Callable<T> work) {
    return onOwnThread(
        () -> {
          if (LibC.unshare(FILE_SYSTEM) < 0) {
            throw LinuxException.last("unshare working directory");
          }
          if (LibC.chdir(directory.toString()) < 0) {
            throw LinuxException.last("change to " + directory);
          }
          return work.call();
        });
  }

  private static <T> T onOwnThread(Callable<T> work) {
    FutureTask<T> task = new FutureTask<>(work);
    Thread.ofPlatform().name("namespace").stackSize(STACK_BYTES).daemon().start(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException interruption) {
          interrupted = true;
        } catch (ExecutionException failure) {
          throw unwrapped(failure);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static RuntimeException unwrapped(ExecutionException failure) {
    return switch (failure.getCause()) {
      case RuntimeException unchecked -> {
        unchecked.addSuppressed(failure);
        yield unchecked;
      }
      case Error error -> throw error;
      case null -> new IllegalStateException(failure);
      case Throwable other -> new IllegalStateException(other.getMessage(), other);
    };
  }
}
