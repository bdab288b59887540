package dev.flota.cluster.ledger;

import java.time.Instant;
import java.util.Map;

/**
 * A network of the fleet.
 *
 * @param id 64 hex digits
 * @param name unique
 * @param vni its VXLAN network identifier (RFC 7348), never given again
 * @param subnet in CIDR form
 * @param ipRange in CIDR form, where addresses come from that nobody chose
 */
public record NetworkEntry(
    String id,
    String name,
    String driver,
    int vni,
    String subnet,
    String gateway,
    String ipRange,
    boolean internal,
    boolean attachable,
    Map<String, String> options,
    Map<String, String> labels,
    Instant created) {}
