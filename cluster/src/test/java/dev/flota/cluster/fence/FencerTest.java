package dev.flota.cluster.fence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.flota.engine.linux.BootClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real fencer, real cgroups, real processes. Needs root and a C compiler. */
final class FencerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LONG = Duration.ofMinutes(10);
  private static final Path CGROUPS = Path.of("/sys/fs/cgroup");
  @TempDir private static Path built;

  @TempDir private Path runDir;
  private FenceFiles files;
  private Path log;
  private final String parent = "flota-fencer-test-" + ProcessHandle.current().pid();
  private final List<Process> processes = new ArrayList<>();

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    assumeTrue(Files.isWritable(hierarchy()), "needs root and cgroups");
    Process compiler;
    try {
      compiler =
          new ProcessBuilder(
                  "gcc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", fencerProgram(), source())
              .inheritIO()
              .start();
    } catch (IOException none) {
      assumeTrue(false, "needs gcc");
      throw none;
    }
    assertThat(compiler.waitFor()).isZero();
  }

  private static String source() {
    return Path.of("src/main/c/fencer.c").toAbsolutePath().toString();
  }

  private static String fencerProgram() {
    return built.resolve("flota-fencer").toString();
  }

  private static boolean unified() {
    return Files.exists(CGROUPS.resolve("cgroup.controllers"));
  }

  private static Path hierarchy() {
    return unified() ? CGROUPS : CGROUPS.resolve("freezer");
  }

  @BeforeEach
  void open() throws IOException {
    files = FenceFiles.in(runDir);
    log = runDir.resolve("log");
    Files.createDirectory(hierarchy().resolve(parent));
  }

  @AfterEach
  void end() throws IOException, InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly();
    }
    try (Stream<Path> groups = Files.walk(hierarchy().resolve(parent))) {
      for (Path group : groups.filter(Files::isDirectory).toList().reversed()) {
        write(group, unified() ? "cgroup.freeze" : "freezer.state", unified() ? "0" : "THAWED");
        await("nobody is in " + group, () -> removed(group));
      }
    }
    for (Process process : processes) {
      process.waitFor();
    }
  }

  private static boolean removed(Path group) {
    try {
      return Files.deleteIfExists(group) || !Files.exists(group);
    } catch (IOException busy) {
      return false;
    }
  }

  private static void write(Path group, String file, String text) throws IOException {
    if (Files.exists(group.resolve(file))) {
      Files.writeString(group.resolve(file), text);
    }
  }

  private static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("did not happen: " + what);
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private Process fencer() throws IOException {
    Process fencer =
        new ProcessBuilder(fencerProgram(), runDir.resolve("fence").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    processes.add(fencer);
    return fencer;
  }

  /** One that has seen the files as they are now. */
  private Process watchingFencer() throws IOException {
    Process fencer = fencer();
    await("the fencer watches", () -> files.fencer().equals(Optional.of(fencer.pid())));
    return fencer;
  }

  private Process container(String id) throws IOException {
    return container(id, "");
  }

  /** A process in a cgroup of its own, or in one below it. */
  private Process container(String id, String below) throws IOException {
    Path group = hierarchy().resolve(parent).resolve(id).resolve(below);
    Files.createDirectories(group);
    Process process = new ProcessBuilder("sleep", "1000").start();
    processes.add(process);
    Files.writeString(group.resolve("cgroup.procs"), process.pid() + "\n");
    return process;
  }

  private void register(String id) {
    files.register(id, "/" + parent + "/" + id);
  }

  private void expire() {
    files.renew(BootClock.now().minusMillis(1));
  }

  private boolean logged(String words) {
    try {
      return Files.readString(log).contains(words);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void awaitKilled(Process process) {
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interruption) {
      throw new IllegalStateException(interruption);
    }
    assertThat(process.exitValue()).isEqualTo(128 + 9);
  }

  @Test
  void aLeaseThatRunsOutEndsRegisteredContainersAndNoOthers() throws IOException {
    Process first = container("a1");
    Process nested = container("a1", "inner");
    Process other = container("b2");
    Process unregistered = container("c3");
    register("a1");
    register("b2");
    files.register("d4", "/" + parent + "/d4");
    files.renew(BootClock.now().plusMillis(300));
    Duration before = BootClock.now();
    watchingFencer();
    awaitKilled(first);
    awaitKilled(nested);
    awaitKilled(other);
    assertThat(unregistered.isAlive()).isTrue();
    assertThat(files.fenced()).extracting(Fenced::id).containsExactly("a1", "b2");
    assertThat(files.fenced())
        .allSatisfy(fenced -> assertThat(fenced.sinceBoot()).isBetween(before, BootClock.now()));
    assertThat(logged("a1: the lease has run out, killing what is in /" + parent + "/a1")).isTrue();
  }

  @Test
  void aLeaseInForceAndNoLeaseEndNothing() throws IOException {
    Process container = container("a1");
    register("a1");
    Process fencer = watchingFencer();
    files.renew(BootClock.now().plus(LONG));
    files.renew(BootClock.now().plus(LONG));
    fencer.destroy();
    awaitEnd(fencer);
    files.leave();
    Process second = watchingFencer();
    second.destroy();
    awaitEnd(second);
    assertThat(container.isAlive()).isTrue();
    assertThat(files.fenced()).isEmpty();
  }

  private static void awaitEnd(Process process) {
    try {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interruption) {
      throw new IllegalStateException(interruption);
    }
  }

  @Test
  void aLeaseThatComesBackIsWatchedOn() throws IOException {
    Process first = container("a1");
    register("a1");
    expire();
    watchingFencer();
    awaitKilled(first);
    files.renew(BootClock.now().plus(LONG));
    await("the fencer sees the lease", () -> logged("there is a lease again"));
    files.clear("a1");
    Process again = container("a1");
    files.renew(BootClock.now().plus(LONG));
    assertThat(again.isAlive()).isTrue();
    expire();
    awaitKilled(again);
    assertThat(files.fenced("a1")).isPresent();
  }

  @Test
  void whatStartsAfterTheLeaseRanOutDiesToo() throws IOException {
    Process first = container("a1");
    register("a1");
    expire();
    watchingFencer();
    awaitKilled(first);
    awaitKilled(container("a1"));
  }

  @Test
  void whatIsFrozenDiesToo() throws IOException {
    Process paused = container("a1");
    Process pausedWithin = container("b2", "inner");
    freeze("a1");
    freeze("b2/inner");
    register("a1");
    register("b2");
    expire();
    watchingFencer();
    awaitKilled(paused);
    awaitKilled(pausedWithin);
  }

  private void freeze(String group) throws IOException {
    Path directory = hierarchy().resolve(parent).resolve(group);
    write(directory, unified() ? "cgroup.freeze" : "freezer.state", unified() ? "1" : "FROZEN");
  }

  @Test
  void theNextFencerGoesOnWhereOneWasKilled() throws IOException {
    Process container = container("a1");
    register("a1");
    files.renew(BootClock.now().plus(LONG));
    Process first = watchingFencer();
    Process second = fencer();
    awaitEnd(second);
    assertThat(second.exitValue()).isEqualTo(1);
    assertThat(logged("another fencer is at work")).isTrue();
    first.destroyForcibly();
    awaitEnd(first);
    expire();
    assertThat(container.isAlive()).isTrue();
    watchingFencer();
    awaitKilled(container);
  }

  @Test
  void halfWrittenFilesChangeNothing() throws IOException {
    Process container = container("a1");
    Process bystander = container("b2");
    register("a1");
    Path directory = runDir.resolve("fence");
    Files.writeString(directory.resolve("containers/b2"), "/" + parent);
    Files.writeString(directory.resolve("containers/c3"), "/" + parent + "\n");
    Files.writeString(directory.resolve("containers/.b2"), "/" + parent + "/b2\n");
    Files.writeString(directory.resolve("lease"), "1");
    watchingFencer();
    await("the fencer has looked", () -> logged("the lease cannot be read"));
    assertThat(container.isAlive()).isTrue();
    expire();
    awaitKilled(container);
    await("the fencer has looked", () -> logged("b2: its registration cannot be read"));
    await("the fencer has looked", () -> logged("c3: its registration cannot be read"));
    assertThat(bystander.isAlive()).isTrue();
  }

  @Test
  void aDirectoryThatIsMadeAnewIsWatched() throws IOException {
    watchingFencer();
    Path directory = runDir.resolve("fence");
    Files.move(directory, runDir.resolve("old"));
    try (Stream<Path> all = Files.walk(runDir.resolve("old"))) {
      for (Path path : all.toList().reversed()) {
        Files.delete(path);
      }
    }
    FenceFiles.in(runDir);
    Process container = container("a1");
    register("a1");
    expire();
    awaitKilled(container);
  }
}
