package dev.flota.cluster.placement;

import java.util.Map;

/**
 * A container as affinities see it.
 *
 * @param id 64 hex digits
 * @param name without the leading slash
 * @param labels of the container
 * @param hostId where it is
 */
public record ContainerView(String id, String name, Map<String, String> labels, String hostId) {}
