package dev.flota.engine.network;

import com.sun.jna.LastErrorException;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs code in network and mount namespaces of its own, so that a test may set up a whole host's
 * network without touching the machine's. Threads and processes started by the code are in them
 * too; they end with the last of these.
 */
public final class TestHost {
  private static final int CLONE_NEWNS = 0x20000;
  private static final long MS_PRIVATE = 1L << 18;

  static {
    Native.register(TestHost.class, "c");
  }

  private TestHost() {}

  private static native int setns(int descriptor, int type) throws LastErrorException;

  /** Runs in new namespaces with {@code lo} up. */
  public static <T> T inNew(Callable<T> body) throws Exception {
    return inThread(
        () -> {
          SystemCalls.unshare(SystemCalls.CLONE_NEWNET | CLONE_NEWNS);
          NativeLong flags = new NativeLong(SystemCalls.MS_REC | MS_PRIVATE);
          SystemCalls.mount("none", "/", null, flags, null);
          try (Links links = Links.open()) {
            links.up(Links.LOOPBACK);
          }
          return body.call();
        });
  }

  /** Runs in the network namespace mounted on a file. */
  public static <T> T in(Path namespace, Callable<T> body) throws Exception {
    int descriptor = SystemCalls.open(namespace.toString(), SystemCalls.O_RDONLY);
    try {
      return inThread(
          () -> {
            setns(descriptor, SystemCalls.CLONE_NEWNET);
            return body.call();
          });
    } finally {
      SystemCalls.close(descriptor);
    }
  }

  private static <T> T inThread(Callable<T> body) throws Exception {
    FutureTask<T> task = new FutureTask<>(body);
    Thread.ofPlatform().daemon().start(task);
    try {
      return task.get();
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case Exception exception -> throw exception;
        case Error error -> throw error;
        case null, default -> throw e;
      }
    }
  }
}
