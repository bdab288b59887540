package dev.flota.api;

import com.typesafe.config.ConfigRenderOptions;
import dev.flota.api.client.FleetCommands;
import dev.flota.api.client.MoveCommands;
import dev.flota.api.client.TeleportCommand;
import dev.flota.api.config.DaemonSettings;
import dev.flota.api.config.InvalidSettingException;
import dev.flota.api.config.SettingsReader;
import dev.flota.api.daemon.Daemon;
import dev.flota.api.daemon.Version;
import dev.flota.api.doctor.Check;
import dev.flota.api.doctor.Doctor;
import dev.flota.api.tls.TlsFiles;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The command line of the daemon and of what belongs to it. */
@Command(
    name = "flota",
    description = "A container engine that the stock docker command line talks to.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      Main.DaemonCommand.class,
      Main.DoctorCommand.class,
      Main.ConfigCommand.class,
      FleetCommands.Init.class,
      FleetCommands.Join.class,
      FleetCommands.Leave.class,
      FleetCommands.Hosts.class,
      FleetCommands.Images.class,
      FleetCommands.Token.class,
      TeleportCommand.class,
      MoveCommands.Drain.class,
      MoveCommands.Undrain.class,
      MoveCommands.RebalanceCommand.class,
      Main.TlsCommand.class,
      Main.VersionCommand.class
    },
    footer = {
      "",
      "Run containers with docker itself:",
      "  docker -H unix:///run/flota/flota.sock run hello-world"
    })
public final class Main implements Runnable {
  private static final Path DEFAULT_FILE = Path.of("/etc/flota/flota.conf");

  @Spec private CommandSpec spec = CommandSpec.create();

  private Main() {}

  /** Runs one command; exits with 0, with 1 when it failed, with 2 when it was called wrongly. */
  public static void main(String[] arguments) {
    CommandLine line = new CommandLine(new Main());
    line.setExecutionExceptionHandler(
        (failure, command, parsed) -> {
          if (failure instanceof InvalidSettingException
              || failure instanceof EngineException
              || failure instanceof IOException) {
            command.getErr().println("flota: " + failure.getMessage());
            return 1;
          }
          throw failure;
        });
    System.exit(line.execute(arguments));
  }

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "which command?");
  }

  /** Where the settings come from. */
  static final class SettingsOptions {
    @Option(
        names = "--config",
        paramLabel = "FILE",
        description = "settings (default: /etc/flota/flota.conf if it is there)")
    private @Nullable Path file;

    @Option(
        names = {"-H", "--host"},
        paramLabel = "ADDRESS",
        description = "listen on unix:///PATH or tcp://HOST:PORT; may be repeated")
    private List<String> hosts = List.of();

    @Nullable Path file() {
      return file == null && Files.exists(DEFAULT_FILE) ? DEFAULT_FILE : file;
    }

    SettingsReader reader() {
      return new SettingsReader(System.getenv());
    }

    DaemonSettings read() {
      return reader().read(file(), hosts);
    }
  }

  /** {@code flota daemon}. */
  @Command(
      name = "daemon",
      description = "Run the engine until it is told to end (SIGTERM); containers run on.",
      mixinStandardHelpOptions = true)
  static final class DaemonCommand implements Callable<Integer> {
    @Mixin private SettingsOptions options = new SettingsOptions();

    @Override
    public Integer call() throws Exception {
      Daemon daemon = Daemon.start(options.read());
      Runtime.getRuntime().addShutdownHook(new Thread(daemon::close, "flota-stop"));
      daemon.awaitEnd();
      return 0;
    }
  }

  /** {@code flota doctor}. */
  @Command(
      name = "doctor",
      description = "Say what this machine has and lacks for the engine; changes nothing.",
      mixinStandardHelpOptions = true)
  static final class DoctorCommand implements Callable<Integer> {
    @Mixin private SettingsOptions options = new SettingsOptions();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws Exception {
      Doctor doctor = new Doctor(options.read());
      List<Check> checks = doctor.examine();
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(
            Json.PLAIN
                .writerWithDefaultPrettyPrinter()
                .writeValueAsString(Map.of("checks", checks, "touches", doctor.touches())));
      } else {
        print(out, checks, doctor.touches());
      }
      out.flush();
      return checks.stream().anyMatch(check -> check.verdict() == Check.Verdict.FAILURE) ? 1 : 0;
    }

    private static void print(PrintWriter out, List<Check> checks, List<String> touches) {
      int width = checks.stream().mapToInt(check -> check.name().length()).max().orElse(0);
      for (Check check : checks) {
        String sign =
            switch (check.verdict()) {
              case OK -> "ok  ";
              case WARNING -> "warn";
              case FAILURE -> "FAIL";
            };
        out.printf("%s  %-" + width + "s  %s%n", sign, check.name(), check.detail());
        if (!check.remedy().isEmpty()) {
          out.printf("      %-" + width + "s  → %s%n", "", check.remedy());
        }
      }
      out.println();
      out.println("Outside its own directories the daemon touches:");
      touches.forEach(touched -> out.println("  " + touched));
    }
  }

  /** {@code flota config}. */
  @Command(
      name = "config",
      description = "Print the settings in force and check them.",
      mixinStandardHelpOptions = true)
  static final class ConfigCommand implements Callable<Integer> {
    @Mixin private SettingsOptions options = new SettingsOptions();
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      var effective = options.reader().effective(options.file());
      options.read();
      spec.commandLine()
          .getOut()
          .println(
              effective
                  .atKey("flota")
                  .root()
                  .render(ConfigRenderOptions.defaults().setOriginComments(false).setJson(false)));
      return 0;
    }
  }

  /** {@code flota tls}. */
  @Command(
      name = "tls",
      description = "Certificates for the API over TCP.",
      mixinStandardHelpOptions = true,
      synopsisSubcommandLabel = "COMMAND",
      subcommands = TlsInitCommand.class)
  static final class TlsCommand implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
      throw new CommandLine.ParameterException(spec.commandLine(), "which command? 'tls init'");
    }
  }

  /** {@code flota tls init}. */
  @Command(
      name = "init",
      description = "Make an authority, a server certificate and a client certificate.",
      mixinStandardHelpOptions = true)
  static final class TlsInitCommand implements Callable<Integer> {
    @Mixin private SettingsOptions options = new SettingsOptions();

    @Parameters(
        paramLabel = "NAME",
        description = "names and addresses by which clients know this host")
    private List<String> names = List.of();

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      DaemonSettings settings = options.read();
      Path directory = settings.tlsDirectory();
      List<String> all =
          java.util.stream.Stream.concat(
                  names.stream(),
                  Daemon.serverNames(new DaemonSettings.Listen.Tls("0.0.0.0", 2376), settings)
                      .stream())
              .distinct()
              .toList();
      new TlsFiles(directory, Clock.systemUTC()).ensure(all);
      PrintWriter out = spec.commandLine().getOut();
      out.println("certificates for " + String.join(", ", all) + " are in " + directory);
      out.println("a client needs ca.pem, cert.pem and key.pem from there, e.g. in ~/.docker:");
      out.println("  docker --tlsverify -H tcp://" + all.getFirst() + ":2376 version");
      out.flush();
      return 0;
    }
  }

  /** {@code flota version}. */
  @Command(name = "version", description = "Print the version.", mixinStandardHelpOptions = true)
  static final class VersionCommand implements Callable<Integer> {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      spec.commandLine().getOut().println("flota " + Version.current().version());
      return 0;
    }
  }
}
