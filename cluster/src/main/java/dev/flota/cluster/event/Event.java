package dev.flota.cluster.event;

import java.time.Instant;
import java.util.Map;

/**
 * Something that happened: {@code EventMessage} of the Docker Engine API v1.50.
 *
 * @param type {@code container}, {@code image}, {@code volume}, {@code network}, {@code daemon}
 * @param action Docker's word, such as {@code exec_create: sh}
 * @param actorId id or name of what it happened to
 */
public record Event(
    String type, String action, String actorId, Map<String, String> attributes, Instant time) {}
