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
  private static final Pattern RUNC_LOG =
      Pattern.compile("time=\"[^\"]*\" level=\\w+ msg=\"(.*)\"");
  private static final Pattern CRUN_PREFIX = Pattern.compile("^(?:\\S+T\\S+[:Z]\\s*|crun: )");
  private static final Pattern CRUN_NOT_FOUND =
      Pattern.compile("executable file `(.*?)` not found(?: in \\$PATH)?");
  private static final Pattern CRUN_NOT_EXECUTABLE =
      Pattern.compile("the path `(.*?)` exists but it is not executable");
  private static final Pattern CRUN_NOT_A_FILE =
      Pattern.compile("the path `(.*?)` is not a regular file");
  private static final Pattern RUNC_EXEC = Pattern.compile("exec: \"(.*?)\": (.*)");

  private RuntimeFailure() {}

  /** A container could not be created or started. */
  static StartFailedException ofContainer(String message) {
    return failure(
        "failed to create task for container: failed to create shim task: OCI runtime create"
            + " failed: runc create failed: unable to start container process: error during"
            + " container init: ",
        "failed to create task for container: failed to create shim task: OCI runtime create"
            + " failed: ",
        message);
  }

  /** An exec could not be started. */
  static StartFailedException ofExec(String message) {
    return failure(
        "OCI runtime exec failed: exec failed: unable to start container process: ",
        "OCI runtime exec failed: ",
        message);
  }

  private static StartFailedException failure(
      String execPrefix, String otherPrefix, String message) {
    String plain = plain(message);
    String text =
        execReason(plain)
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
  private static Optional<String> execReason(String plain) {
    Matcher runc = RUNC_EXEC.matcher(plain);
    if (runc.find()) {
      return Optional.of(exec(runc.group(1), runc.group(2)));
    }
    Matcher missing = CRUN_NOT_FOUND.matcher(plain);
    if (missing.find()) {
      String command = missing.group(1);
      return Optional.of(
          exec(
              command,
              command.contains("/")
                  ? "stat " + command + ": no such file or directory"
                  : "executable file not found in $PATH"));
    }
    Matcher forbidden = CRUN_NOT_EXECUTABLE.matcher(plain);
    if (forbidden.find()) {
      return Optional.of(exec(forbidden.group(1), "permission denied"));
    }
    Matcher directory = CRUN_NOT_A_FILE.matcher(plain);
    return directory.find()
        ? Optional.of(exec(directory.group(1), "is a directory: permission denied"))
        : Optional.empty();
  }

  private static String exec(String command, String reason) {
    return "exec: \"" + command + "\": " + reason;
  }

  /** The last line, without the time and level before it. */
  private static String plain(String message) {
    String last =
        message.strip().lines().filter(line -> !line.isBlank()).reduce("", (before, line) -> line);
    Matcher logged = RUNC_LOG.matcher(last);
    if (logged.matches()) {
      return logged.group(1).replace("\\\"", "\"").replace("\\\\", "\\");
    }
    return CRUN_PREFIX.matcher(last.strip()).replaceFirst("").strip();
  }
}
