package dev.flota.cluster.host;

import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.cluster.membership.MembershipActor;

/**
 * This host's part in its fleet, as its actors need it.
 *
 * @param identity who this host is
 * @param run differs with each start of the daemon
 * @param version of the engine
 * @param directory where the actors note what the others have
 * @param fellows what the ledger says of the fleet
 */
public record FleetMember(
    HostIdentity identity,
    long run,
    String version,
    Directory directory,
    MembershipActor.Fellows fellows) {}
