package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.NativeLong;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** What the kernel says of processes. */
public final class ProcessFacts {
  private static final int CAPABILITY_BOUNDING_SET_READ = 23;
  private static final NativeLong ZERO = new NativeLong(0);

  private ProcessFacts() {}

  /**
   * When a process started, in clock ticks since boot: together with its number it names one
   * process for ever. Empty when there is no such process, or only a zombie of it.
   */
  public static OptionalLong startTime(int pid) {
    try {
      return parseStat(Files.readString(Path.of("/proc/" + pid + "/stat")));
    } catch (IOException gone) {
      return OptionalLong.empty();
    }
  }

  /** The command may hold spaces and brackets, so what follows counts from its last bracket. */
  static OptionalLong parseStat(String stat) {
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    boolean dead = fields[0].equals("Z") || fields[0].equals("X");
    return dead ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(fields[19]));
  }

  /** The words that a process was started with, each ended by a NUL; empty when it has ended. */
  public static String commandLine(long pid) {
    try {
      byte[] words = Files.readAllBytes(Path.of("/proc/" + pid + "/cmdline"));
      return new String(words, StandardCharsets.UTF_8); // whatever they are: it must not be missed
    } catch (IOException gone) {
      return "";
    }
  }

  /** Whether this process may hand the capability on. */
  public static boolean bounding(int capability) {
    return LibC.prctl(CAPABILITY_BOUNDING_SET_READ, new NativeLong(capability), ZERO, ZERO, ZERO)
        == 1;
  }

  /** A resource limit: soft and hard, {@code -1} for none. */
  public record Limit(long soft, long hard) {}

  /** This process's limit of a resource, by its number. */
  public static Limit limit(int resource) {
    try (Memory limits = new Memory(16)) {
      if (LibC.prlimit(0, resource, null, limits) < 0) {
        throw LinuxException.last("read limit " + resource);
      }
      return new Limit(limits.getLong(0), limits.getLong(8));
    }
  }
}
