package dev.flota.api.client;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.api.tls.MutualTls;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code flota init}, {@code join}, {@code leave}, {@code hosts}, {@code images} and {@code token}.
 */
public final class FleetCommands {
  private static final int SHA256 = "sha256:".length();
  private static final int SHORT = 12;
  static final double MEGABYTE = 1e6;

  private FleetCommands() {}

  /** Which daemon is asked, by options and variables that docker has too. */
  static final class Target {
    @Option(
        names = {"-H", "--host"},
        paramLabel = "ADDRESS",
        defaultValue = "${env:DOCKER_HOST:-unix:///run/flota/flota.sock}",
        description =
            "the daemon's unix:///PATH or tcp://HOST:PORT (default: $DOCKER_HOST, else"
                + " ${DEFAULT-VALUE})")
    private String address = "";

    @Option(
        names = "--tlsverify",
        description = "by TCP, speak TLS (default: if $DOCKER_TLS_VERIFY is set)")
    private boolean tlsVerify;

    @Option(
        names = "--tlscacert",
        paramLabel = "FILE",
        description =
            "the authority's certificate (default: ca.pem in $DOCKER_CERT_PATH, ~/.docker)")
    private @Nullable Path authority;

    @Option(
        names = "--tlscert",
        paramLabel = "FILE",
        description = "your certificate (default: cert.pem there)")
    private @Nullable Path certificate;

    @Option(
        names = "--tlskey",
        paramLabel = "FILE",
        description = "its key (default: key.pem there)")
    private @Nullable Path key;

    DaemonClient client() {
      boolean tls = tlsVerify || !System.getenv().getOrDefault("DOCKER_TLS_VERIFY", "").isEmpty();
      return new DaemonClient(
          DaemonAddress.parse(address, tls ? Optional.of(credentials()) : Optional.empty()));
    }

    private MutualTls credentials() {
      Map<String, String> environment = System.getenv();
      String home = environment.getOrDefault("HOME", "/root") + "/.docker";
      Path directory =
          Path.of(
              environment.getOrDefault(
                  "DOCKER_CERT_PATH", environment.getOrDefault("DOCKER_CONFIG", home)));
      return MutualTls.ofFiles(
          authority == null ? directory.resolve("ca.pem") : authority,
          certificate == null ? directory.resolve("cert.pem") : certificate,
          key == null ? directory.resolve("key.pem") : key);
    }
  }

  /** Labels of this host. */
  static final class Labels {
    @Option(
        names = "--label",
        paramLabel = "KEY=VALUE",
        description = "a label of this host, for constraints; may be repeated")
    private Map<String, String> labels = new HashMap<>();

    @Option(
        names = "--address",
        paramLabel = "IPV4",
        description = "by which the other hosts reach this one (default: chosen)")
    private @Nullable String address;
  }

  /** {@code flota init}. */
  @Command(
      name = "init",
      description = "Make a fleet of this host; others join it. Its containers run on.",
      mixinStandardHelpOptions = true)
  public static final class Init implements Callable<Integer> {
    @Mixin private Target target = new Target();
    @Mixin private Labels own = new Labels();
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      DaemonClient client = target.client();
      Map<String, Object> body = new HashMap<>();
      body.put("address", own.address);
      body.put("labels", own.labels);
      JsonNode fleet = client.call("POST", "/fleet/init", body);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "Fleet made: %s, first host %s at %s%n",
          fleet.path("FleetID").asText().substring(0, 12),
          fleet.path("Name").asText(),
          fleet.path("Address").asText());
      printToken(out, client.call("POST", "/fleet/tokens", Map.of()));
      return 0;
    }
  }

  private static void printToken(PrintWriter out, JsonNode token) {
    out.printf(
        "%nTo add a host, run on it (once, before %s):%n%n    flota join --token %s %s%n%n",
        token.path("ExpiresAt").asText(),
        token.path("Token").asText(),
        token.path("Remote").asText());
    out.flush();
  }

  /** {@code flota join}. */
  @Command(
      name = "join",
      description = "Make this host one of a fleet.",
      mixinStandardHelpOptions = true)
  public static final class Join implements Callable<Integer> {
    @Mixin private Target target = new Target();
    @Mixin private Labels own = new Labels();

    @Option(
        names = "--token",
        required = true,
        paramLabel = "TOKEN",
        description = "from 'flota init' or 'flota token create' on a host of the fleet")
    private String token = "";

    @Parameters(
        paramLabel = "HOST:PORT",
        description = "any host of the fleet; the port is its fleet.peer-port, 2377")
    private String remote = "";

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      Map<String, Object> body = new HashMap<>();
      body.put("token", token);
      body.put("remote", remote);
      body.put("address", own.address);
      body.put("labels", own.labels);
      JsonNode fleet = target.client().call("POST", "/fleet/join", body);
      spec.commandLine()
          .getOut()
          .printf(
              "This host, %s at %s, is one of the fleet %s now.%n",
              fleet.path("Name").asText(),
              fleet.path("Address").asText(),
              fleet.path("FleetID").asText().substring(0, 12));
      return 0;
    }
  }

  /** {@code flota leave}. */
  @Command(
      name = "leave",
      description = "Take this host out of its fleet.",
      mixinStandardHelpOptions = true)
  public static final class Leave implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Option(
        names = {"-f", "--force"},
        description = "keep its containers here, outside the fleet; also when the fleet is silent")
    private boolean force;

    @Override
    public Integer call() {
      target.client().call("POST", "/fleet/leave?force=" + force, Map.of());
      return 0;
    }
  }

  /** {@code flota hosts}. */
  @Command(
      name = "hosts",
      description = "The hosts of the fleet; without a command, list them.",
      mixinStandardHelpOptions = true,
      subcommands = {ListHosts.class, Drain.class, Activate.class, Label.class, RemoveHost.class})
  public static final class Hosts implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      list(target.client(), json, spec.commandLine().getOut());
      return 0;
    }
  }

  private static void list(DaemonClient client, boolean json, PrintWriter out) {
    List<String> head =
        List.of(
            "NAME",
            "STATE",
            "AVAILABILITY",
            "ADDRESS",
            "VERSION",
            "CONTAINERS",
            "CPU USED",
            "MEMORY USED",
            "KERNEL",
            "FEATURES",
            "LABELS");
    print(client.call("GET", "/fleet/hosts", null), json, head, FleetCommands::row, out);
  }

  private static void print(
      JsonNode list,
      boolean json,
      List<String> head,
      Function<JsonNode, List<String>> row,
      PrintWriter out) {
    if (json) {
      try {
        out.println(Json.PLAIN.writerWithDefaultPrettyPrinter().writeValueAsString(list));
      } catch (IOException e) {
        throw EngineException.system("cannot print: " + e.getMessage(), e);
      }
    } else {
      List<List<String>> rows = new ArrayList<>();
      rows.add(head);
      list.forEach(each -> rows.add(row.apply(each)));
      print(rows, out);
    }
    out.flush();
  }

  private static String joined(JsonNode texts, String otherwise) {
    List<String> all = texts.valueStream().map(JsonNode::asText).toList();
    return all.isEmpty() ? otherwise : String.join(",", all);
  }

  /** {@code flota images}. */
  @Command(
      name = "images",
      description = "The images of the fleet, and the hosts that have them.",
      mixinStandardHelpOptions = true)
  public static final class Images implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      JsonNode images = target.client().call("GET", "/fleet/images", null);
      List<String> head = List.of("IMAGE", "ID", "SIZE", "HOSTS");
      print(images, json, head, Images::row, spec.commandLine().getOut());
      return 0;
    }

    private static List<String> row(JsonNode image) {
      return List.of(
          joined(image.path("RepoTags"), "<none>"),
          image.path("ID").asText().substring(SHA256, SHA256 + SHORT),
          String.format(Locale.ROOT, "%.1f MB", image.path("Size").asDouble() / MEGABYTE),
          joined(image.path("Hosts"), "-"));
    }
  }

  private static List<String> row(JsonNode host) {
    List<String> labels = new ArrayList<>();
    host.path("Labels")
        .properties()
        .forEach(l -> labels.add(l.getKey() + "=" + l.getValue().asText()));
    String marks = (host.path("Self").asBoolean() ? " *" : "");
    return List.of(
        host.path("Name").asText() + marks,
        host.path("State").asText() + (host.path("Leader").asBoolean() ? " (leader)" : ""),
        host.path("Availability").asText(),
        host.path("Address").asText(),
        host.path("EngineVersion").asText("-"),
        host.path("Containers").asText(),
        String.format(
            Locale.ROOT,
            "%.1f of %.0f",
            host.path("CPUsUsed").asDouble(),
            host.path("CPUs").asDouble()),
        gibibytes(host.path("MemoryUsed")) + " of " + gibibytes(host.path("Memory")) + " GiB",
        host.path("Kernel").asText("-"),
        joined(host.path("Features"), "-"),
        labels.isEmpty() ? "-" : String.join(",", labels));
  }

  private static String gibibytes(JsonNode bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes.asDouble() / (1L << 30));
  }

  private static void print(List<List<String>> rows, PrintWriter out) {
    lines(rows).forEach(out::println);
  }

  /** Rows as lines, in columns that are as wide as they must be. */
  static List<String> lines(List<List<String>> rows) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns; i++) {
        line.append(row.get(i)).append(" ".repeat(widths[i] - row.get(i).length() + 3));
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }

  /** {@code flota hosts ls}. */
  @Command(name = "ls", description = "List them.", mixinStandardHelpOptions = true)
  static final class ListHosts implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      list(target.client(), json, spec.commandLine().getOut());
      return 0;
    }
  }

  /** {@code flota hosts drain}. */
  @Command(
      name = "drain",
      description = {
        "Place no more containers on a host; what is there stays.",
        "'flota drain HOST' does so and moves away what is there."
      },
      mixinStandardHelpOptions = true)
  static final class Drain implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Parameters(paramLabel = "HOST")
    private String host = "";

    @Override
    public Integer call() {
      update(target.client(), host, Map.of("availability", "drain"));
      return 0;
    }
  }

  /** {@code flota hosts activate}. */
  @Command(
      name = "activate",
      description = "Place containers on a host again.",
      mixinStandardHelpOptions = true)
  static final class Activate implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Parameters(paramLabel = "HOST")
    private String host = "";

    @Override
    public Integer call() {
      update(target.client(), host, Map.of("availability", "active"));
      return 0;
    }
  }

  /** {@code flota hosts label}. */
  @Command(
      name = "label",
      description = "Give a host these labels in place of those it has.",
      mixinStandardHelpOptions = true)
  static final class Label implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Parameters(index = "0", paramLabel = "HOST")
    private String host = "";

    @Parameters(index = "1..*", paramLabel = "KEY=VALUE")
    private Map<String, String> labels = new HashMap<>();

    @Override
    public Integer call() {
      update(target.client(), host, Map.of("labels", labels));
      return 0;
    }
  }

  static void update(DaemonClient client, String host, Map<String, Object> body) {
    client.call("POST", "/fleet/hosts/" + host + "/update", body);
  }

  /** {@code flota hosts rm}. */
  @Command(
      name = "rm",
      description = "End the membership of a host that is lost.",
      mixinStandardHelpOptions = true)
  static final class RemoveHost implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Option(
        names = {"-f", "--force"},
        description = "also of one that is there, or that has containers")
    private boolean force;

    @Parameters(paramLabel = "HOST")
    private String host = "";

    @Override
    public Integer call() {
      target.client().call("DELETE", "/fleet/hosts/" + host + "?force=" + force, null);
      return 0;
    }
  }

  /** {@code flota token}. */
  @Command(
      name = "token",
      description = "Tokens by which hosts join.",
      mixinStandardHelpOptions = true,
      synopsisSubcommandLabel = "COMMAND",
      subcommands = {CreateToken.class, ListTokens.class, RevokeToken.class})
  public static final class Token implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
      throw new CommandLine.ParameterException(
          spec.commandLine(), "which command? create, ls or revoke");
    }
  }

  /** {@code flota token create}. */
  @Command(
      name = "create",
      description = "Make a token that lets one host join.",
      mixinStandardHelpOptions = true)
  static final class CreateToken implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Option(
        names = "--life",
        paramLabel = "SECONDS",
        defaultValue = "3600",
        description = "until it expires (default: ${DEFAULT-VALUE})")
    private int life;

    @Option(
        names = {"-q", "--quiet"},
        description = "print the token only")
    private boolean quiet;

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      JsonNode token = target.client().call("POST", "/fleet/tokens", Map.of("life", life));
      PrintWriter out = spec.commandLine().getOut();
      if (quiet) {
        out.println(token.path("Token").asText());
        out.flush();
      } else {
        printToken(out, token);
      }
      return 0;
    }
  }

  /** {@code flota token ls}. */
  @Command(name = "ls", description = "List them.", mixinStandardHelpOptions = true)
  static final class ListTokens implements Callable<Integer> {
    @Mixin private Target target = new Target();
    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
      List<List<String>> rows = new ArrayList<>();
      rows.add(List.of("ID", "STATE", "EXPIRES"));
      target
          .client()
          .call("GET", "/fleet/tokens", null)
          .forEach(
              token ->
                  rows.add(
                      List.of(
                          token.path("ID").asText(),
                          token.path("State").asText(),
                          token.path("ExpiresAt").asText())));
      PrintWriter out = spec.commandLine().getOut();
      print(rows, out);
      out.flush();
      return 0;
    }
  }

  /** {@code flota token revoke}. */
  @Command(
      name = "revoke",
      description = "Make a token worthless.",
      mixinStandardHelpOptions = true)
  static final class RevokeToken implements Callable<Integer> {
    @Mixin private Target target = new Target();

    @Parameters(paramLabel = "TOKEN", description = "the token, or its id from 'flota token ls'")
    private String token = "";

    @Override
    public Integer call() {
      target.client().call("DELETE", "/fleet/tokens/" + token, null);
      return 0;
    }
  }
}
