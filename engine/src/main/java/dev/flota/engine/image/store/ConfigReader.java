package dev.flota.engine.image.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.ImageConfig;
import dev.flota.engine.json.Json;
import java.io.IOException;

/** Reads image configurations as strangers write them. */
public final class ConfigReader {
  private ConfigReader() {}

  /**
   * The configuration in {@code content}. Old images do not say what they run on: that is Linux, on
   * whatever processor.
   *
   * @throws EngineException INVALID when it is no configuration of an image
   */
  public static ImageConfig read(byte[] content) throws IOException {
    try {
      JsonNode root = Json.PLAIN.readTree(content);
      if (!(root instanceof ObjectNode config) || !hasDiffIds(config)) {
        throw EngineException.invalid("invalid rootfs in image configuration");
      }
      complete(config, "os", "linux");
      complete(config, "architecture", "");
      return Json.PLAIN.treeToValue(config, ImageConfig.class);
    } catch (JsonProcessingException e) {
      throw EngineException.invalid("invalid image configuration: " + e.getOriginalMessage());
    }
  }

  private static boolean hasDiffIds(JsonNode config) {
    JsonNode diffIds = config.path("rootfs").path("diff_ids");
    return diffIds.isArray() && diffIds.valueStream().allMatch(JsonNode::isTextual);
  }

  private static void complete(ObjectNode config, String field, String value) {
    if (config.path(field).asText("").isEmpty()) {
      config.put(field, value);
    }
  }
}
