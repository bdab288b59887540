package dev.flota.api.docker;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The {@code filters} parameter: values by name, either {@code {"status":{"exited":true}}} or, from
 * old clients, {@code {"status":["exited"]}}. Several values of one name are alternatives, except
 * for labels, all of which must be there.
 */
public final class Filters {
  private final Map<String, Set<String>> values;

  private Filters(Map<String, Set<String>> values) {
    this.values = values;
  }

  /**
   * Reads the parameter's text.
   *
   * @throws EngineException INVALID "invalid filter"
   */
  public static Filters parse(String text) {
    Map<String, Set<String>> values = new LinkedHashMap<>();
    if (!text.isEmpty()) {
      JsonNode root = root(text);
      root.properties().forEach(field -> values.put(field.getKey(), values(field.getValue())));
    }
    return new Filters(values);
  }

  private static JsonNode root(String text) {
    try {
      JsonNode root = Json.DOCKER.readTree(text);
      if (root.isObject() || root.isNull()) {
        return root;
      }
    } catch (JsonProcessingException e) {
      throw new EngineException(dev.flota.engine.ErrorKind.INVALID, "invalid filter", e);
    }
    throw EngineException.invalid("invalid filter");
  }

  private static Set<String> values(JsonNode node) {
    Set<String> values = new LinkedHashSet<>();
    if (node.isObject()) {
      node.fieldNames().forEachRemaining(values::add);
    } else if (node.isArray()) {
      for (JsonNode value : node) {
        values.add(text(value));
      }
    } else if (!node.isNull()) {
      throw EngineException.invalid("invalid filter");
    }
    return values;
  }

  private static String text(JsonNode value) {
    if (!value.isTextual()) {
      throw EngineException.invalid("invalid filter");
    }
    return value.textValue();
  }

  /**
   * Refuses names that the operation does not know.
   *
   * @throws EngineException INVALID "invalid filter 'x'"
   */
  public Filters allowing(Set<String> names) {
    for (String name : values.keySet()) {
      if (!names.contains(name)) {
        throw EngineException.invalid("invalid filter '%s'".formatted(name));
      }
    }
    return this;
  }

  /** Whether nothing is asked. */
  public boolean isEmpty() {
    return values.isEmpty();
  }

  /** Whether the name is there. */
  public boolean has(String name) {
    return !all(name).isEmpty();
  }

  /** All values of a name. */
  public Set<String> all(String name) {
    return values.getOrDefault(name, Set.of());
  }

  /** Whether the name is not asked for or one value satisfies the condition. */
  public boolean any(String name, Predicate<String> condition) {
    return !has(name) || all(name).stream().anyMatch(condition);
  }

  /** Whether the name is not asked for or one value is {@code text}. */
  public boolean exact(String name, String text) {
    return !has(name) || all(name).contains(text);
  }

  /** Whether the name is not asked for or one value is, or is a pattern found in, {@code text}. */
  public boolean pattern(String name, String text) {
    return any(name, value -> value.equals(text) || found(value, text));
  }

  /** Whether the name is not asked for or {@code text} begins with one value. */
  public boolean prefix(String name, String text) {
    return any(name, text::startsWith);
  }

  /** Whether every asked {@code key} or {@code key=value} is among the labels. */
  public boolean labels(String name, Map<String, String> labels) {
    return all(name).stream().allMatch(wanted -> hasLabel(wanted, labels));
  }

  /** Whether none of the asked {@code key} or {@code key=value} is among the labels. */
  public boolean withoutLabels(String name, Map<String, String> labels) {
    return all(name).stream().noneMatch(unwanted -> hasLabel(unwanted, labels));
  }

  private static boolean hasLabel(String wanted, Map<String, String> labels) {
    int equals = wanted.indexOf('=');
    String key = equals < 0 ? wanted : wanted.substring(0, equals);
    String value = labels.get(key);
    return value != null && (equals < 0 || value.equals(wanted.substring(equals + 1)));
  }

  /**
   * The one boolean value of a name.
   *
   * @throws EngineException INVALID "invalid filter 'dangling=[x]'"
   */
  public boolean flag(String name, boolean otherwise) {
    Set<String> asked = all(name);
    if (asked.isEmpty()) {
      return otherwise;
    }
    boolean yes = asked.contains("1") || asked.contains("true");
    boolean no = asked.contains("0") || asked.contains("false");
    if (yes == no) {
      throw invalidValue(name);
    }
    return yes;
  }

  /** The refusal of a name's values. */
  public EngineException invalidValue(String name) {
    return EngineException.invalid(
        "invalid filter '%s=[%s]'".formatted(name, String.join(" ", all(name))));
  }

  private static boolean found(String pattern, String text) {
    try {
      return Pattern.compile(pattern).matcher(text).find();
    } catch (PatternSyntaxException e) {
      // As in moby: what is no pattern is only compared as it is.
      return false;
    }
  }
}
