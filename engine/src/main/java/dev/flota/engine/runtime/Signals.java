package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import java.util.List;
import java.util.Locale;

/** Signal names as Docker takes them; numbers as on Linux for amd64 and arm64. */
public final class Signals {
  /** SIGKILL. */
  public static final int KILL = 9;

  /** SIGTERM. */
  public static final int TERM = 15;

  private static final int RTMIN = 34;
  private static final int RTMAX = 64;
  private static final List<String> NAMES =
      List.of(
          "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2",
          "PIPE", "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG",
          "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS");

  private Signals() {}

  /**
   * The number of {@code SIGTERM}, {@code term}, {@code 15}, {@code RTMIN+3}, …
   *
   * @throws EngineException INVALID, "invalid signal: X"
   */
  public static int parse(String text) {
    int number = isNumber(text) ? Integer.parseInt(text) : named(text);
    if (number <= 0 || number > RTMAX) {
      throw EngineException.invalid("invalid signal: " + text);
    }
    return number;
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.length() < 4 && text.chars().allMatch(Signals::isDigit);
  }

  private static boolean isDigit(int character) {
    return character >= '0' && character <= '9';
  }

  /** 0 when there is no such signal. */
  private static int named(String text) {
    String upper = text.toUpperCase(Locale.ROOT);
    String name = upper.startsWith("SIG") ? upper.substring(3) : upper;
    if (name.startsWith("RTMIN")) {
      return realTime(RTMIN, 1, name.substring(5));
    }
    if (name.startsWith("RTMAX")) {
      return realTime(RTMAX, -1, name.substring(5));
    }
    return switch (name) {
      case "IOT" -> named("ABRT");
      case "CLD" -> named("CHLD");
      case "POLL" -> named("IO");
      default -> NAMES.indexOf(name) + 1;
    };
  }

  /** {@code RTMIN}, {@code RTMIN+1} … {@code RTMIN+15}, {@code RTMAX-14} … {@code RTMAX}. */
  private static int realTime(int base, int sign, String offset) {
    if (offset.isEmpty()) {
      return base;
    }
    String digits = offset.substring(1);
    boolean signed = offset.charAt(0) == (sign > 0 ? '+' : '-');
    if (!signed || !isNumber(digits)) {
      return 0;
    }
    int number = base + sign * Integer.parseInt(digits);
    return number >= RTMIN && number <= RTMAX ? number : 0;
  }
}
