package dev.flota.engine.log;

import java.time.Instant;

/**
 * One piece of a container's output.
 *
 * @param time when conmon read it, with nanoseconds
 * @param stream 1 standard output, 2 standard error
 * @param data with its newline, unless {@code partial}
 * @param partial whether the line goes on in the next entry of the same stream (or was never ended)
 */
@SuppressWarnings("ArrayRecordComponent") // bytes on their way; never compared
public record LogEntry(Instant time, int stream, byte[] data, boolean partial) {}
