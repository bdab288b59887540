package dev.flota.cluster.teleport;

import dev.flota.engine.spec.ContainerRecord;
import java.util.List;

/**
 * What a host tells another one of a container that it would move there.
 *
 * @param instructions extensions of the processor that programs there may use
 * @param memory bytes of its processes
 * @param files bytes of its writable layer and volumes
 */
public record Offer(ContainerRecord record, List<String> instructions, long memory, long files) {}
