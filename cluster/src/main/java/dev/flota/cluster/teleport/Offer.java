package dev.flota.cluster.teleport;

import dev.flota.engine.spec.ContainerRecord;
import java.util.List;

/**
 * What a host tells another one of a container that it would move there.
 *
 * @param instructions extensions of the processor that programs there may use
 * @param memory bytes of its processes
 * @param early of them, those that are to be there before it goes on there
 * @param files bytes of its writable layer and volumes
 * @param outwards connections that leave the fleet by a host's own address
 */
public record Offer(
    ContainerRecord record,
    List<String> instructions,
    long memory,
    long early,
    long files,
    int outwards) {}
