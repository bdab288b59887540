package dev.flota.engine.volume;

import java.util.List;

/**
 * A mount ready to be put into an OCI configuration ({@code mounts} of the runtime specification).
 *
 * @param type {@code bind} or {@code tmpfs}
 * @param options {@code rbind}, {@code ro}, {@code rprivate}, {@code size=…}
 */
public record BoundMount(String destination, String type, String source, List<String> options) {}
