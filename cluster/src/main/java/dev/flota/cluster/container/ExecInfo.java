package dev.flota.cluster.container;

import org.jspecify.annotations.Nullable;

/** What is known of one exec; exitCode is null while it has not ended. */
public record ExecInfo(
    String id,
    String containerId,
    ExecRequest request,
    boolean running,
    @Nullable Integer exitCode,
    int pid) {}
