package dev.flota.engine.image;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * Credentials for one registry, as the Docker CLI sends them: {@code AuthConfig} of the Docker
 * Engine API, in the header {@code X-Registry-Auth} (base64url of its JSON) and in {@code POST
 * /auth}.
 *
 * @param identityToken a refresh token, from an earlier login
 * @param registryToken a bearer token to be used as it is
 * @param serverAddress {@code host:port} or a URL; {@code https://index.docker.io/v1/} is Docker
 *     Hub
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record RegistryAuth(
    @Nullable String username,
    @Nullable String password,
    @JsonProperty("identitytoken") @JsonAlias("identityToken") @Nullable String identityToken,
    @JsonProperty("registrytoken") @JsonAlias("registryToken") @Nullable String registryToken,
    @JsonProperty("serveraddress") @JsonAlias("serverAddress") @Nullable String serverAddress) {

  /** Whether user and password are there. */
  public boolean hasPassword() {
    return username != null && !username.isEmpty() && password != null;
  }

  /** Never shows a secret. */
  @Override
  public String toString() {
    return "RegistryAuth[" + username + "@" + serverAddress + "]";
  }
}
