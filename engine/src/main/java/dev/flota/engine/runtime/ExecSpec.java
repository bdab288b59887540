package dev.flota.engine.runtime;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A further process in a running container: {@code ExecConfig} of the Docker Engine API.
 *
 * @param arguments command and arguments
 * @param environment {@code NAME=value}, on top of the container's own
 * @param user {@code user[:group]}, {@code null} for the container's
 * @param workingDir {@code null} for the container's
 * @param consoleSize rows and columns of the terminal at the start
 */
public record ExecSpec(
    List<String> arguments,
    List<String> environment,
    @Nullable String user,
    @Nullable String workingDir,
    boolean tty,
    boolean attachStdin,
    boolean privileged,
    @Nullable List<Integer> consoleSize) {}
