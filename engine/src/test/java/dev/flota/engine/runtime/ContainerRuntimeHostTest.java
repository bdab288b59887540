package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.ProcessFacts;
import dev.flota.engine.spec.MountPoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@HostTest
class ContainerRuntimeHostTest {
  private TestHost host;

  @BeforeEach
  void open() throws IOException {
    host = new TestHost();
  }

  @AfterEach
  void close() throws IOException {
    host.close();
  }

  private TestHost.Container container(String runtime, String... command) {
    return host.container(runtime, Map.of("Cmd", List.of(command)), Map.of());
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void deliversAllOutputAndTheExitCodeOfACommandThatEndsAtOnce(String runtime) {
    TestHost.Container container = container(runtime, "sh", "-c", "echo out; echo err >&2; exit 3");
    TestHost.Result result = container.run();
    assertThat(result).isEqualTo(new TestHost.Result(3, "out\n", "err\n"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void saysWhatDockerSaysOfACommandThatDoesNotExist(String runtime) {
    TestHost.Container container = container(runtime, "nonsense");
    StartFailedException failure =
        catchThrowableOfType(StartFailedException.class, container::create);
    assertThat(failure)
        .hasMessage(
            "failed to create task for container: failed to create shim task: OCI runtime create"
                + " failed: runc create failed: unable to start container process: error during"
                + " container init: exec: \"nonsense\": executable file not found in $PATH:"
                + " unknown");
    assertThat(failure.exitCode()).isEqualTo(127);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void saysWhatDockerSaysOfAPathThatDoesNotExist(String runtime) {
    TestHost.Container container = container(runtime, "/no/such");
    StartFailedException failure =
        catchThrowableOfType(StartFailedException.class, container::create);
    assertThat(failure)
        .hasMessageEndingWith(
            "exec: \"/no/such\": stat /no/such: no such file or directory: unknown");
    assertThat(failure.exitCode()).isEqualTo(127);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void saysWhatDockerSaysOfAFileThatIsNotExecutable(String runtime) {
    TestHost.Container container = container(runtime, "/etc/passwd");
    StartFailedException failure =
        catchThrowableOfType(StartFailedException.class, container::create);
    assertThat(failure).hasMessageEndingWith("exec: \"/etc/passwd\": permission denied: unknown");
    assertThat(failure.exitCode()).isEqualTo(126);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void saysWhatDockerSaysOfADirectory(String runtime) {
    TestHost.Container container = container(runtime, "/etc");
    StartFailedException failure =
        catchThrowableOfType(StartFailedException.class, container::create);
    assertThat(failure)
        .hasMessageEndingWith("exec: \"/etc\": is a directory: permission denied: unknown");
    assertThat(failure.exitCode()).isEqualTo(126);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void handsInputOnUntilItsEnd(String runtime) throws IOException {
    TestHost.Container container =
        host.container(
            runtime, Map.of("Cmd", List.of("cat"), "OpenStdin", true, "StdinOnce", true), Map.of());
    container.create();
    TestHost.Collector output = container.attach(true);
    container.start();
    output.write("hello\n");
    output.awaitText("hello");
    output.closeInput();
    assertThat(container.awaitExit().exitCode()).isZero();
    output.awaitEnd();
    assertThat(output.text(1)).isEqualTo("hello\n");
  }

  @Test
  void keepsInputOpenForLaterAttachmentsWithoutStdinOnce() throws IOException {
    TestHost.Container container =
        host.container("crun", Map.of("Cmd", List.of("cat"), "OpenStdin", true), Map.of());
    container.create();
    TestHost.Collector first = container.attach(true);
    container.start();
    first.write("one\n");
    first.awaitText("one");
    first.closeInput();
    first.close();
    TestHost.Collector second = container.attach(true);
    second.write("two\n");
    second.awaitText("two");
    assertThat(host.runtime.observe(container.record)).isInstanceOf(Observed.Running.class);
  }

  @Test
  void aClientWithoutInputDoesNotCloseTheContainersInputByLeaving() throws IOException {
    TestHost.Container container =
        host.container(
            "crun", Map.of("Cmd", List.of("cat"), "OpenStdin", true, "StdinOnce", true), Map.of());
    container.create();
    TestHost.Collector reader = container.attach(false);
    TestHost.Collector writer = container.attach(true);
    container.start();
    writer.write("one\n");
    reader.awaitText("one");
    reader.close();
    reader.awaitEnd();
    writer.write("two\n");
    writer.awaitText("two");
    writer.closeInput();
    assertThat(container.awaitExit().exitCode()).isZero();
  }

  @Test
  void losesNothingOf64Megabytes() throws IOException {
    TestHost.Container container =
        host.container(
            "crun",
            Map.of("Cmd", List.of("cat"), "OpenStdin", true, "StdinOnce", true),
            Map.of("LogConfig", Map.of("Type", "none")));
    container.create();
    CountingListener counter = new CountingListener();
    Attachment attachment = host.runtime.attach(container.record, true, counter);
    container.start();
    byte[] block = new byte[1 << 20];
    new Random(1).nextBytes(block);
    long begin = System.nanoTime();
    for (int megabyte = 0; megabyte < 64; megabyte++) {
      attachment.write(ByteBuffer.wrap(block));
    }
    attachment.closeInput();
    assertThat(container.awaitExit().exitCode()).isZero();
    TestHost.await("the end", () -> counter.ended);
    System.out.printf("64 MB through cat: %.0f ms%n", (System.nanoTime() - begin) / 1e6);
    assertThat(counter.bytes.get()).isEqualTo(64L << 20);
  }

  private static final class CountingListener implements Attachment.Listener {
    private final AtomicLong bytes = new AtomicLong();
    private volatile boolean ended;

    @Override
    public void onData(int stream, byte[] data) {
      bytes.addAndGet(data.length);
    }

    @Override
    public void onEnd(@Nullable IOException failure) {
      ended = true;
    }
  }

  @Test
  void aClientThatDoesNotReadCannotKeepTheExitFromBeingSeen() {
    TestHost.Container container = host.shell("seq 1 300000");
    container.create();
    TestHost.Collector output = new TestHost.Collector();
    Attachment attachment = host.runtime.attach(container.record, false, output);
    attachment.pauseReading();
    container.start();
    host.runtime.signal(container.record, Signals.KILL);
    container.awaitExit();
    attachment.resumeReading();
    output.awaitEnd();
  }

  @Test
  void aPausedClientGetsTheTailAfterTheEnd() {
    TestHost.Container container = host.shell("seq 1 5000; echo last");
    container.create();
    TestHost.Collector output = new TestHost.Collector();
    Attachment attachment = host.runtime.attach(container.record, false, output);
    attachment.pauseReading();
    container.start();
    container.awaitExit();
    attachment.resumeReading();
    output.awaitEnd();
    assertThat(output.text(1)).startsWith("1\n2\n").endsWith("5000\nlast\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void givesATerminalOfTheRightSize(String runtime) throws IOException {
    TestHost.Container container =
        host.container(
            runtime,
            Map.of("Cmd", List.of("sh"), "Tty", true, "OpenStdin", true, "StdinOnce", true),
            Map.of("ConsoleSize", List.of(33, 99)));
    container.create();
    TestHost.Collector terminal = container.attach(true);
    container.start();
    terminal.write("stty size; echo term=$TERM\n");
    terminal.awaitText("33 99");
    terminal.awaitText("term=xterm");
    host.runtime.resize(container.record, 44, 88);
    TestHost.await(
        "resize",
        () -> {
          terminal.write("stty size\n");
          return terminal.text(1).contains("44 88");
        });
    terminal.write("exit 5\n");
    assertThat(container.awaitExit().exitCode()).isEqualTo(5);
    terminal.awaitEnd();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void runsFurtherProcesses(String runtime) throws Exception {
    TestHost.Container container = container(runtime, "sleep", "1000");
    container.create();
    container.start();
    TestHost.Collector output = new TestHost.Collector();
    ExecSession exec =
        host.runtime.exec(
            container.record,
            TestHost.newId(),
            execOf("sh", "-c", "echo out; echo err >&2; exit 7"),
            output);
    assertThat(exec.exitCode().toCompletableFuture().get(30, TimeUnit.SECONDS)).isEqualTo(7);
    assertThat(output.text(1)).isEqualTo("out\n");
    assertThat(output.text(2)).isEqualTo("err\n");
    assertThat(exec.pid()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void execsAsAnotherUserElsewhereWithATerminalAndInput(String runtime) throws Exception {
    TestHost.Container container = container(runtime, "sleep", "1000");
    container.create();
    container.start();
    TestHost.Collector output = new TestHost.Collector();
    ExecSpec spec =
        new ExecSpec(
            List.of("sh"), List.of("A=b"), "app", "/tmp", true, true, false, List.of(20, 70));
    ExecSession exec = host.runtime.exec(container.record, TestHost.newId(), spec, output);
    output.attachment = exec.attachment();
    output.write("id; pwd; echo $A $HOME; stty size\n");
    output.awaitText("uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)");
    output.awaitText("/tmp");
    output.awaitText("b /home/app");
    output.awaitText("20 70");
    exec.resize(30, 80);
    TestHost.await(
        "resize",
        () -> {
          output.write("stty size\n");
          return output.text(1).contains("30 80");
        });
    output.write("exit 9\n");
    assertThat(exec.exitCode().toCompletableFuture().get(30, TimeUnit.SECONDS)).isEqualTo(9);
  }

  @Test
  void execHandsInputOnUntilItsEnd() throws Exception {
    TestHost.Container container = container("crun", "sleep", "1000");
    container.create();
    container.start();
    TestHost.Collector output = new TestHost.Collector();
    ExecSpec spec = new ExecSpec(List.of("cat"), List.of(), null, null, false, true, false, null);
    ExecSession exec = host.runtime.exec(container.record, TestHost.newId(), spec, output);
    output.attachment = exec.attachment();
    output.write("text");
    output.closeInput();
    assertThat(exec.exitCode().toCompletableFuture().get(30, TimeUnit.SECONDS)).isZero();
    assertThat(output.text(1)).isEqualTo("text");
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void saysWhatDockerSaysOfAnExecThatDoesNotExist(String runtime) {
    TestHost.Container container = container(runtime, "sleep", "1000");
    container.create();
    container.start();
    StartFailedException failure =
        catchThrowableOfType(
            StartFailedException.class,
            () ->
                host.runtime.exec(
                    container.record,
                    TestHost.newId(),
                    execOf("nonsense"),
                    new TestHost.Collector()));
    assertThat(failure)
        .hasMessage(
            "OCI runtime exec failed: exec failed: unable to start container process: exec:"
                + " \"nonsense\": executable file not found in $PATH: unknown");
    assertThat(failure.exitCode()).isEqualTo(127);
  }

  @Test
  void runsAProcessNobodyWatches() throws Exception {
    TestHost.Container container = container("crun", "sleep", "1000");
    container.create();
    container.start();
    ExecSession exec =
        host.runtime.exec(
            container.record, TestHost.newId(), execOf("sh", "-c", "touch /made; exit 4"), null);
    assertThat(exec.exitCode().toCompletableFuture().get(30, TimeUnit.SECONDS)).isEqualTo(4);
    assertThat(container.dir().resolve("upper/made")).exists();
  }

  private static ExecSpec execOf(String... command) {
    return new ExecSpec(List.of(command), List.of(), null, null, false, false, false, null);
  }

  @Test
  void seesWhatBecameOfContainersAfterARestart() {
    TestHost.Container running = container("crun", "sleep", "1000");
    TestHost.Container created = container("runc", "sleep", "1000");
    TestHost.Container paused = container("crun", "sleep", "1000");
    TestHost.Container ending = host.shell("while ! test -f /go; do usleep 10000; done; exit 6");
    for (TestHost.Container container : List.of(running, created, paused, ending)) {
      container.create();
    }
    running.start();
    paused.start();
    ending.start();
    host.runtime.pause(paused.record);
    host.runtime.close();
    touch(ending.dir().resolve("merged/go"));
    TestHost.await("the exit", () -> Files.exists(host.paths().exitFile(ending.id)));
    host.reopen();
    assertThat(host.runtime.observe(running.record)).isInstanceOf(Observed.Running.class);
    assertThat(host.runtime.observe(created.record)).isInstanceOf(Observed.NotStarted.class);
    assertThat(host.runtime.observe(paused.record)).isInstanceOf(Observed.Paused.class);
    assertThat(host.runtime.observe(ending.record))
        .isInstanceOfSatisfying(
            Observed.Exited.class, exit -> assertThat(exit.exitCode()).isEqualTo(6));
    assertThat(ending.awaitExit().exitCode()).isEqualTo(6);
    host.runtime.resume(paused.record);
    assertThat(host.runtime.observe(paused.record)).isInstanceOf(Observed.Running.class);
    TestHost.Container never = container("crun", "true");
    assertThat(host.runtime.observe(never.record)).isInstanceOf(Observed.Gone.class);
  }

  private static void touch(Path file) {
    try {
      Files.writeString(file, "");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void seesAnExitBySignal() {
    TestHost.Container container = container("crun", "sleep", "1000");
    Created created = container.create();
    container.start();
    host.runtime.signal(container.record, Signals.KILL);
    ExitNotice exit = container.awaitExit();
    assertThat(exit.exitCode()).isEqualTo(137);
    assertThat(exit.oomKilled()).isFalse();
    assertThat(exit.pid()).isEqualTo(created.pid());
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void tellsWhenMemoryRanOut(String runtime) {
    TestHost.Container container =
        host.container(
            runtime, Map.of("Cmd", List.of("tail", "/dev/zero")), Map.of("Memory", 16 << 20));
    TestHost.Result result = container.run();
    assertThat(result.exitCode()).isEqualTo(137);
    assertThat(host.runtime.observe(container.record))
        .isInstanceOfSatisfying(
            Observed.Exited.class, exit -> assertThat(exit.oomKilled()).isTrue());
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void leavesNothingBehind(String runtime) {
    TestHost.Container paused =
        host.container(
            runtime,
            Map.of("Cmd", List.of("sh", "-c", "sleep 1000 & sleep 1000")),
            Map.of("IpcMode", "shareable"));
    Created created = paused.create();
    paused.start();
    host.runtime.pause(paused.record);
    host.runtime.delete(paused.record);
    host.runtime.delete(paused.record);
    assertThat(host.paths().bundle(paused.id)).doesNotExist();
    assertThat(host.paths().sharedMemory(paused.id)).doesNotExist();
    assertThat(host.paths().runtimeRoot(runtime).resolve(paused.id)).doesNotExist();
    assertThat(ProcessFacts.startTime(created.pid())).isEmpty();
    assertThat(ProcessFacts.startTime(created.conmonPid())).isEmpty();
    assertThat(host.cgroupDirectories(paused.record)).isEmpty();
  }

  @Test
  void appliesWhatWasAskedFor() {
    TestHost.Container container =
        host.container(
            "crun",
            Map.of(
                "Cmd",
                List.of(
                    "sh",
                    "-c",
                    "id; pwd; hostname; echo $HOME $A; grep Cap /proc/self/status; "
                        + "grep NoNewPrivs /proc/self/status; grep Seccomp: /proc/self/status; "
                        + "cat /proc/sys/net/ipv4/ip_unprivileged_port_start; "
                        + "grep ' /dev/shm ' /proc/mounts; grep ' / ' /proc/mounts; "
                        + "touch /x 2>&1; ls /proc/scsi /proc/acpi 2>&1; umask"),
                "User",
                "app",
                "WorkingDir",
                "/new/dir",
                "Hostname",
                "box",
                "Env",
                List.of("A=1")),
            Map.of(
                "ReadonlyRootfs",
                true,
                "CapAdd",
                List.of("net_admin"),
                "CapDrop",
                List.of("chown"),
                "SecurityOpt",
                List.of("no-new-privileges"),
                "ShmSize",
                1 << 20));
    TestHost.Result result = container.run();
    assertThat(result.stderr()).isEmpty();
    assertThat(result.stdout())
        .contains(
            "uid=1000(app) gid=1000(app) groups=1000(app),2000(extra)",
            "/new/dir\nbox\n/home/app 1\n",
            "CapBnd:\t00000000a80435fa".replace("35fa", "35fa"),
            "NoNewPrivs:\t1",
            "Seccomp:\t2",
            "\n0\n",
            "size=1024k",
            "overlay / overlay ro,",
            "Read-only file system");
    assertThat(result.exitCode()).isZero();
  }

  @Test
  void privilegedSeesAllDevicesAndCapabilitiesOfTheMachine() {
    TestHost.Container container =
        host.container(
            "crun",
            Map.of(
                "Cmd",
                List.of(
                    "sh",
                    "-c",
                    "ls /dev; grep CapEff /proc/self/status; grep Seccomp: /proc/self/status;"
                        + " mount -t tmpfs none /tmp && echo mounted")),
            Map.of("Privileged", true));
    TestHost.Result result = container.run();
    assertThat(result.stdout()).contains("fuse", "Seccomp:\t0", "mounted");
  }

  @Test
  void mountsVolumesTmpfsAndAnInit() throws IOException {
    Path volume = Files.createDirectories(host.directory.resolve("volume"));
    Files.writeString(volume.resolve("file"), "content\n");
    TestHost.Container container =
        host.container(
            "crun",
            Map.of(
                "Cmd",
                List.of(
                    "sh",
                    "-c",
                    "cat /data/file; touch /data/x 2>&1; touch /rw/y; grep /scratch /proc/mounts;"
                        + " cat /proc/1/cmdline | head -c 17; cat /etc/hostname")),
            Map.of("Init", true, "Tmpfs", Map.of("/scratch", "size=2m,exec")));
    container.mounts.add(
        new MountPoint("bind", null, volume.toString(), "/data", null, "ro", false, "rprivate"));
    container.mounts.add(
        new MountPoint("volume", "v", volume.toString(), "/rw", "local", "z", true, ""));
    TestHost.Result result = container.run();
    assertThat(result.stderr()).isEmpty();
    assertThat(result.stdout())
        .contains(
            "content\n",
            "touch: /data/x: Read-only file system",
            "/scratch tmpfs rw,nosuid,nodev,relatime,size=2048k",
            "/sbin/docker-init",
            "hostname\n");
    assertThat(volume.resolve("y")).exists();
  }

  @Test
  void joinsNamespacesOfAnotherContainer() {
    TestHost.Container owner =
        host.container(
            "crun",
            Map.of("Cmd", List.of("sh", "-c", "echo shared > /dev/shm/file; sleep 1000")),
            Map.of("IpcMode", "shareable"));
    Created created = owner.create();
    owner.start();
    TestHost.Container guest =
        host.container(
            "crun",
            Map.of(
                "Cmd",
                List.of(
                    "sh",
                    "-c",
                    "while ! test -f /dev/shm/file; do usleep 1000; done; cat /dev/shm/file;"
                        + " ps | grep -c 'sleep 1000'")),
            Map.of("IpcMode", "container:" + owner.id, "PidMode", "container:" + owner.id));
    SharedNamespaces.Peer peer = new SharedNamespaces.Peer(owner.id, created.pid());
    guest.shared = new SharedNamespaces(peer, peer);
    assertThat(guest.run().stdout()).startsWith("shared\n");
  }

  @Test
  void listsItsProcesses() {
    TestHost.Container container = container("crun", "sleep", "1234");
    container.create();
    container.start();
    ProcessTable table = host.runtime.top(container.record, "");
    assertThat(table.titles())
        .containsExactly("UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD");
    assertThat(table.processes())
        .singleElement()
        .satisfies(row -> assertThat(row.getLast()).isEqualTo("sleep 1234"));
    assertThat(host.runtime.top(container.record, "-eo pid,comm f").processes()).hasSize(1);
  }

  @Test
  void mountsMoreLayersThanOneOptionStringHolds() throws IOException {
    RootFilesystem rootFilesystem = new RootFilesystem();
    List<Path> layers = new ArrayList<>();
    for (int index = 0; index < 120; index++) {
      Path layer =
          Files.createDirectories(
              host.directory.resolve("a-layer-with-a-name-of-some-length-" + index));
      Files.writeString(layer.resolve("file" + index), "");
      Files.writeString(layer.resolve("top"), "" + index);
      layers.add(layer);
    }
    Path directory = host.directory.resolve("many");
    Path root = rootFilesystem.mount(directory, layers);
    try {
      assertThat(rootFilesystem.mounted(directory)).isTrue();
      assertThat(root.resolve("top")).hasContent("119");
      assertThat(root.resolve("file0")).exists();
      assertThat(rootFilesystem.mount(directory, layers)).isEqualTo(root);
    } finally {
      rootFilesystem.unmount(directory);
    }
    assertThat(rootFilesystem.mounted(directory)).isFalse();
  }

  @Test
  void conmonIsIndependentOfThisProcess() throws IOException {
    TestHost.Container container = container("crun", "sleep", "1000");
    int conmon = container.create().conmonPid();
    container.start();
    Path process = Path.of("/proc").resolve(Integer.toString(conmon));
    String[] stat = Files.readString(process.resolve("stat")).split(" ", -1);
    assertThat(Long.parseLong(stat[3])).isNotEqualTo(ProcessHandle.current().pid());
    assertThat(Integer.parseInt(stat[5])).as("session").isEqualTo(conmon);
    Set<Path> ours = new HashSet<>();
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      for (Path descriptor : descriptors.toList()) {
        target(descriptor).filter(one -> !one.toString().equals("/dev/null")).ifPresent(ours::add);
      }
    }
    try (Stream<Path> descriptors = Files.list(process.resolve("fd"))) {
      assertThat(descriptors.flatMap(one -> target(one).stream()))
          .filteredOn(one -> !one.toString().startsWith("anon_inode"))
          .doesNotContainAnyElementsOf(ours);
    }
  }

  private static Optional<Path> target(Path link) {
    try {
      return Optional.of(Files.readSymbolicLink(link));
    } catch (IOException gone) {
      return Optional.empty();
    }
  }

  @Test
  void leavesNoDescriptorOpen() throws IOException {
    for (int round = 0; round < 3; round++) {
      cycle();
    }
    long before = openDescriptors();
    for (int round = 0; round < 10; round++) {
      cycle();
    }
    TestHost.await("descriptors closed", () -> openDescriptors() <= before);
  }

  private void cycle() {
    TestHost.Container container = host.shell("sleep 1000");
    container.create();
    TestHost.Collector output = container.attach(false);
    container.start();
    TestHost.Collector execOutput = new TestHost.Collector();
    ExecSession exec =
        host.runtime.exec(container.record, TestHost.newId(), execOf("true"), execOutput);
    exec.exitCode().toCompletableFuture().join();
    host.runtime.signal(container.record, Signals.KILL);
    container.awaitExit();
    output.awaitEnd();
    host.runtime.delete(container.record);
  }

  private static long openDescriptors() {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      return descriptors.count();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Test
  void removesWhatACreateThatWasCutShortLeft() {
    TestHost.Container container = container("crun", "sleep", "1000");
    Created created = container.create();
    container.start();
    delete(host.paths().processFile(container.id)); // as if killed before it was written
    assertThat(host.runtime.observe(container.record)).isInstanceOf(Observed.Gone.class);
    host.runtime.delete(container.record);
    TestHost.await("main gone", () -> ProcessFacts.startTime(created.pid()).isEmpty());
    TestHost.await("conmon gone", () -> ProcessFacts.startTime(created.conmonPid()).isEmpty());
    assertThat(host.cgroupDirectories(container.record)).isEmpty();
  }

  private static void delete(Path file) {
    try {
      Files.delete(file);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void startsOnlyOnce(String runtime) {
    TestHost.Container container = container(runtime, "sleep", "1000");
    container.create();
    assertThat(host.runtime.observe(container.record)).isInstanceOf(Observed.NotStarted.class);
    container.start();
    assertThat(host.runtime.observe(container.record)).isInstanceOf(Observed.Running.class);
    TestHost.await(
        "the command",
        () ->
            host.runtime.top(container.record, "").processes().stream()
                .anyMatch(row -> row.getLast().equals("sleep 1000")));
  }

  @Test
  void killsACreatedContainer() {
    TestHost.Container container = container("crun", "sleep", "1000");
    container.create();
    host.runtime.signal(container.record, Signals.KILL);
    assertThat(container.awaitExit().exitCode()).isEqualTo(137);
    assertThatThrownBy(() -> host.runtime.signal(container.record, Signals.TERM))
        .hasMessage("container " + container.id + " is not running");
    assertThatThrownBy(container::start).isInstanceOf(EngineException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void aBrokenExecutableEndsWithAReason(String runtime) throws IOException {
    Path broken = host.layer.resolve("bin/broken");
    Files.writeString(broken, "not a program");
    Files.setPosixFilePermissions(broken, PosixFilePermissions.fromString("rwxr-xr-x"));
    TestHost.Container container = container(runtime, "broken");
    TestHost.Result result = container.run();
    assertThat(result.exitCode()).isNotZero();
    assertThat(result.stderr().toLowerCase(Locale.ROOT)).contains("exec format error");
    System.out.println(runtime + " " + result);
  }

  @Test
  void limitsWhatItsControlGroupSays() {
    TestHost.Container container =
        host.container(
            "crun",
            Map.of(
                "Cmd",
                List.of(
                    "sh",
                    "-c",
                    "cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes"
                        + " memory/memory.memsw.limit_in_bytes cpu/cpu.cfs_quota_us"
                        + " pids/pids.max cpuset/cpuset.cpus; grep open /proc/self/limits")),
            Map.of(
                "Memory",
                32 << 20,
                "NanoCpus",
                500_000_000,
                "PidsLimit",
                77,
                "CpusetCpus",
                "0",
                "Ulimits",
                List.of(Map.of("Name", "nofile", "Soft", 512, "Hard", 1024)),
                "CgroupnsMode",
                "private"));
    assertThat(container.run().stdout())
        .startsWith("33554432\n67108864\n50000\n77\n0\n")
        .containsPattern("512 +1024 +files");
  }

  @Test
  void freezesAndThaws() {
    TestHost.Container container = host.shell("while :; do echo x; usleep 1000; done");
    container.create();
    TestHost.Collector output = container.attach(false);
    container.start();
    output.awaitText("x");
    host.runtime.pause(container.record);
    assertThat(host.runtime.observe(container.record)).isInstanceOf(Observed.Paused.class);
    host.runtime.signal(container.record, Signals.KILL);
    host.runtime.resume(container.record);
    assertThat(container.awaitExit().exitCode()).isEqualTo(137);
  }
}
