package dev.flota.api.docker;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Set;

/**
 * Docker's own description of API v1.50. Any value may be null in it: moby writes null for what the
 * file says is a list or an object, nearly everywhere.
 */
public final class DockerDescription {
  private static final ObjectNode FILE = read();

  private DockerDescription() {}

  /** One operation of the description. */
  public record Operation(String method, String path, String id) {
    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  private static ObjectNode read() {
    try (InputStream file = DockerDescription.class.getResourceAsStream("/docker-api-v1.50.yaml")) {
      ObjectNode root = (ObjectNode) new YAMLMapper().readTree(file);
      allowNull(root.get("definitions"));
      return root;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void allowNull(JsonNode node) {
    if (node instanceof ObjectNode object) {
      if (object.path("type").isTextual()) {
        String type = object.get("type").asText();
        object.putArray("type").add(type).add("null");
      }
      if (object.get("enum") instanceof ArrayNode values) {
        values.addNull();
      }
      object.remove("format");
    }
    for (JsonNode child : node) {
      allowNull(child);
    }
  }

  /** All operations. */
  public static List<Operation> operations() {
    return FILE.get("paths").properties().stream()
        .flatMap(
            path ->
                path.getValue().properties().stream()
                    .map(
                        method ->
                            new Operation(
                                method.getKey().toUpperCase(java.util.Locale.ROOT),
                                path.getKey(),
                                method.getValue().get("operationId").asText())))
        .toList();
  }

  /** Fails unless the JSON value keeps to a definition and names no field outside it. */
  public static JsonNode assertKeepsTo(String definition, Replies.JsonValue value) {
    JsonNode written = parse(value);
    assertKeepsTo(FILE.get("definitions").get(definition), written);
    return written;
  }

  /** Fails unless the JSON value keeps to the answer of an operation with this status. */
  public static JsonNode assertAnswers(
      String method, String path, int status, Replies.JsonValue value) {
    JsonNode schema =
        FILE.get("paths").get(path).get(method).get("responses").get("" + status).get("schema");
    JsonNode copy = schema.deepCopy();
    allowNull(copy);
    JsonNode written = parse(value);
    assertKeepsTo(copy, written);
    return written;
  }

  private static void assertKeepsTo(JsonNode schema, JsonNode written) {
    ObjectNode root = Json.PLAIN.createObjectNode();
    root.setAll((ObjectNode) schema);
    root.set("definitions", FILE.get("definitions"));
    Set<ValidationMessage> problems =
        JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V4).getSchema(root).validate(written);
    assertThat(problems).as(written.toPrettyString()).isEmpty();
  }

  /** What is written, as a tree. */
  public static JsonNode parse(Replies.JsonValue value) {
    try {
      return Json.PLAIN.readTree(Replies.bytes(value, new byte[0]).toArray());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
