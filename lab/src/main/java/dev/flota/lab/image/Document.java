package dev.flota.lab.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** A JSON document of an image, as the exact text that its digest is made of. */
record Document(String mediaType, String text, String digest) {
  /** Sorted names: the same image has the same digest whoever builds it. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS).build();

  static Document of(String mediaType, Map<String, Object> json) {
    try {
      String text = JSON.writeValueAsString(json);
      return new Document(mediaType, text, Digests.of(text.getBytes(StandardCharsets.UTF_8)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an image's document is not JSON", e);
    }
  }

  /** How other documents refer to this one. */
  Map<String, Object> descriptor() {
    return descriptor(mediaType, digest, text.getBytes(StandardCharsets.UTF_8).length);
  }

  static Map<String, Object> descriptor(String mediaType, String digest, long size) {
    Map<String, Object> descriptor = new LinkedHashMap<>();
    descriptor.put("mediaType", mediaType);
    descriptor.put("digest", digest);
    descriptor.put("size", size);
    return descriptor;
  }
}
