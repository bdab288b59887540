package dev.flota.lab.contract;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** Docker's Swagger file: its paths, and the schema of each answer. */
public final class ApiDescription {
  private static final Pattern VERSION = Pattern.compile("^/v[0-9.]+(?=/)");
  private static final Pattern PLACE = Pattern.compile("\\{[^}]+}");

  private final JsonNode document;
  private final List<Path> paths = new ArrayList<>();

  private ApiDescription(JsonNode document) {
    this.document = document;
    document.path("paths").fieldNames().forEachRemaining(name -> paths.add(Path.of(name)));
    // /images/search before /images/{name}
    paths.sort(Comparator.comparingInt(Path::places).thenComparing(Path::template));
  }

  private record Path(String template, Pattern pattern, int places) {
    static Path of(String template) {
      // Names of images contain slashes.
      String place = template.contains("{name}") ? ".+" : "[^/]+";
      String pattern = PLACE.matcher(template).replaceAll(place);
      return new Path(template, Pattern.compile(pattern), PLACE.split(template, -1).length - 1);
    }
  }

  /** API 1.50. */
  public static ApiDescription load() {
    try (InputStream file = ApiDescription.class.getResourceAsStream("/docker-api-v1.50.yaml")) {
      return new ApiDescription(new YAMLMapper().readTree(file));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** The template, e.g. {@code /containers/{id}/json}, that a request's path goes by. */
  public Optional<String> template(String method, String path) {
    String bare = VERSION.matcher(path).replaceFirst("");
    return paths.stream()
        .filter(candidate -> candidate.pattern().matcher(bare).matches())
        .map(Path::template)
        .filter(template -> operation(method, template).isObject())
        .findFirst();
  }

  /** Empty where the file promises nothing about the body. */
  public Optional<JsonNode> schema(String method, String template, int status) {
    JsonNode responses = operation(method, template).path("responses");
    JsonNode response = responses.path(String.valueOf(status));
    if (response.isMissingNode() && status >= 400) {
      return Optional.of(definition("ErrorResponse"));
    }
    JsonNode schema = response.path("schema");
    boolean text = schema.path("type").asText().equals("string");
    return schema.isMissingNode() || text ? Optional.empty() : Optional.of(schema);
  }

  /** True if the file knows this status, or it is an error's. */
  public boolean knows(String method, String template, int status) {
    return status >= 400
        || status == 101
        || operation(method, template).path("responses").has(String.valueOf(status));
  }

  /** What {@code #/definitions/NAME} refers to. */
  JsonNode definition(String name) {
    JsonNode definition = document.path("definitions").path(name);
    if (definition.isMissingNode()) {
      throw new IllegalArgumentException("no such definition: " + name);
    }
    return definition;
  }

  private JsonNode operation(String method, String template) {
    return document.path("paths").path(template).path(method.toLowerCase(Locale.ROOT));
  }
}
