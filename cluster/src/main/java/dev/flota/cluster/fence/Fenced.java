package dev.flota.cluster.fence;

import java.time.Duration;
import java.time.Instant;

/**
 * The fencer stopped a container, or was about to when it was ended itself.
 *
 * @param id of the container
 * @param sinceBoot when, on the boot clock
 * @param at when, on the wall clock of then
 */
public record Fenced(String id, Duration sinceBoot, Instant at) {}
