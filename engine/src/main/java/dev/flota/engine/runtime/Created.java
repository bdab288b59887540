package dev.flota.engine.runtime;

import java.util.List;

/**
 * A container that exists but whose command does not run yet.
 *
 * @param pid of its first process in the host's pid namespace
 * @param conmonPid of the supervisor
 * @param warnings what was left out because this machine cannot give it
 */
public record Created(int pid, int conmonPid, List<String> warnings) {}
