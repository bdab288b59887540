package dev.flota.api.fleet;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;

/**
 * {@code POST /fleet/members}: a host asks to be let in.
 *
 * @param token the join token's text
 * @param hostId chosen by the host, 64 hex digits
 * @param publicKey X.509 SPKI in Base64
 * @param now by the host's clock
 * @param version of its engine
 */
record JoinRequest(
    String token,
    String hostId,
    String name,
    String address,
    String publicKey,
    Instant now,
    String version,
    Map<String, String> labels) {

  /**
   * Reads one.
   *
   * @throws EngineException INVALID, naming what is missing or wrong
   */
  static JoinRequest parse(byte[] json) {
    try {
      JsonNode fields = Json.PLAIN.readTree(json);
      for (RecordComponent part : JoinRequest.class.getRecordComponents()) {
        if (!fields.hasNonNull(part.getName())) {
          throw EngineException.invalid(part.getName() + ": is missing in the request to join");
        }
      }
      return Json.PLAIN.treeToValue(fields, JoinRequest.class);
    } catch (JsonProcessingException e) {
      throw EngineException.invalid("this is no request to join: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The public key, X.509 SPKI. */
  byte[] key() {
    try {
      return Base64.getDecoder().decode(publicKey);
    } catch (IllegalArgumentException e) {
      throw EngineException.invalid("publicKey: is not Base64: " + e.getMessage());
    }
  }
}
