package dev.flota.engine.image.registry;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.Map;

/**
 * One endpoint of the distribution API (OCI distribution-spec 1.1): what to ask, and what to make
 * of the answer. {@link RegistryClient} does the rest.
 *
 * @param <T> what the answer means
 */
interface RegistryCall<T> {
  /** {@code GET} or {@code HEAD}. */
  default String method() {
    return "GET";
  }

  /** What follows {@code /v2/}. */
  String path();

  /** Headers of the request. */
  default Map<String, String> headers() {
    return Map.of();
  }

  /** Whether {@link #answer} understands that status; any other is an error. */
  default boolean understands(int status) {
    return status == 200;
  }

  /** What the answer means. Who does not read the body to its end closes it. */
  T answer(HttpResponse<InputStream> response) throws IOException;
}
