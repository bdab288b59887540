package dev.flota.cluster.container;

import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.NetworkingConfig;
import org.jspecify.annotations.Nullable;

/** {@code POST /containers/create}. A missing name is generated. */
public record CreateRequest(
    @Nullable String name,
    @Nullable String platform,
    ContainerConfig config,
    HostConfig hostConfig,
    NetworkingConfig networkingConfig) {}
