package dev.flota.api.docker.image;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.image.RegistryAuth;
import dev.flota.engine.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The header {@code X-Registry-Auth}: credentials as base64url of JSON. */
final class AuthHeader {
  static final String NAME = "X-Registry-Auth";
  private static final Logger LOG = LoggerFactory.getLogger(AuthHeader.class);

  private AuthHeader() {}

  /** The credentials; as in moby, what cannot be read means none. */
  static @Nullable RegistryAuth read(String header) {
    String text = header.strip();
    if (text.isEmpty()) {
      return null;
    }
    try {
      byte[] json = Base64.getUrlDecoder().decode(urlSafe(text));
      RegistryAuth auth =
          Json.PLAIN.readValue(new String(json, StandardCharsets.UTF_8), RegistryAuth.class);
      return isEmpty(auth) ? null : auth;
    } catch (IllegalArgumentException | JsonProcessingException e) {
      LOG.debug("unreadable {} header: {}", NAME, e.getClass().getSimpleName());
      return null;
    }
  }

  /** Some clients use the alphabet of plain base64. */
  private static String urlSafe(String text) {
    return text.replace('+', '-').replace('/', '_');
  }

  private static boolean isEmpty(@Nullable RegistryAuth auth) {
    return auth == null
        || (!auth.hasPassword() && auth.identityToken() == null && auth.registryToken() == null);
  }
}
