package dev.flota.api.fleet;

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

  byte[] key() {
    return Base64.getDecoder().decode(publicKey);
  }
}
