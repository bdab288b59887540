package dev.flota.engine.network;

import dev.flota.engine.spec.EndpointRecord;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container's network as it was set up for a start.
 *
 * @param namespace the network namespace to give to the OCI runtime, {@code null} for {@code
 *     --network host}: the container shares the host's
 * @param endpoints the record's endpoints with the published ports now in force
 */
public record Attached(@Nullable Path namespace, List<EndpointRecord> endpoints) {}
