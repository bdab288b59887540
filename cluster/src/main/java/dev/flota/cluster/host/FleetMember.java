package dev.flota.cluster.host;

import dev.flota.cluster.custody.Custodian;
import dev.flota.cluster.custody.Lead;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.HostStatus;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.cluster.membership.MembershipActor;
import dev.flota.cluster.placement.Placement;
import dev.flota.cluster.teleport.Destination;
import dev.flota.cluster.teleport.Moves;
import dev.flota.engine.runtime.PageTransport;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * This host's part in its fleet, as its actors need it.
 *
 * @param identity who this host is
 * @param run differs with each start of the daemon
 * @param version of the engine
 * @param directory where the actors note what the others have
 * @param fellows what the ledger says of the fleet
 * @param placement chooses hosts for containers
 * @param drained whether a host of that id takes no more containers
 * @param images brings images from other hosts
 * @param custodian sees to it that each host runs what is its own
 * @param lead whether this host acts for those that are lost
 * @param moves of containers that are under way
 * @param pages how memory of containers goes to other hosts and comes from them
 * @param destinations how another host is reached to move a container there
 */
public record FleetMember(
    HostIdentity identity,
    long run,
    String version,
    Directory directory,
    MembershipActor.Fellows fellows,
    Placement placement,
    Predicate<String> drained,
    ImageSource images,
    Custodian custodian,
    Lead lead,
    Moves moves,
    PageTransport pages,
    Function<HostStatus, Destination> destinations) {}
