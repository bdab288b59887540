package dev.flota.cluster.container;

/** How a container's run ended; {@code error} is empty when nothing went wrong in waiting. */
public record ExitStatus(int exitCode, String error) {}
