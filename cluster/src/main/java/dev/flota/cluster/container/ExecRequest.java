package dev.flota.cluster.container;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code POST /containers/{id}/exec}: {@code ExecConfig} of the Docker Engine API. */
public record ExecRequest(
    boolean attachStdin,
    boolean attachStdout,
    boolean attachStderr,
    @Nullable List<Integer> consoleSize,
    @Nullable String detachKeys,
    boolean tty,
    @Nullable List<String> env,
    @Nullable List<String> cmd,
    boolean privileged,
    @Nullable String user,
    @Nullable String workingDir) {}
