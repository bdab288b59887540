package dev.flota.cluster.host;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** One engine for each state directory: two would run the same containers. */
final class StateLock implements AutoCloseable {
  private static final String FILE = "lock";

  private final FileChannel channel;

  private StateLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the directory; the kernel gives it back when this process ends, however it does.
   *
   * @throws EngineException CONFLICT when another engine has it
   */
  static StateLock take(Path stateDir) {
    try {
      Files.createDirectories(stateDir);
      FileChannel channel =
          FileChannel.open(
              stateDir.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (locked(channel)) {
        return new StateLock(channel);
      }
      channel.close();
    } catch (IOException e) {
      throw EngineException.system("cannot lock " + stateDir + ": " + e.getMessage(), e);
    }
    throw EngineException.conflict(
        stateDir + " is in use by another daemon: stop it, or give flota.state-dir another value");
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false; // in this very process
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
