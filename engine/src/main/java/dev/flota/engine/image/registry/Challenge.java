package dev.flota.engine.image.registry;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One challenge of a {@code WWW-Authenticate} header (RFC 7235 section 4.1, RFC 6750 section 3).
 *
 * @param scheme in lower case: {@code basic}, {@code bearer}
 * @param parameters by their names in lower case
 */
public record Challenge(String scheme, Map<String, String> parameters) {

  /** A parameter's value, or null. */
  public @Nullable String parameter(String name) {
    return parameters.get(name);
  }

  /**
   * All challenges of all such headers of an answer. What cannot be understood is passed over, as a
   * registry may offer more schemes than we know.
   */
  public static List<Challenge> parse(List<String> headers) {
    List<Challenge> challenges = new ArrayList<>();
    headers.forEach(each -> new Parser(each).parse(challenges));
    return challenges;
  }

  private static final class Parser {
    private final String text;
    private int position;

    Parser(String text) {
      this.text = text;
    }

    void parse(List<Challenge> challenges) {
      skipSeparators();
      while (position < text.length()) {
        String scheme = token();
        if (scheme.isEmpty()) {
          position++;
        } else {
          challenges.add(new Challenge(scheme.toLowerCase(Locale.ROOT), parameters()));
        }
        skipSeparators();
      }
    }

    private Map<String, String> parameters() {
      Map<String, String> parameters = new HashMap<>();
      while (true) {
        skipSeparators();
        int start = position;
        String name = token();
        skipSpaces();
        if (name.isEmpty() || !at('=')) {
          position = start;
          return Map.copyOf(parameters);
        }
        position++;
        skipSpaces();
        parameters.putIfAbsent(name.toLowerCase(Locale.ROOT), at('"') ? quoted() : token());
      }
    }

    private String quoted() {
      StringBuilder value = new StringBuilder();
      position++;
      while (position < text.length() && !at('"')) {
        if (at('\\') && position + 1 < text.length()) {
          position++;
        }
        value.append(text.charAt(position++));
      }
      position = Math.min(position + 1, text.length());
      return value.toString();
    }

    private String token() {
      int start = position;
      while (position < text.length() && isToken(text.charAt(position))) {
        position++;
      }
      return text.substring(start, position);
    }

    private boolean at(char wanted) {
      return position < text.length() && text.charAt(position) == wanted;
    }

    private void skipSpaces() {
      while (at(' ') || at('\t')) {
        position++;
      }
    }

    private void skipSeparators() {
      while (at(' ') || at('\t') || at(',')) {
        position++;
      }
    }

    private static boolean isToken(char each) {
      return each == '/'
          || each == ':'
          || (each > ' ' && each < 127 && "()<>@,;\\\"[]?={}".indexOf(each) < 0);
    }
  }
}
