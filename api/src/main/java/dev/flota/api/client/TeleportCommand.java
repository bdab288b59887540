package dev.flota.api.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flota teleport}. */
@Command(
    name = "teleport",
    description = {
      "Move a running container to another host.",
      "Its memory, files, address and open connections come along. When anything fails before it"
          + " runs there, it goes on where it was."
    },
    mixinStandardHelpOptions = true)
public final class TeleportCommand implements Callable<Integer> {
  @Mixin private FleetCommands.Target target = new FleetCommands.Target();

  @Parameters(index = "0", paramLabel = "CONTAINER", description = "name or id")
  private String container = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "HOST",
      description = "name of a host, see 'flota hosts' (default: placement chooses one)")
  private String destination = "";

  @Option(names = "--json", description = "print what the daemon says, a JSON value per line")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** Of the daemon at the default socket. */
  public TeleportCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    target.client().stream(
        "POST",
        "/containers/%s/teleport?host=%s".formatted(container, destination),
        step -> show(step, out));
    return 0;
  }

  private void show(JsonNode step, PrintWriter out) {
    if (step.has("error")) {
      throw new EngineException(ErrorKind.SYSTEM, step.path("error").asText());
    }
    if (json) {
      out.println(step);
    } else if (step.path("phase").asText().equals("done")) {
      out.printf(
          "%s is on %s: mode %s, %d ms in all, frozen for %d ms, %.1f MB sent%n",
          container,
          step.path("host").asText(),
          step.path("mode").asText(),
          step.path("totalMillis").asLong(),
          step.path("frozenMillis").asLong(),
          step.path("bytes").asLong() / FleetCommands.MEGABYTE);
    }
    out.flush();
  }
}
