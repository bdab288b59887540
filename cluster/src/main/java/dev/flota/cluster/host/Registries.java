package dev.flota.cluster.host;

import dev.flota.engine.container.Claims;
import dev.flota.engine.image.LayerSource;
import dev.flota.engine.network.NetworkRegistry;
import dev.flota.engine.network.Wire;
import dev.flota.engine.volume.VolumeClaims;
import java.util.Map;

/**
 * Who decides what must be the same on all hosts, for a host of a fleet.
 *
 * @param networks over networks, addresses and published ports
 * @param wire connects the networks of this host with those of the others
 * @param claims over containers and their names
 * @param volumes over the names of volumes
 * @param layers gives layers that other hosts have
 * @param eventAttributes that each event of this host has
 */
public record Registries(
    NetworkRegistry networks,
    Wire wire,
    Claims claims,
    VolumeClaims volumes,
    LayerSource layers,
    Map<String, String> eventAttributes) {}
