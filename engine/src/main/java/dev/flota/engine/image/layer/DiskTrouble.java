package dev.flota.engine.image.layer;

import java.io.EOFException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.Locale;

/** What the JDK says of files, in Go's words, which are Docker's. */
public final class DiskTrouble {
  private static final String NO_SPACE = "no space left on device";

  private DiskTrouble() {}

  /** The reason of {@code failure}. */
  public static String text(Throwable failure) {
    String message = String.valueOf(failure.getMessage());
    if (message.toLowerCase(Locale.ROOT).endsWith(NO_SPACE)) {
      return message.substring(0, message.length() - NO_SPACE.length()) + NO_SPACE;
    }
    if (failure instanceof NoSuchFileException) {
      return message + ": no such file or directory";
    }
    if (failure instanceof AccessDeniedException) {
      return message + ": permission denied";
    }
    boolean cut =
        failure instanceof EOFException
            || message.contains("Truncated source")
            || message.contains("Unexpected end of");
    return cut ? "unexpected EOF" : message;
  }
}
