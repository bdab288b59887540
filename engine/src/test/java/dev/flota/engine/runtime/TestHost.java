package dev.flota.engine.runtime;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.HostConfig;
import dev.flota.engine.spec.MountPoint;
import dev.flota.engine.spec.NetworkingConfig;
import dev.flota.engine.spec.RunState;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An engine's runtime on a real host, with an image made of busybox. */
final class TestHost implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "true",
          "false",
          "cat",
          "echo",
          "sleep",
          "id",
          "env",
          "pwd",
          "ls",
          "mount",
          "yes",
          "head",
          "wc",
          "stty",
          "kill",
          "touch",
          "grep",
          "dd",
          "hostname",
          "ps",
          "tail",
          "printf",
          "seq",
          "stat",
          "md5sum",
          "test",
          "mkdir",
          "top",
          "usleep",
          "trap",
          "umask",
          "nproc");

  final EngineSettings settings;
  final Path directory;
  final Path layer;
  ContainerRuntime runtime;
  private final RootFilesystem rootFilesystem = new RootFilesystem();
  private final Map<String, LinkedBlockingQueue<ExitNotice>> exits = new ConcurrentHashMap<>();
  private final List<ContainerRecord> records = new ArrayList<>();

  TestHost() throws IOException {
    directory =
        Files.createTempDirectory(
            Path.of(System.getenv().getOrDefault("FLOTA_HOST_DIR", "/var/lib/flota")), "test");
    settings =
        new EngineSettings(
            directory.resolve("state"),
            Path.of("/run/flota-test").resolve(directory.getFileName()),
            "test",
            "crun",
            Map.of("crun", Path.of("/usr/bin/crun"), "runc", Path.of("/usr/sbin/runc")),
            Path.of("/usr/bin/conmon"),
            Path.of(System.getenv().getOrDefault("FLOTA_HOST_INIT", "/usr/bin/catatonit")),
            "/flota-test",
            new EngineSettings.Bridge("none", "10.0.0.0/24", "10.0.0.1", 1500),
            new EngineSettings.Registry(List.of(), List.of(), directory, 1, 1, 1));
    layer = busybox(directory.resolve("layer"));
    runtime = open();
  }

  private ContainerRuntime open() {
    ContainerRuntime opened = new ContainerRuntime(settings);
    opened.exits().subscribe(this::exited);
    return opened;
  }

  /** What a daemon's restart does. */
  void reopen() {
    runtime.close();
    runtime = open();
  }

  private void exited(ExitNotice notice) {
    exits.computeIfAbsent(notice.id(), id -> new LinkedBlockingQueue<>()).add(notice);
  }

  private static Path busybox(Path layer) throws IOException {
    Path bin = Files.createDirectories(layer.resolve("bin"));
    Files.copy(
        Path.of("/usr/bin/busybox"), bin.resolve("busybox"), StandardCopyOption.COPY_ATTRIBUTES);
    for (String applet : APPLETS) {
      Files.createSymbolicLink(bin.resolve(applet), Path.of("busybox"));
    }
    Path etc = Files.createDirectories(layer.resolve("etc"));
    Files.writeString(
        etc.resolve("passwd"), "root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n");
    Files.writeString(etc.resolve("group"), "root:x:0:\napp:x:1000:\nextra:x:2000:app\n");
    for (String name : List.of("proc", "sys", "dev", "tmp", "root", "sbin")) {
      Files.createDirectories(layer.resolve(name));
    }
    return layer;
  }

  /** A container to be started. */
  final class Container {
    final String id = newId();
    final ContainerRecord record;
    final List<MountPoint> mounts = new ArrayList<>();
    SharedNamespaces shared = SharedNamespaces.NONE;

    private Container(String runtimeName, ContainerConfig config, HostConfig host) {
      record =
          new ContainerRecord(
              ContainerRecord.SCHEMA_VERSION,
              1,
              id,
              "test_" + id.substring(0, 8),
              Instant.now(),
              "busybox",
              "sha256:0",
              null,
              config,
              host,
              emptyNetworking(),
              runtimeName,
              ContainerRecord.Wanted.RUNNING,
              RunState.created(),
              List.of(),
              List.of(),
              List.of(new ContainerRecord.LogSegment(1, "test", "container.log")),
              List.of(),
              0);
      records.add(record);
    }

    Path dir() {
      return directory(id);
    }

    Created create() {
      return runtime.create(
          new Launch(
              record,
              dir(),
              List.of(layer),
              null,
              "host".equals(record.hostConfig().networkMode()),
              file("hosts"),
              file("hostname"),
              file("resolv.conf"),
              mounts,
              shared));
    }

    private Path file(String name) {
      try {
        Files.createDirectories(dir());
        return Files.writeString(dir().resolve(name), name + "\n");
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    void start() {
      runtime.start(record);
    }

    ExitNotice awaitExit() {
      try {
        ExitNotice notice =
            exits
                .computeIfAbsent(id, any -> new LinkedBlockingQueue<>())
                .poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (notice == null) {
          throw new AssertionError("no exit of " + id);
        }
        return notice;
      } catch (InterruptedException interruption) {
        throw new IllegalStateException(interruption);
      }
    }

    Collector attach(boolean withInput) {
      Collector collector = new Collector();
      collector.attachment = runtime.attach(record, withInput, collector);
      return collector;
    }

    /** Creates, attaches, starts and waits. */
    Result run() {
      create();
      Collector output = attach(false);
      start();
      ExitNotice exit = awaitExit();
      output.awaitEnd();
      return new Result(exit.exitCode(), output.text(1), output.text(2));
    }
  }

  record Result(int exitCode, String stdout, String stderr) {}

  /** Keeps all output. */
  static final class Collector implements Attachment.Listener {
    private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
    private final ByteArrayOutputStream stderr = new ByteArrayOutputStream();
    private final CountDownLatch end = new CountDownLatch(1);
    @Nullable Attachment attachment;

    @Override
    public synchronized void onData(int stream, byte[] data) {
      (stream == 1 ? stdout : stderr).writeBytes(data);
      notifyAll();
    }

    @Override
    public void onEnd(@Nullable IOException failure) {
      end.countDown();
    }

    void write(String text) {
      try {
        open().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    void closeInput() {
      open().closeInput();
    }

    void close() {
      open().close();
    }

    private Attachment open() {
      if (attachment == null) {
        throw new IllegalStateException("not attached");
      }
      return attachment;
    }

    synchronized String text(int stream) {
      return (stream == 1 ? stdout : stderr).toString(StandardCharsets.UTF_8);
    }

    synchronized void awaitText(String wanted) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      try {
        while (!stdout.toString(StandardCharsets.UTF_8).contains(wanted)) {
          long left = (deadline - System.nanoTime()) / 1_000_000;
          if (left <= 0) {
            throw new AssertionError("no \"" + wanted + "\" in: " + stdout);
          }
          wait(left);
        }
      } catch (InterruptedException interruption) {
        throw new IllegalStateException(interruption);
      }
    }

    void awaitEnd() {
      try {
        if (!end.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
          throw new AssertionError("the output does not end: " + stdout);
        }
      } catch (InterruptedException interruption) {
        throw new IllegalStateException(interruption);
      }
    }
  }

  ContainerPaths paths() {
    return new ContainerPaths(settings);
  }

  /** In all hierarchies. */
  List<Path> cgroupDirectories(ContainerRecord record) {
    String path = paths().cgroup(record).substring(1);
    try (var hierarchies = Files.list(Path.of("/sys/fs/cgroup"))) {
      return hierarchies.map(one -> one.resolve(path)).filter(Files::exists).toList();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Runs a shell script. */
  Container shell(String script) {
    return container("crun", Map.of("Cmd", List.of("sh", "-c", script)), Map.of());
  }

  /** A container from parts of Docker's two configurations. */
  Container container(
      String runtimeName, Map<String, Object> config, Map<String, Object> hostConfig) {
    return new Container(
        runtimeName,
        fromDocker(config, ContainerConfig.class),
        fromDocker(hostConfig, HostConfig.class));
  }

  static <T> T fromDocker(Map<String, Object> values, Class<T> type) {
    try {
      ObjectNode node = Json.DOCKER.createObjectNode();
      values.forEach((name, value) -> node.set(name, Json.DOCKER.valueToTree(value)));
      return Json.DOCKER.treeToValue(node, type);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private Path directory(String id) {
    return settings.stateDir().resolve("containers").resolve(id);
  }

  private static NetworkingConfig emptyNetworking() {
    return fromDocker(Map.of(), NetworkingConfig.class);
  }

  static String newId() {
    StringBuilder id = new StringBuilder();
    Random random = new Random();
    while (id.length() < 64) {
      id.append(Integer.toHexString(random.nextInt(16)));
    }
    return id.toString();
  }

  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not happen: " + what);
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  @Override
  public void close() throws IOException {
    for (ContainerRecord record : records) {
      runtime.delete(record);
      rootFilesystem.unmount(directory(record.id()));
    }
    runtime.close();
    deleteTree(directory);
    deleteTree(settings.runDir());
  }

  private static void deleteTree(Path root) throws IOException {
    if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try (var all = Files.walk(root)) {
      Consumer<Path> delete =
          path -> {
            try {
              Files.deleteIfExists(path);
            } catch (IOException failure) {
              throw new UncheckedIOException(failure);
            }
          };
      all.sorted(Comparator.reverseOrder()).forEach(delete);
    }
  }
}
