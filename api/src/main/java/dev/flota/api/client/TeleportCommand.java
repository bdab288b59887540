package dev.flota.api.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flota teleport}. */
@Command(
    name = "teleport",
    customSynopsis = {
      "flota teleport [OPTION…] CONTAINER [HOST]",
      "flota teleport [OPTION…] CONTAINER… --to HOST",
      "flota teleport [OPTION…] --filter FILTER… [--to HOST]"
    },
    description = {
      "Move a container to another host, or several, each for itself.",
      "It moves while it runs: memory, files, volumes, address and open connections come along."
          + " When anything fails before it runs there, it goes on where it was. A paused one stays"
          + " paused, a stopped one stopped.",
      "Processes of 'docker exec' cannot come along."
    },
    mixinStandardHelpOptions = true)
public final class TeleportCommand implements Callable<Integer> {
  @Mixin private FleetCommands.Target target = new FleetCommands.Target();

  @Parameters(index = "0", arity = "0..1", paramLabel = "CONTAINER", description = "name or id")
  private String container = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "HOST",
      description = {
        "name of a host, see 'flota hosts' (default: placement chooses one);",
        "with --to all words are containers"
      })
  private String destination = "";

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      defaultValue = "auto",
      description =
          "how memory is moved: stop, while the container is frozen; precopy, before, and again what"
              + " it changes meanwhile (the kernel must note that); postcopy, after it has gone on"
              + " there; auto chooses, and never postcopy for a container with the label"
              + " flota.teleport.safe=true (default: ${DEFAULT-VALUE})")
  private String mode = "auto";

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      description = "give up, and let it go on where it is, after this time (default: 1800)")
  private @Nullable Integer timeout;

  @ArgGroup(exclusive = true)
  private Execs execs = new Execs();

  /** What to do about processes of {@code docker exec}. */
  static final class Execs {
    @Option(names = "--wait-execs", description = "wait until no 'docker exec' runs in it")
    private boolean wait;

    @Option(names = "--kill-execs", description = "end what 'docker exec' runs in it")
    private boolean kill;

    private String text() {
      return wait ? "wait" : kill ? "kill" : "refuse";
    }
  }

  @Option(
      names = "--dry-run",
      description = "say whether it could be moved, and what stands against it")
  private boolean dryRun;

  @Parameters(index = "2..*", hidden = true)
  private List<String> others = List.of();

  @Option(names = "--to", paramLabel = "HOST", description = "where all of them go")
  private String to = "";

  @Option(
      names = "--filter",
      paramLabel = "FILTER",
      description = {
        "all running containers that are like that, as 'docker ps' knows it: label=KEY=VALUE,"
            + " name=…, node=…; may be repeated"
      })
  private List<String> filters = List.of();

  @Mixin private MoveCommands.Way way = new MoveCommands.Way();

  private boolean done;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Of the daemon at the default socket. */
  public TeleportCommand() {}

  @Override
  public Integer call() {
    if (!to.isEmpty() || !filters.isEmpty() || !others.isEmpty()) {
      if (dryRun) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "--dry-run looks at one container: give CONTAINER [HOST]");
      }
      return MoveCommands.teleport(target, way, containers(), filters, to, how(), spec);
    }
    if (container.isEmpty()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "which container? give its name, or --filter");
    }
    PrintWriter out = spec.commandLine().getOut();
    String path =
        "/containers/%s/teleport?host=%s&%s%s"
            .formatted(encoded(container), encoded(destination), how(), dryRun ? "&dryRun=1" : "");
    if (dryRun) {
      return show(target.client().call("POST", path, null), out);
    }
    try (ProgressBar progress = ProgressBar.onTerminal(!way.json())) {
      target.client().stream("POST", path, step -> show(step, progress, out));
    }
    if (!done) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          "the daemon has not said how the move of %s ended: look where it is"
              .formatted(container));
    }
    return 0;
  }

  private String how() {
    return "mode=%s&execs=%s%s"
        .formatted(encoded(mode), execs.text(), timeout == null ? "" : "&timeout=" + timeout);
  }

  private List<String> containers() {
    return Stream.concat(Stream.of(container, destination), others.stream())
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private int show(JsonNode examination, PrintWriter out) {
    boolean possible = examination.path("possible").asBoolean();
    if (way.json()) {
      out.println(examination);
    } else {
      String host = examination.path("host").asText();
      out.printf(
          "%s %s be moved%s%s%n",
          container,
          possible ? "can" : "cannot",
          host.isEmpty() ? "" : " to " + host,
          possible ? ", mode " + examination.path("mode").asText() : "");
      examination.path("obstacles").forEach(text -> out.println("  against: " + text.asText()));
      examination.path("notes").forEach(text -> out.println("  note: " + text.asText()));
    }
    out.flush();
    return possible ? 0 : 1;
  }

  private void show(JsonNode step, ProgressBar progress, PrintWriter out) {
    if (step.has("error")) {
      throw new EngineException(ErrorKind.SYSTEM, step.path("error").asText());
    }
    done |= step.path("phase").asText().equals("done");
    if (way.json()) {
      out.println(step);
      out.flush();
    } else if (step.has("note")) {
      spec.commandLine().getErr().println("note: " + step.path("note").asText());
    } else if (done) {
      progress.close();
      out.printf(
          "%s is on %s: mode %s, %d ms in all, frozen for %d ms, %.1f MB sent%n",
          container,
          step.path("host").asText(),
          step.path("mode").asText(),
          step.path("totalMillis").asLong(),
          step.path("frozenMillis").asLong(),
          step.path("bytes").asLong() / FleetCommands.MEGABYTE);
      out.flush();
    } else if (step.has("phase")) {
      progress.phase(step.path("phase").asText());
    } else if (step.has("bytes")) {
      progress.amount(
          step.path("bytes").asLong(),
          step.path("remaining").asLong(),
          step.path("bytesPerSecond").asLong());
    }
  }
}
