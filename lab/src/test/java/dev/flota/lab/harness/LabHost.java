package dev.flota.lab.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One host of the lab, seen from the machine that it runs on. */
public final class LabHost {
  private static final String INIT = "flota-labinit";

  /** Ours, or Docker's own, against which the tests' expectations can be checked. */
  private static final Pattern DAEMON =
      Pattern.compile("dev\\.flota\\.api\\.Main daemon|^dockerd ");

  /** Several daemons that start at once share the machine. */
  private static final Duration BOOT = Duration.ofMinutes(4);

  private final String name;
  private final String lab;
  private final Path socket;

  /**
   * The host that the socket belongs to: {@code …/lab/host-1.sock} is host-1's of the lab "lab".
   */
  public LabHost(Path socket) {
    this.socket = socket;
    this.lab = name(Objects.requireNonNull(socket.getParent(), "a socket lies in a directory"));
    this.name = name(socket).replaceFirst("\\.sock$", "");
  }

  private static String name(Path path) {
    return Objects.requireNonNull(path.getFileName(), "no root").toString();
  }

  /** E.g. host-1. */
  public String name() {
    return name;
  }

  /** Its engine's socket. */
  public Path socket() {
    return socket;
  }

  /** On the wire between the hosts. */
  public String address() {
    return ok("ip -4 -o addr show eth0 | sed 's#.* inet ##; s#/.*##'");
  }

  /** Runs a shell script inside the host. */
  public Output shell(String script) {
    return start(script).endInput().await();
  }

  /** Runs a shell script inside the host; fails unless it succeeds; returns what it printed. */
  public String ok(String script) {
    return shell(script).exited(0).text();
  }

  /** Starts a shell script inside the host. */
  public RunningCommand start(String script) {
    List<String> command = new ArrayList<>(enter());
    command.addAll(List.of("bash", "-c", script));
    return RunningCommand.start(new ProcessBuilder(command));
  }

  /** Starts a program of this machine on the host's network. */
  public RunningCommand startOnItsNetwork(List<String> program) {
    List<String> command =
        new ArrayList<>(List.of("nsenter", "--target", String.valueOf(init().pid()), "--net"));
    command.addAll(program);
    return RunningCommand.start(new ProcessBuilder(command));
  }

  private List<String> enter() {
    return List.of(
        "nsenter",
        "--target",
        String.valueOf(init().pid()),
        "--mount",
        "--uts",
        "--ipc",
        "--net",
        "--pid",
        "--cgroup",
        "--root",
        "--wd");
  }

  /** Ends the daemon as {@code kill -9} does and waits until it is gone. */
  public void killDaemon() {
    ProcessHandle daemon =
        daemon().orElseThrow(() -> new AssertionError("no daemon runs in " + name));
    daemon.destroyForcibly();
    Await.until("the daemon is gone", () -> daemon().isEmpty());
  }

  /** Does what a person would after a crash; returns once the engine answers again. */
  public void labUp() {
    lab("up");
    awaitAnswer();
  }

  /** Runs {@code ./flota lab …} for the lab of this host; fails unless it succeeds. */
  void lab(String... words) {
    lab("", List.of(words));
  }

  /** The same; a daemon that it starts gets these options for its virtual machine too. */
  void lab(String javaOptions, List<String> words) {
    List<String> command = new ArrayList<>(List.of(launcher().toString(), "lab"));
    command.addAll(words);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("FLOTA_LAB_NAME", lab);
    builder.environment().put("FLOTA_LAB_JAVA_OPTIONS", javaOptions);
    RunningCommand.start(builder).endInput().await(BOOT).exited(0);
  }

  /** Returns once the engine answers. */
  public void awaitAnswer() {
    Await.until("the engine answers", this::answers);
  }

  /** True if the engine answers a ping. */
  public boolean answers() {
    try (SocketChannel probe = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      if (!probe.isConnected()) {
        return false;
      }
    } catch (IOException refused) {
      return false;
    }
    try {
      return new Api(socket).send("GET", "/_ping").status() == 200;
    } catch (UncheckedIOException ended) {
      return false;
    }
  }

  /** The daemon's process. */
  public Optional<ProcessHandle> daemon() {
    return init()
        .children()
        .filter(process -> DAEMON.matcher(commandLine(process.pid())).find())
        .findFirst();
  }

  /** True if a container's process, by its number inside the host, exists and is no zombie. */
  public boolean isRunning(long process) {
    return shell("grep -q '^State:.[^Z]' /proc/" + process + "/status").exit() == 0;
  }

  /** When a process started, in the kernel's ticks: tells it from a later one with its number. */
  public String startTime(long process) {
    return ok("sed 's/.*) //' /proc/" + process + "/stat | cut -d' ' -f20");
  }

  private ProcessHandle init() {
    try (Stream<ProcessHandle> processes = ProcessHandle.allProcesses()) {
      return processes
          .filter(process -> isInit(process.pid()))
          .findFirst()
          .orElseThrow(() -> new AssertionError(name + " is not up: ./flota lab up"));
    }
  }

  private boolean isInit(long process) {
    return read(process, "comm").strip().equals(INIT)
        && read(process, "cgroup")
            .lines()
            .anyMatch(line -> line.endsWith("/flota-" + lab + "-" + name));
  }

  private static String commandLine(long process) {
    return read(process, "cmdline").replace('\0', ' ');
  }

  /** Empty for a process that has ended. */
  private static String read(long process, String file) {
    try {
      return Files.readString(
          Path.of("/proc", String.valueOf(process), file), StandardCharsets.UTF_8);
    } catch (IOException ended) {
      return "";
    }
  }

  private static Path launcher() {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.isExecutable(directory.resolve("flota"))) {
      Path parent = directory.getParent();
      if (parent == null) {
        throw new AssertionError("the tests run outside of the project");
      }
      directory = parent;
    }
    return directory.resolve("flota");
  }
}
