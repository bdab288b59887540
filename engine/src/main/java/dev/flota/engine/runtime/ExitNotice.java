package dev.flota.engine.runtime;

import java.time.Instant;

/**
 * The end of a container's main process, as conmon recorded it.
 *
 * @param id of the container
 * @param pid of the process that ended, to tell one run from the next
 * @param exitCode 128 + n after signal n
 * @param at when conmon saw it
 */
public record ExitNotice(String id, int pid, int exitCode, Instant at, boolean oomKilled) {}
