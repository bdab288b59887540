package dev.flota.cluster.container;

import org.jspecify.annotations.Nullable;

/**
 * {@code POST /containers/{id}/attach}.
 *
 * @param logs replay what was logged first
 * @param stream go on with what comes
 * @param detachKeys Docker's notation ({@code ctrl-p,ctrl-q}); null is the default
 */
public record AttachOptions(
    boolean logs,
    boolean stream,
    boolean stdin,
    boolean stdout,
    boolean stderr,
    @Nullable String detachKeys) {}
