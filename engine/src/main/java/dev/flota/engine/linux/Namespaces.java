package dev.flota.engine.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Work in other namespaces. Namespaces belong to a thread, and a thread that changed them must not
 * be used again: each work runs on a thread of its own that ends with it.
 */
public final class Namespaces {
  private static final int NETWORK = 0x40000000;
  private static final int FILE_SYSTEM = 0x200;
  private static final long STACK_BYTES = 256L << 10;

  private Namespaces() {}

  /** Runs {@code work} in the network namespace of a file. */
  public static <T> T inNetwork(Path namespace, Callable<T> work) {
    return onOwnThread(
        () -> {
          try (Descriptor descriptor = Descriptor.read(namespace)) {
            if (LibC.setns(descriptor.number(), NETWORK) < 0) {
              throw LinuxException.last("enter " + namespace);
            }
          }
          return work.call();
        });
  }

  /** Makes a network namespace that lives as long as it is mounted on {@code file}. */
  public static void createNetwork(Path file) {
    onOwnThread(
        () -> {
          Files.createFile(file);
          if (LibC.unshare(NETWORK) < 0) {
            throw LinuxException.last("create network namespace");
          }
          Mounts.bind(Path.of("/proc/thread-self/ns/net"), file);
          return file;
        });
  }

  /** Removes what {@link #createNetwork} made. */
  public static void deleteNetwork(Path file) throws IOException {
    Mounts.unmount(file);
    Files.deleteIfExists(file);
  }

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
