package dev.flota.cluster.teleport;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Extensions of a processor's instructions that a program may have found and use: {@code
 * /proc/cpuinfo}, without what concerns only kernels.
 */
public final class Instructions {
  private static final Pattern FOR_PROGRAMS =
      Pattern.compile(
          "s?sse.*|avx.*|fma4?|bmi[12]|aes|v?pclmulqdq|vaes|gfni|sha_ni|popcnt|movbe|f16c|adx|abm"
              + "|rdrand|rdseed|xsave.*|fsgsbase|rtm|hle|amx_.*|cx16|lahf_lm|mmx|3dnow.*");

  private Instructions() {}

  /** Of this machine, by name. */
  public static List<String> ofThisHost() {
    try {
      return of(Files.readAllLines(Path.of("/proc/cpuinfo")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** By the lines of {@code /proc/cpuinfo}. */
  static List<String> of(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith("flags"))
        .findFirst()
        .map(line -> line.substring(line.indexOf(':') + 1).strip().split(" "))
        .map(flags -> Arrays.stream(flags).filter(Instructions::forPrograms).sorted().toList())
        .orElse(List.of());
  }

  private static boolean forPrograms(String flag) {
    return FOR_PROGRAMS.matcher(flag).matches();
  }
}
