package dev.flota.api.docker;

import akka.http.javadsl.model.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One operation of the API.
 *
 * @param method HTTP method
 * @param template path without version, with variables in braces; as in moby a variable also takes
 *     slashes ({@code /images/{name}/json})
 * @param since the oldest version that has it
 * @param handler what answers
 */
public record Route(String method, String template, ApiVersion since, Handler handler) {

  /** Answers one call. Failures become error answers: see {@link Replies#failure}. */
  @FunctionalInterface
  public interface Handler {
    /** Answers, or fails with an {@link dev.flota.engine.EngineException}. */
    CompletionStage<HttpResponse> handle(Call call);
  }

  /** An operation that every version has. */
  public static Route of(String method, String template, Handler handler) {
    return new Route(method, template, ApiVersion.MINIMUM, handler);
  }

  /** An operation that came with version 1.{@code minor}. */
  public static Route since(int minor, String method, String template, Handler handler) {
    return new Route(method, template, new ApiVersion(1, minor), handler);
  }

  /** The same answered by another handler. */
  Route with(Handler other) {
    return new Route(method, template, since, other);
  }

  /** A route's path, ready to be compared. */
  static final class Template {
    private static final Pattern VARIABLE = Pattern.compile("\\{([^}]+)}");

    private final Pattern pattern;
    private final List<String> variables = new ArrayList<>();

    Template(String template) {
      StringBuilder expression = new StringBuilder();
      Matcher matcher = VARIABLE.matcher(template);
      int literal = 0;
      while (matcher.find()) {
        expression.append(Pattern.quote(template.substring(literal, matcher.start())));
        expression.append("(.*)");
        variables.add(matcher.group(1));
        literal = matcher.end();
      }
      expression.append(Pattern.quote(template.substring(literal)));
      pattern = Pattern.compile(expression.toString(), Pattern.DOTALL);
    }

    Optional<Map<String, String>> match(String path) {
      Matcher matcher = pattern.matcher(path);
      if (!matcher.matches()) {
        return Optional.empty();
      }
      Map<String, String> values = new HashMap<>();
      for (int i = 0; i < variables.size(); i++) {
        values.put(variables.get(i), matcher.group(i + 1));
      }
      return Optional.of(values);
    }
  }
}
