package dev.flota.engine.runtime;

import dev.flota.engine.linux.ChildProcess;
import dev.flota.engine.linux.Pipe;
import dev.flota.engine.linux.Spawn;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An OCI runtime, as far as conmon does not run it for us.
 *
 * @param executable crun, runc or another
 * @param root its state directory
 */
record OciRuntime(Path executable, Path root) {
  private static final Logger LOGGER = LoggerFactory.getLogger(OciRuntime.class);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int CHUNK = 8192;

  /**
   * Lets a created container's command start.
   *
   * @param pid of its process, which waits
   * @throws StartFailedException it cannot be started
   */
  void start(String id, int pid) {
    if (!state(id).release(pid)) {
      Output output = run(List.of("start", id));
      if (output.exitCode() != 0) {
        throw RuntimeFailure.ofContainer(output.errors());
      }
    }
  }

  /** Whether a container was created and not started. */
  boolean waiting(String id) {
    return state(id).waiting();
  }

  /**
   * Forgets a container. Its processes and control group are left to the caller where the runtime
   * is crun or runc.
   */
  void forget(String id) {
    if (state(id).kind() == RuntimeState.Kind.OTHER) {
      Output output = run(List.of("delete", "--force", id));
      if (output.exitCode() != 0) {
        LOGGER.warn("{} delete {}: {}", executable, id, output.errors());
      }
    }
    FileTree.delete(root.resolve(id));
  }

  private RuntimeState state(String id) {
    return new RuntimeState(root.resolve(id));
  }

  private record Output(int exitCode, String errors) {}

  private Output run(List<String> arguments) {
    List<String> all = new ArrayList<>(List.of("--root=" + root));
    all.addAll(arguments);
    try (Pipe errors = Pipe.open()) {
      ChildProcess child =
          Spawn.of(executable, all)
              .environment(Map.of("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"))
              .descriptor(2, errors.writeEnd())
              .start();
      errors.writeEnd().close();
      String words = read(errors);
      return new Output(child.await(), words);
    }
  }

  private static String read(Pipe pipe) {
    StringBuilder text = new StringBuilder();
    byte[] part = pipe.read(CHUNK, PATIENCE);
    while (part.length > 0) {
      text.append(new String(part, StandardCharsets.UTF_8));
      part = pipe.read(CHUNK, PATIENCE);
    }
    return text.toString().strip();
  }
}
