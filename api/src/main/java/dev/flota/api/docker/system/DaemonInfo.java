package dev.flota.api.docker.system;

/**
 * What the daemon says of itself.
 *
 * @param version of Flota
 * @param commit it was built from, or {@code unknown}
 * @param buildTime RFC 3339, or empty
 */
public record DaemonInfo(String version, String commit, String buildTime) {}
