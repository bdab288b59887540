package dev.flota.engine.image.registry;

import java.net.URI;

/**
 * One way to reach a registry.
 *
 * @param base scheme, host and port, perhaps a path; no slash at the end
 * @param mirror whether it is a mirror of Docker Hub, which gets no credentials of Docker Hub
 * @param verified whether its certificate must be valid
 */
public record Endpoint(URI base, boolean mirror, boolean verified) {

  /** Host and port as written. */
  public String host() {
    return base.getRawAuthority();
  }

  /** URL of a path below {@code /v2/}. */
  public URI resolve(String path) {
    return URI.create(base + "/v2/" + path);
  }
}
