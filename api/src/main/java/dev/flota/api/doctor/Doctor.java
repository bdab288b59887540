package dev.flota.api.doctor;

import dev.flota.api.config.DaemonSettings;
import dev.flota.api.http.UnixSocketFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at a machine with the eyes of the engine; changes nothing. */
public final class Doctor {
  private static final long CAP_SYS_RESOURCE = 1L << 24;
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(10);
  private static final Pattern RELEASE = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})");
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");

  private final DaemonSettings settings;

  /** A doctor for a daemon that would run with these settings. */
  public Doctor(DaemonSettings settings) {
    this.settings = settings;
  }

  /** All checks, in the order in which they should be mended. */
  public List<Check> examine() {
    List<Check> checks = new ArrayList<>();
    checks.add(root());
    checks.add(kernel(System.getProperty("os.version", "")));
    checks.add(cgroups());
    checks.add(capabilities());
    checks.add(overlay());
    checks.add(storage());
    Map<String, Path> programs = new TreeMap<>(settings.engine().runtimes());
    programs.put("conmon", settings.engine().conmon());
    programs.forEach(
        (name, path) ->
            checks.add(program(name, path.toString(), "install Debian's package " + name)));
    checks.add(
        program(
            "init",
            settings.engine().init().toString(),
            "install Debian's package tini, or set flota.init; only `run --init` needs it"));
    checks.add(library("libnftables.so.1", "install Debian's package nftables"));
    checks.add(program("ps", "ps", "install Debian's package procps (docker top)"));
    checks.add(criu());
    for (DaemonSettings.Listen listen : settings.hosts()) {
      checks.add(listener(listen));
    }
    return List.copyOf(checks);
  }

  /** What the daemon touches outside its own directories. */
  public List<String> touches() {
    return List.of(
        "bridge device " + settings.engine().bridge().device() + " and veth devices named v…",
        "nftables tables named flota…",
        "/proc/sys/net/ipv4/ip_forward, and conf/" + settings.engine().bridge().device() + "/",
        "cgroup " + settings.engine().cgroupParent() + " in " + CGROUPS,
        "conmon's directory /run/crio and the runtimes' state below " + settings.engine().runDir());
  }

  private static Check root() {
    boolean root = "root".equals(System.getProperty("user.name"));
    return root
        ? Check.ok("user", "root")
        : Check.failure("user", System.getProperty("user.name", "?"), "run as root");
  }

  /** Tells by a kernel's release, such as {@code 6.1.0-18-amd64}, whether it is new enough. */
  static Check kernel(String release) {
    Matcher numbers = RELEASE.matcher(release);
    if (!numbers.lookingAt()) {
      return Check.warning("kernel", release, "cannot tell its age; 5.10 or newer is needed");
    }
    int major = Integer.parseInt(numbers.group(1));
    int minor = Integer.parseInt(numbers.group(2));
    return major > 5 || (major == 5 && minor >= 10)
        ? Check.ok("kernel", release)
        : Check.failure("kernel", release, "a kernel from 5.10 on is needed");
  }

  private static Check cgroups() {
    if (Files.exists(CGROUPS.resolve("cgroup.controllers"))) {
      return Check.ok("cgroups", "v2 (" + text(CGROUPS.resolve("cgroup.controllers")) + ")");
    }
    List<String> missing = new ArrayList<>();
    for (String controller :
        List.of("memory", "cpu", "cpuset", "pids", "devices", "freezer", "blkio")) {
      if (!Files.isDirectory(CGROUPS.resolve(controller))) {
        missing.add(controller);
      }
    }
    return missing.isEmpty()
        ? Check.ok("cgroups", "v1")
        : Check.failure("cgroups", "v1 without " + missing, "mount them below " + CGROUPS);
  }

  private static Check capabilities() {
    String bounding =
        text(Path.of("/proc/self/status"))
            .lines()
            .filter(line -> line.startsWith("CapBnd:"))
            .map(line -> line.substring("CapBnd:".length()).strip())
            .findFirst()
            .orElse("0");
    boolean all = (Long.parseUnsignedLong(bounding, 16) & CAP_SYS_RESOURCE) != 0;
    return all
        ? Check.ok("capabilities", bounding)
        : Check.warning(
            "capabilities",
            bounding + ", without CAP_SYS_RESOURCE",
            "containers get no more than this machine has; limits cannot be raised");
  }

  private static Check overlay() {
    boolean known = text(Path.of("/proc/filesystems")).contains("overlay");
    return known
        ? Check.ok("overlayfs", "known to the kernel")
        : Check.failure("overlayfs", "not known to the kernel", "modprobe overlay");
  }

  private Check storage() {
    Path path = settings.engine().stateDir();
    while (!Files.exists(path) && path.getParent() != null) {
      path = path.getParent();
    }
    try {
      FileStore store = Files.getFileStore(path);
      String detail =
          "%s on %s, %d MB free"
              .formatted(settings.engine().stateDir(), store.type(), store.getUsableSpace() >> 20);
      return store.type().equals("overlay")
          ? Check.failure(
              "storage", detail, "set flota.state-dir to a directory that is not on overlayfs")
          : Check.ok("storage", detail);
    } catch (IOException e) {
      return Check.failure("storage", path + ": " + e.getMessage(), "set flota.state-dir");
    }
  }

  private static Check criu() {
    Check found = program("criu", "criu", "install Debian's package criu");
    if (found.verdict() != Check.Verdict.OK) {
      return Check.warning("criu", found.detail(), found.remedy() + "; only teleport needs it");
    }
    return found;
  }

  private static Check program(String name, String path, String remedy) {
    return new ProgramCheck(ANSWER_WITHIN).run(name, List.of(path, "--version"), remedy);
  }

  /** Looks for a library as the engine does: by the dynamic loader. */
  static Check library(String name, String remedy) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(name, arena);
      return Check.ok(name, "can be loaded");
    } catch (IllegalArgumentException e) {
      return Check.failure(name, "cannot be loaded: " + e.getMessage(), remedy);
    }
  }

  private static Check listener(DaemonSettings.Listen listen) {
    return switch (listen) {
      case DaemonSettings.Listen.Unix(Path path) ->
          UnixSocketFile.answers(path)
              ? Check.ok("socket", path + ", a daemon answers")
              : Check.ok("socket", path + ", free");
      case DaemonSettings.Listen.Tls(String host, int port) ->
          Check.ok("tcp", host + ":" + port + " with mutual TLS");
      case DaemonSettings.Listen.PlainLoopback(String host, int port) ->
          Check.warning(
              "tcp",
              host + ":" + port + " without any protection",
              "whoever reaches it is root; use TLS");
    };
  }

  private static String text(Path path) {
    try {
      return Files.readString(path).strip();
    } catch (IOException e) {
      return "unreadable: " + e.getMessage();
    }
  }
}
