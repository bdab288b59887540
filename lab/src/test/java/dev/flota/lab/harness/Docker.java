package dev.flota.lab.harness;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The stock docker command line against one engine, with an empty configuration of its own.
 *
 * <p>Command lines are cut into words as a shell does; each {@code {}} is replaced by a value,
 * which stays one word.
 */
public final class Docker {
  private final String host;
  private final Path configuration;

  Docker(String host, Path configuration) {
    this.host = host;
    this.configuration = configuration;
  }

  /** The same engine with another directory for credentials. */
  public Docker withConfiguration(Path directory) {
    return new Docker(host, directory);
  }

  /** Runs to the end, whatever the exit code. */
  public Output run(String line, Object... values) {
    return start(line, values).endInput().await();
  }

  /**
   * Runs to the end, fails unless successful, and returns standard output without blanks around.
   */
  public String ok(String line, Object... values) {
    return run(line, values).exited(0).text();
  }

  /** Runs with this standard input to the end. */
  public Output input(byte[] input, String line, Object... values) {
    return start(line, values).type(input).endInput().await();
  }

  /** Starts and returns at once. */
  public RunningCommand start(String line, Object... values) {
    return RunningCommand.start(prepared(words(line, values)));
  }

  /** Starts {@code flota} with this engine as its daemon. */
  public RunningCommand flota(String line, Object... values) {
    List<String> words = new ArrayList<>(List.of("../flota"));
    words.addAll(Words.of(line, values));
    return RunningCommand.start(prepared(words));
  }

  /** Starts on a terminal of 24 lines and 80 columns. */
  public Terminal terminal(String line, Object... values) {
    return Terminal.open(words(line, values), environment());
  }

  /** A shell script in which {@code docker} means this engine. */
  public Output shell(String script) {
    return RunningCommand.start(prepared(List.of("bash", "-c", script))).endInput().await();
  }

  /** True if the engine has the image. */
  public boolean hasImage(String name) {
    return run("image inspect {}", name).exit() == 0;
  }

  /** Pulls what the engine does not have yet. */
  public void need(String... images) {
    for (String image : images) {
      if (!hasImage(image)) {
        ok("pull -q {}", image);
      }
    }
  }

  /** One field of a container, image, volume or network as {@code docker inspect -f} shows it. */
  public String inspect(String format, String name) {
    return ok("inspect -f {} {}", format, name);
  }

  private ProcessBuilder prepared(List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment());
    return builder;
  }

  private Map<String, String> environment() {
    return Map.of(
        "DOCKER_HOST", host, "DOCKER_CONFIG", configuration.toString(), "DOCKER_CLI_HINTS", "0");
  }

  private static List<String> words(String line, Object... values) {
    List<String> words = new ArrayList<>();
    words.add("docker");
    words.addAll(Words.of(line, values));
    return words;
  }
}
