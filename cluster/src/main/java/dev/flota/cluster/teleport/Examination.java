package dev.flota.cluster.teleport;

import java.util.List;

/**
 * Whether a container could be moved.
 *
 * @param host it would go to; empty when there is none
 * @param mode that would be chosen
 * @param obstacles all that stands against it; empty when it could be moved
 * @param notes what is worth knowing and stands against nothing
 */
public record Examination(String host, String mode, List<String> obstacles, List<String> notes) {}
