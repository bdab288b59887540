package dev.flota.cluster.placement;

import java.util.regex.Pattern;

/** The right side of an expression. */
sealed interface ValuePattern {
  boolean matches(String value);

  /** A literal, a glob of {@code *} and {@code ?}, or {@code /a regular expression/}. */
  static ValuePattern parse(String text) {
    if (text.length() > 1 && text.startsWith("/") && text.endsWith("/")) {
      return new Matching(Pattern.compile(text.substring(1, text.length() - 1)));
    }
    boolean glob = text.indexOf('*') >= 0 || text.indexOf('?') >= 0;
    return glob ? new Matching(glob(text)) : new Literal(text);
  }

  private static Pattern glob(String text) {
    StringBuilder pattern = new StringBuilder("^");
    for (int at = 0; at < text.length(); at++) {
      switch (text.charAt(at)) {
        case '*' -> pattern.append(".*");
        case '?' -> pattern.append('.');
        default -> pattern.append(Pattern.quote(text.substring(at, at + 1)));
      }
    }
    return Pattern.compile(pattern.append('$').toString(), Pattern.DOTALL);
  }

  /** Exactly this. */
  record Literal(String text) implements ValuePattern {
    @Override
    public boolean matches(String value) {
      return value.equals(text);
    }
  }

  /** Found anywhere, as in classic Swarm; {@code ^} and {@code $} bind it. */
  record Matching(Pattern pattern) implements ValuePattern {
    @Override
    public boolean matches(String value) {
      return pattern.matcher(value).find();
    }
  }
}
