package dev.flota.api.docker.image;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Shell patterns as Go's {@code path.Match}: a star does not cross a slash. */
final class GlobPattern {
  private GlobPattern() {}

  static boolean matches(String glob, String text) {
    StringBuilder expression = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      char next = glob.charAt(i);
      switch (next) {
        case '*' -> expression.append("[^/]*");
        case '?' -> expression.append("[^/]");
        case '[', ']', '-', '^' -> expression.append(next);
        case '\\' -> {
          i++;
          expression.append(i < glob.length() ? Pattern.quote(glob.substring(i, i + 1)) : "\\\\");
        }
        default -> expression.append(Pattern.quote(String.valueOf(next)));
      }
    }
    try {
      return Pattern.matches(expression.toString(), text);
    } catch (PatternSyntaxException e) {
      // Go's path.Match reports a malformed pattern, and moby takes that as "does not match".
      return false;
    }
  }
}
