package dev.flota.engine.image.registry;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.json.Json;
import java.io.IOException;

/** A manifest or an index, verified against its digest. */
public final class PulledManifest {
  private final byte[] content;
  private final Digest digest;
  private final String mediaType;

  PulledManifest(byte[] content, Digest digest, String mediaType) {
    this.content = content;
    this.digest = digest;
    this.mediaType = mediaType;
  }

  /** The bytes the digest is of. */
  public byte[] content() {
    return content.clone();
  }

  /** Its digest. */
  public Digest digest() {
    return digest;
  }

  /** What it is. */
  public String mediaType() {
    return mediaType;
  }

  /** Its content read as {@code type}. */
  public <T> T as(Class<T> type) throws IOException {
    try {
      T value = Json.PLAIN.readValue(content, type);
      if (value != null) {
        return value;
      }
    } catch (JsonProcessingException e) {
      throw EngineException.invalid(
          "manifest " + digest + " cannot be read: " + e.getOriginalMessage());
    }
    throw EngineException.invalid("manifest " + digest + " is empty");
  }
}
