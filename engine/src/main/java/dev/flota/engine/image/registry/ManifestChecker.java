package dev.flota.engine.image.registry;

import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.manifest.MediaType;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.Optional;

/**
 * {@code HEAD /v2/NAME/manifests/TAG}: the digest alone, which does not count as a pull at
 * registries that count.
 */
record ManifestChecker(String repository, String tagOrDigest)
    implements RegistryCall<Optional<Digest>> {

  @Override
  public String method() {
    return "HEAD";
  }

  @Override
  public String path() {
    return repository + "/manifests/" + tagOrDigest;
  }

  @Override
  public Map<String, String> headers() {
    return Map.of("Accept", String.join(", ", MediaType.MANIFESTS));
  }

  /** An error has no body here: the GET that follows tells more. */
  @Override
  public boolean understands(int status) {
    return status != 401;
  }

  @Override
  public Optional<Digest> answer(HttpResponse<InputStream> response) throws IOException {
    response.body().close();
    if (response.statusCode() != 200) {
      return Optional.empty();
    }
    try {
      return response.headers().firstValue("Docker-Content-Digest").map(Digest::parse);
    } catch (EngineException e) {
      return Optional.empty();
    }
  }
}
