package dev.flota.api.docker.container;

import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import dev.flota.api.docker.JsonBody;
import dev.flota.cluster.container.CreateRequest;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The body of {@code POST /containers/create}: the configuration with two more parts in it. */
final class CreateBody {
  private static final ContainerConfig NOTHING =
      Json.DOCKER.convertValue(Map.of(), ContainerConfig.class);

  private CreateBody() {}

  @JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
  record HostParts(@Nullable HostConfig hostConfig, @Nullable NetworkingConfig networkingConfig) {}

  /**
   * The request in the body.
   *
   * @throws EngineException INVALID in Docker's words
   */
  static CreateRequest read(JsonBody body, @Nullable String name, @Nullable String platform) {
    ContainerConfig config =
        body.read(ContainerConfig.class)
            .filter(given -> !given.equals(NOTHING))
            .orElseThrow(
                () ->
                    EngineException.invalid(
                        "config cannot be empty in order to create a container"));
    HostParts parts = body.readOr(HostParts.class, new HostParts(null, null));
    HostConfig host = parts.hostConfig();
    NetworkingConfig networking = parts.networkingConfig();
    return new CreateRequest(
        name,
        platform,
        config,
        host == null ? Json.DOCKER.convertValue(Map.of(), HostConfig.class) : host,
        networking == null ? new NetworkingConfig(null) : networking);
  }
}
