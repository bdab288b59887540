package dev.flota.engine.log;

/**
 * How far somebody has read a log, for him to go on there: also on another host, where the file is
 * the same.
 *
 * @param offset bytes of its last file
 * @param midLine whether what was read last has no end of line yet
 */
public record LogPosition(long offset, boolean midLine) {}
