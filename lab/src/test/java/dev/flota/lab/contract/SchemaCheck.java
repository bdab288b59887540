package dev.flota.lab.contract;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks one JSON value against a schema as Swagger 2.0 has them, as far as Docker's file uses it.
 */
public final class SchemaCheck {
  private final ApiDescription description;

  /** References are looked up in the description. */
  public SchemaCheck(ApiDescription description) {
    this.description = description;
  }

  /**
   * Where a value breaks its schema.
   *
   * @param place e.g. {@code HostConfig.Dns[]}, without indices and map keys, so that it is the
   *     same for every element
   */
  public record Breach(String place, String problem) {}

  /** All breaches; none if the value keeps to the schema. */
  public List<Breach> check(JsonNode schema, JsonNode value) {
    List<Breach> breaches = new ArrayList<>();
    check(schema, value, "", breaches);
    return breaches;
  }

  private void check(JsonNode schema, JsonNode value, String place, List<Breach> breaches) {
    JsonNode resolved = resolve(schema);
    if (value.isNull()) {
      if (!resolved.path("x-nullable").asBoolean() && !schema.path("x-nullable").asBoolean()) {
        breaches.add(new Breach(place, "is null, should be " + kind(resolved)));
      }
      return;
    }
    switch (kind(resolved)) {
      case "object" -> checkObject(resolved, value, place, breaches);
      case "array" -> checkArray(resolved, value, place, breaches);
      case "string" -> {
        checkString(resolved, value, place, breaches);
        resolved.path("allOf").forEach(part -> check(part, value, place, breaches));
      }
      case "integer" -> require(value.isIntegralNumber(), "an integer", value, place, breaches);
      case "number" -> require(value.isNumber(), "a number", value, place, breaches);
      case "boolean" -> require(value.isBoolean(), "a boolean", value, place, breaches);
      default -> {}
    }
  }

  private void checkObject(JsonNode schema, JsonNode value, String place, List<Breach> breaches) {
    if (!require(value.isObject(), "an object", value, place, breaches)) {
      return;
    }
    Map<String, JsonNode> properties = new HashMap<>();
    collectProperties(schema, properties);
    JsonNode others = additional(schema);
    value
        .properties()
        .forEach(
            field -> {
              JsonNode known = properties.get(field.getKey());
              if (known != null) {
                check(known, field.getValue(), join(place, field.getKey()), breaches);
              } else if (others != null && others.isObject()) {
                check(others, field.getValue(), place + "{}", breaches);
              } else if (others == null && !properties.isEmpty()) {
                breaches.add(new Breach(join(place, field.getKey()), "is not in the description"));
              }
            });
    for (String required : required(schema)) {
      if (!value.has(required)) {
        breaches.add(new Breach(join(place, required), "is missing"));
      }
    }
  }

  private void checkArray(JsonNode schema, JsonNode value, String place, List<Breach> breaches) {
    if (require(value.isArray(), "an array", value, place, breaches)) {
      value.forEach(element -> check(schema.path("items"), element, place + "[]", breaches));
    }
  }

  private static void checkString(
      JsonNode schema, JsonNode value, String place, List<Breach> breaches) {
    if (!require(value.isTextual(), "a string", value, place, breaches)) {
      return;
    }
    String text = value.asText();
    JsonNode allowed = schema.path("enum");
    if (allowed.isArray() && !contains(allowed, text)) {
      breaches.add(new Breach(place, "is '" + text + "', none of " + allowed));
    }
    String format = schema.path("format").asText();
    if ((format.equals("date-time") || format.equals("dateTime")) && !isTime(text)) {
      breaches.add(new Breach(place, "is '" + text + "', not a time as RFC 3339 has it"));
    }
  }

  private static boolean contains(JsonNode texts, String text) {
    for (JsonNode element : texts) {
      if (element.asText().equals(text)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isTime(String text) {
    try {
      return OffsetDateTime.parse(text).getYear() >= 1;
    } catch (DateTimeParseException failure) {
      return false;
    }
  }

  private static boolean require(
      boolean holds, String what, JsonNode value, String place, List<Breach> breaches) {
    if (!holds) {
      breaches.add(new Breach(place, "is " + value.getNodeType() + ", should be " + what));
    }
    return holds;
  }

  private JsonNode resolve(JsonNode schema) {
    String reference = schema.path("$ref").asText();
    if (reference.isEmpty()) {
      return schema;
    }
    return resolve(description.definition(reference.substring("#/definitions/".length())));
  }

  private String kind(JsonNode schema) {
    if (schema.has("type")) {
      return schema.path("type").asText();
    }
    if (schema.has("properties")) {
      return "object";
    }
    // The file wraps references so to say something besides.
    return schema.has("allOf") ? kind(resolve(schema.path("allOf").path(0))) : "anything";
  }

  private void collectProperties(JsonNode schema, Map<String, JsonNode> properties) {
    JsonNode resolved = resolve(schema);
    resolved
        .path("properties")
        .properties()
        .forEach(field -> properties.put(field.getKey(), field.getValue()));
    resolved.path("allOf").forEach(part -> collectProperties(part, properties));
  }

  private List<String> required(JsonNode schema) {
    List<String> names = new ArrayList<>();
    JsonNode resolved = resolve(schema);
    resolved.path("required").forEach(name -> names.add(name.asText()));
    resolved.path("allOf").forEach(part -> names.addAll(required(part)));
    return names;
  }

  /** Null if the schema says nothing of further properties. */
  private static @Nullable JsonNode additional(JsonNode schema) {
    return schema.get("additionalProperties");
  }

  private static String join(String place, String name) {
    return place.isEmpty() ? name : place + "." + name;
  }
}
