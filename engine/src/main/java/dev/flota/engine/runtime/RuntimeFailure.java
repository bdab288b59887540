package dev.flota.engine.runtime;

import dev.flota.engine.ErrorKind;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What crun and runc say when they cannot start something, in Docker's words and with Docker's exit
 * code. Docker's words are those of runc in containerd's wrapping; the {@code docker} command line
 * reads its own exit code out of them.
 */
final class RuntimeFailure {
  private static final Pattern LOG_PREFIX =
      Pattern.compile("^(?:\\S+T\\S+[:Z]\\s*|time=\"[^\"]*\" level=\\w+ msg=)");
  private static final Pattern CRUN_NOT_FOUND =
      Pattern.compile("executable file [`'\"]?(.*?)['`\"]? not found(?: in \\$PATH)?");
  private static final Pattern RUNC_EXEC =
      Pattern.compile("exec: \\\\*\"(.*?)\\\\*\": (.*)", Pattern.DOTALL);

  private RuntimeFailure() {}

  /** A container could not be created or started. */
  static StartFailedException ofContainer(String message, String command) {
    return failure(
        "failed to create task for container: failed to create shim task: OCI runtime create"
            + " failed: runc create failed: unable to start container process: error during"
            + " container init: ",
        "failed to create task for container: failed to create shim task: OCI runtime create"
            + " failed: ",
        message,
        command);
  }

  /** An exec could not be started. */
  static StartFailedException ofExec(String message, String command) {
    return failure(
        "OCI runtime exec failed: exec failed: unable to start container process: ",
        "OCI runtime exec failed: ",
        message,
        command);
  }

  private static StartFailedException failure(
      String execPrefix, String otherPrefix, String message, String command) {
    String plain = plain(message);
    String text =
        execReason(plain, command)
            .map(reason -> execPrefix + reason)
            .orElse(otherPrefix + plain)
            .concat(": unknown");
    return classified(text);
  }

  private static StartFailedException classified(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.contains("permission denied") || lower.contains("is a directory")) {
      return new StartFailedException(ErrorKind.INVALID, 126, text);
    }
    if (lower.contains("not a directory")) {
      return new StartFailedException(
          ErrorKind.INVALID,
          127,
          text
              + ": Are you trying to mount a directory onto a file (or vice-versa)? Check if the"
              + " specified host path exists and is the expected type");
    }
    if (lower.contains("executable file not found")
        || lower.contains("no such file or directory")
        || lower.contains("system cannot find the file specified")) {
      return new StartFailedException(ErrorKind.INVALID, 127, text);
    }
    return new StartFailedException(ErrorKind.SYSTEM, 128, text);
  }

  /** {@code exec: "foo": executable file not found in $PATH}, if that is what happened. */
  private static Optional<String> execReason(String plain, String command) {
    Matcher crun = CRUN_NOT_FOUND.matcher(plain);
    if (crun.find()) {
      return Optional.of("exec: \"" + command + "\": executable file not found in $PATH");
    }
    Matcher runc = RUNC_EXEC.matcher(plain);
    if (runc.find()) {
      return Optional.of("exec: \"" + runc.group(1) + "\": " + runc.group(2));
    }
    return Optional.empty();
  }

  private static String plain(String message) {
    String last =
        message.strip().lines().reduce("", (before, line) -> line.isBlank() ? before : line);
    return LOG_PREFIX.matcher(last.strip()).replaceFirst("").strip();
  }
}
