package dev.flota.cluster.placement;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * One constraint (on the host) or affinity (to what the host has), as classic Docker Swarm and
 * Swarm services have them: a key, {@code ==} or {@code !=}, and a value; with {@code ~} behind the
 * operator it is a preference that gives way when no host meets it.
 *
 * <p>The value is a literal, a glob ({@code host-*}) or a regular expression ({@code
 * /^host-[12]$/}).
 *
 * <table>
 * <caption>Keys</caption>
 * <tr><th>constraint</th><th>asks for</th></tr>
 * <tr><td>{@code node}</td><td>name or id of the host</td></tr>
 * <tr><td>{@code node.id}, {@code node.hostname} or {@code node.name}</td><td>one of them</td></tr>
 * <tr><td>{@code node.labels.X}, {@code engine.labels.X}</td><td>a label of the host, of its
 * daemon</td></tr>
 * <tr><td>{@code node.platform.os}, {@code node.platform.arch}</td><td>{@code linux}, {@code amd64}
 * (or {@code x86_64})</td></tr>
 * <tr><td>{@code storagedriver}, {@code kernelversion}, {@code operatingsystem}</td><td>what {@code
 * docker info} says</td></tr>
 * <tr><td>any other</td><td>a label of the host, else of its daemon</td></tr>
 * <tr><th>affinity</th><th>asks for a host with</th></tr>
 * <tr><td>{@code container}</td><td>the container of that name or id</td></tr>
 * <tr><td>{@code image}</td><td>the image of that name (with or without tag) or id</td></tr>
 * <tr><td>any other</td><td>a container with that label</td></tr>
 * </table>
 *
 * <p>They stand in labels, {@code flota.constraint=EXPRESSION,EXPRESSION} and {@code
 * flota.affinity=…}; numbered ones ({@code flota.constraint.1=EXPRESSION}, any ending does) hold
 * one expression each, in which a comma is a comma. Or, as in classic Swarm, in the environment
 * ({@code -e constraint:disk==ssd}, {@code -e affinity:container!=web}; the container keeps the
 * variable) or in the labels {@code com.docker.swarm.constraints} and {@code …affinities} as a JSON
 * array.
 *
 * @param equal whether it is {@code ==}
 * @param soft whether it is only a preference
 * @param text as written
 */
public record Expression(
    Kind kind, String key, boolean equal, boolean soft, String value, String text) {

  /** What an expression is about. */
  public enum Kind {
    /** The host itself. */
    CONSTRAINT("node==host-1"),
    /** What the host has. */
    AFFINITY("container==web");

    private final String example;

    Kind(String example) {
      this.example = example;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Pattern SYNTAX =
      Pattern.compile("([A-Za-z0-9_][A-Za-z0-9_./-]*)\\s*(==|!=)(~?)\\s*(.+)", Pattern.DOTALL);
  private static final Pattern SINGLE_EQUALS =
      Pattern.compile("([A-Za-z0-9_][A-Za-z0-9_./-]*)\\s*=\\s*([^=~\\s].*)", Pattern.DOTALL);
  private static final String LABEL = "flota.";

  /**
   * Reads one.
   *
   * @throws EngineException INVALID, naming the expression and what to write instead
   */
  public static Expression parse(Kind kind, String text) {
    String trimmed = text.strip();
    Matcher matcher = SYNTAX.matcher(trimmed);
    if (!matcher.matches()) {
      throw invalid(kind, trimmed, howToWrite(kind, trimmed));
    }
    Expression expression =
        new Expression(
            kind,
            matcher.group(1),
            matcher.group(2).equals("=="),
            !matcher.group(3).isEmpty(),
            matcher.group(4),
            trimmed);
    expression.checkValue();
    if (kind == Kind.CONSTRAINT) {
      HostProperty.check(expression);
    }
    return expression;
  }

  private static String howToWrite(Kind kind, String text) {
    Matcher single = SINGLE_EQUALS.matcher(text);
    return single.matches()
        ? "write " + single.group(1) + "==" + single.group(2)
        : "write KEY==VALUE or KEY!=VALUE, such as " + kind.example;
  }

  private void checkValue() {
    boolean begins = value.startsWith("/");
    if (begins && (value.length() < 3 || !value.endsWith("/"))) {
      throw invalid(
          kind,
          text,
          "a value that begins with / is a regular expression and ends with / too; one with a comma"
              + " goes into a label of its own, "
              + LABEL
              + kind
              + ".1");
    }
    try {
      ValuePattern.parse(value);
    } catch (PatternSyntaxException wrong) {
      throw invalid(kind, text, "the regular expression is wrong: " + wrong.getDescription());
    }
  }

  static EngineException invalid(Kind kind, String text, String remedy) {
    return EngineException.invalid("invalid " + kind + " \"" + text + "\": " + remedy);
  }

  /**
   * All expressions of a container: of its labels first, in the order of their names, then of its
   * environment.
   *
   * @throws EngineException INVALID, naming the first wrong expression and what to write instead
   */
  public static List<Expression> of(Map<String, String> labels, Collection<String> environment) {
    List<Expression> expressions = new ArrayList<>();
    new TreeMap<>(labels).forEach((label, value) -> addLabel(expressions, label, value));
    environment.forEach(variable -> addVariable(expressions, variable));
    return List.copyOf(expressions);
  }

  private static void addLabel(List<Expression> expressions, String label, String value) {
    for (Kind kind : Kind.values()) {
      String plain = LABEL + kind;
      if (label.equals(plain)) {
        addAll(expressions, kind, List.of(value.split(",", -1)));
      } else if (label.startsWith(plain + ".")) {
        expressions.add(parse(kind, value));
      } else if (label.equals(classicLabel(kind))) {
        addAll(expressions, kind, jsonArray(label, value));
      }
    }
  }

  private static String classicLabel(Kind kind) {
    return switch (kind) {
      case CONSTRAINT -> "com.docker.swarm.constraints";
      case AFFINITY -> "com.docker.swarm.affinities";
    };
  }

  private static List<String> jsonArray(String label, String value) {
    try {
      return List.of(Json.DOCKER.readValue(value, String[].class));
    } catch (JsonProcessingException | NullPointerException wrong) { // a null is no expression
      throw new EngineException(
          ErrorKind.INVALID,
          "invalid label "
              + label
              + "="
              + value
              + ": write a JSON array of strings, such as [\"node==host-1\"]",
          wrong);
    }
  }

  private static void addAll(List<Expression> expressions, Kind kind, List<String> texts) {
    texts.forEach(text -> expressions.add(parse(kind, text)));
  }

  private static void addVariable(List<Expression> expressions, String variable) {
    for (Kind kind : Kind.values()) {
      String prefix = kind + ":";
      if (variable.startsWith(prefix)) {
        expressions.add(parse(kind, variable.substring(prefix.length())));
      }
    }
  }

  /** Whether the value is one name rather than a pattern. */
  boolean isLiteral() {
    return ValuePattern.parse(value) instanceof ValuePattern.Literal;
  }

  @Override
  public String toString() {
    return text;
  }
}
