package dev.flota.api.client;

import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code flota drain}, {@code undrain} and {@code rebalance}; several containers at once. */
public final class MoveCommands {
  private MoveCommands() {}

  /** How the moves go, and how they are shown. */
  static final class Way {
    @Option(
        names = "--parallel",
        paramLabel = "N",
        defaultValue = "2",
        description = "how many move at once (default: ${DEFAULT-VALUE})")
    private int parallel;

    @Option(names = "--json", description = "print what the daemon says, a JSON value per line")
    private boolean json;

    boolean json() {
      return json;
    }
  }

  /** {@code flota drain}. */
  @Command(
      name = "drain",
      description = {
        "Empty a host: no new containers come, and those that are there move to others.",
        "They move while they run, the largest reservation of memory first, each to the host that"
            + " placement chooses. Those that do not run move, too."
      },
      footer = {
        "",
        "Ctrl-C: what is on its way comes to its end, nothing more begins. Drained",
        "the host is until 'flota undrain HOST', also after Ctrl-C. What has moved",
        "stays where it is; 'flota rebalance --apply' fills the host again.",
        "",
        "Exit code: 0 when the host is as the policy wants it, else 1.",
        "",
        "  flota drain host-2                    before it is maintained",
        "  flota drain host-2 --policy restart   also what can only move stopped",
        "  flota drain host-2 --parallel 1       one after the other"
      },
      mixinStandardHelpOptions = true)
  public static final class Drain implements Callable<Integer> {
    @Mixin private FleetCommands.Target target = new FleetCommands.Target();
    @Mixin private Way way = new Way();

    @Parameters(paramLabel = "HOST", description = "its name, see 'flota hosts'")
    private String host = "";

    @Option(
        names = "--policy",
        paramLabel = "POLICY",
        defaultValue = "live",
        description = {
          "what becomes of a container that cannot move while it runs (default: ${DEFAULT-VALUE}):",
          "live: it runs on there, and the exit code is 1;",
          "restart: it is stopped, moved and started again;",
          "stay: it runs on there, and that is no failure"
        })
    private String policy = "";

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      return follow(
          target.client(),
          "/fleet/hosts/%s/drain?parallel=%d&policy=%s"
              .formatted(host, way.parallel, URLEncoder.encode(policy, StandardCharsets.UTF_8)),
          null,
          new MoveTable(spec.commandLine().getOut(), way.json),
          spec);
    }
  }

  /** {@code flota undrain}. */
  @Command(
      name = "undrain",
      description = {
        "Let new containers come to a host again.",
        "The same as 'flota hosts activate'. What a drain moved away stays where it is; 'flota"
            + " rebalance --apply' brings containers back when the others are fuller."
      },
      mixinStandardHelpOptions = true)
  public static final class Undrain implements Callable<Integer> {
    @Mixin private FleetCommands.Target target = new FleetCommands.Target();

    @Parameters(paramLabel = "HOST", description = "its name, see 'flota hosts'")
    private String host = "";

    @Override
    public Integer call() {
      FleetCommands.update(target.client(), host, Map.of("availability", "active"));
      return 0;
    }
  }

  /** {@code flota rebalance}. */
  @Command(
      name = "rebalance",
      description = {
        "Move running containers so that hosts are equally full; without --apply say which only.",
        "How full a host is, placement's score says: CPU or memory, whichever is fuller, by what is"
            + " reserved and in use. Constraints are respected; what cannot move while it runs, or"
            + " was moved lately by whomever, is left alone."
      },
      footer = {
        "",
        "  flota rebalance                  what would be moved, and why",
        "  flota rebalance --apply          move it, two at a time",
        "  flota rebalance --threshold 40   only when hosts differ by more than 40 %"
      },
      mixinStandardHelpOptions = true)
  public static final class RebalanceCommand implements Callable<Integer> {
    @Mixin private FleetCommands.Target target = new FleetCommands.Target();
    @Mixin private Way way = new Way();

    @Option(names = "--apply", description = "move them")
    private boolean apply;

    @Option(
        names = "--threshold",
        paramLabel = "PERCENT",
        defaultValue = "20",
        description =
            "move nothing while the fullest host is no fuller than the emptiest by this"
                + " (default: ${DEFAULT-VALUE})")
    private int threshold;

    @Option(
        names = "--cooldown",
        paramLabel = "SECONDS",
        defaultValue = "300",
        description =
            "leave alone what was moved in this time, as far as the host that is asked has heard"
                + " since its daemon started (default: ${DEFAULT-VALUE})")
    private int cooldown;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      PrintWriter out = spec.commandLine().getOut();
      return follow(
          target.client(),
          "/fleet/rebalance?apply=%b&threshold=%d&parallel=%d&cooldown=%d"
              .formatted(apply, threshold, way.parallel, cooldown),
          null,
          apply || way.json ? new MoveTable(out, way.json) : new MoveTable(out, false, false),
          spec);
    }
  }

  /** Several containers, each for itself; with one table. */
  static Integer teleport(
      FleetCommands.Target target,
      Way way,
      List<String> names,
      List<String> filters,
      String host,
      String how,
      CommandSpec spec) {
    DaemonClient client = target.client();
    PrintWriter out = spec.commandLine().getOut();
    List<String> containers = new ArrayList<>(names);
    if (!filters.isEmpty()) {
      client
          .call("GET", "/containers/json?filters=" + encoded(filters), null)
          .forEach(container -> containers.add(container.path("Id").asText()));
      if (containers.isEmpty()) {
        out.println("no running container is like that");
        out.flush();
        return 0;
      }
    }
    return follow(
        client,
        "/fleet/teleports?" + how,
        Map.of("containers", containers, "host", host, "parallel", way.parallel),
        new MoveTable(out, way.json),
        spec);
  }

  /** As 'docker ps' sends them. */
  private static String encoded(List<String> filters) {
    Map<String, List<String>> byName = new LinkedHashMap<>();
    for (String filter : filters) {
      int equals = filter.indexOf('=');
      if (equals < 1) {
        throw EngineException.invalid(
            "--filter: \"%s\" is no filter: give NAME=VALUE as to 'docker ps'".formatted(filter));
      }
      byName
          .computeIfAbsent(filter.substring(0, equals), name -> new ArrayList<>())
          .add(filter.substring(equals + 1));
    }
    try {
      return URLEncoder.encode(Json.PLAIN.writeValueAsString(byName), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw EngineException.system("cannot write the filters: " + e.getMessage(), e);
    }
  }

  private static int follow(
      DaemonClient client, String path, @Nullable Object body, MoveTable table, CommandSpec spec) {
    PrintWriter err = spec.commandLine().getErr();
    Thread whenInterrupted =
        new Thread(
            () -> {
              err.println(
                  "\nflota: cancelled: what is on its way comes to its end, nothing more begins");
              err.flush();
            });
    Runtime.getRuntime().addShutdownHook(whenInterrupted);
    try {
      client.stream("POST", path, body, table::show);
    } finally {
      Runtime.getRuntime().removeShutdownHook(whenInterrupted);
    }
    return table.exitCode();
  }
}
