package dev.flota.engine.spec;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The part of a container's specification that is independent of the host: {@code ContainerConfig}
 * of the Docker Engine API v1.50. As sent by a client it may leave out anything; as kept in a
 * {@link ContainerRecord} the image's values are merged in.
 *
 * @param stopTimeout seconds before {@code stop} kills
 * @param healthcheck kept as sent until health checks are built
 */
@JsonNaming(PropertyNamingStrategies.UpperCamelCaseStrategy.class)
@JsonInclude(JsonInclude.Include.ALWAYS)
public record ContainerConfig(
    @Nullable String hostname,
    @Nullable String domainname,
    @Nullable String user,
    boolean attachStdin,
    boolean attachStdout,
    boolean attachStderr,
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
        @Nullable Map<String, Map<String, Object>> exposedPorts,
    boolean tty,
    boolean openStdin,
    boolean stdinOnce,
    @Nullable List<String> env,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY) @Nullable List<String> cmd,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable JsonNode healthcheck,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean argsEscaped,
    @Nullable String image,
    @Nullable Map<String, Map<String, Object>> volumes,
    @Nullable String workingDir,
    @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        @Nullable List<String> entrypoint,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Boolean networkDisabled,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String macAddress,
    @Nullable List<String> onBuild,
    @Nullable Map<String, String> labels,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String stopSignal,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer stopTimeout,
    @JsonInclude(JsonInclude.Include.NON_NULL)
        @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
        @Nullable List<String> shell) {

  /** A null in JSON says as little as a missing field. */
  public ContainerConfig {
    healthcheck = healthcheck == null || healthcheck.isNull() ? null : healthcheck;
  }

  /** The same under another host name. */
  public ContainerConfig withHostname(@Nullable String name) {
    return new ContainerConfig(
        name,
        domainname,
        user,
        attachStdin,
        attachStdout,
        attachStderr,
        exposedPorts,
        tty,
        openStdin,
        stdinOnce,
        env,
        cmd,
        healthcheck,
        argsEscaped,
        image,
        volumes,
        workingDir,
        entrypoint,
        networkDisabled,
        macAddress,
        onBuild,
        labels,
        stopSignal,
        stopTimeout,
        shell);
  }
}
