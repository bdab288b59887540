package dev.flota.engine.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.manifest.MediaType;
import dev.flota.engine.image.registry.RegistryException.Reason;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.security.MessageDigest;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /v2/NAME/manifests/TAG-OR-DIGEST}.
 *
 * @param wanted the digest the manifest must have; null for a tag's
 */
record ManifestPuller(String repository, String tagOrDigest, @Nullable Digest wanted)
    implements RegistryCall<PulledManifest> {
  private static final int LIMIT = 4 << 20;

  static ManifestPuller byDigest(String repository, Digest digest) {
    return new ManifestPuller(repository, digest.toString(), digest);
  }

  static ManifestPuller byTag(String repository, String tag) {
    return new ManifestPuller(repository, tag, null);
  }

  @Override
  public String path() {
    return repository + "/manifests/" + tagOrDigest;
  }

  @Override
  public Map<String, String> headers() {
    return Map.of("Accept", String.join(", ", MediaType.MANIFESTS));
  }

  @Override
  public PulledManifest answer(HttpResponse<InputStream> response) throws IOException {
    byte[] content;
    try (InputStream body = response.body()) {
      content = body.readNBytes(LIMIT + 1);
    }
    if (content.length > LIMIT) {
      throw new RegistryException(Reason.OTHER, "manifest is too large");
    }
    Digest digest = Digest.of(content);
    if (wanted != null) {
      digest = wanted.sameKind(hashed(wanted, content));
      if (!digest.equals(wanted)) {
        throw new RegistryException(
            Reason.OTHER, "manifest verification failed for digest " + wanted);
      }
    }
    return new PulledManifest(content, digest, mediaType(response, content));
  }

  private static MessageDigest hashed(Digest wanted, byte[] content) {
    MessageDigest hash = wanted.newHash();
    hash.update(content);
    return hash;
  }

  /** The manifest's own word counts more than the header; OCI manifests need not have one. */
  private static String mediaType(HttpResponse<InputStream> response, byte[] content)
      throws IOException {
    JsonNode root = Json.PLAIN.readTree(content);
    if (root == null || !root.isObject()) {
      throw new RegistryException(Reason.OTHER, "manifest is not a JSON object");
    }
    if (root.path("schemaVersion").asInt() == 1) {
      return MediaType.DOCKER_SCHEMA_1;
    }
    String header = response.headers().firstValue("Content-Type").orElse("");
    String bare = header.split(";", 2)[0].strip();
    return root.path("mediaType").asText(bare);
  }
}
