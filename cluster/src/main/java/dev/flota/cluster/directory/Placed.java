package dev.flota.cluster.directory;

import dev.flota.cluster.membership.FleetMessage;
import dev.flota.engine.spec.ContainerRecord;

/** A container and the host that has it. */
public record Placed(String hostId, ContainerRecord record) implements FleetMessage {}
