package dev.flota.engine.network;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the packet filter must know of one network on this host.
 *
 * @param interfaces of the host that are the network: its bridge, and what a {@link Wire} adds
 * @param gateway which the network's containers ask for names
 * @param internal nothing leaves it and nothing comes in
 * @param talking whether its containers reach each other
 * @param masquerade whether what leaves it has the host's address
 * @param hostAddress that packets to published ports come from, so that the answers come back here
 *     wherever the container is; {@code null} keeps the client's
 */
record NetworkRules(
    Set<String> interfaces,
    Subnet subnet,
    Ipv4 gateway,
    boolean internal,
    boolean talking,
    boolean masquerade,
    @Nullable Ipv4 hostAddress) {}
