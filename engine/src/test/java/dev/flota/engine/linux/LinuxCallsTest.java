package dev.flota.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinuxCallsTest {
  private static final Path SHELL = Path.of("/bin/sh");

  /** Knows descriptors of more than one digit. */
  private static final Path BASH = Path.of("/bin/bash");

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir Path directory;

  private static Spawn shell(String script) {
    return Spawn.of(SHELL, List.of("-c", script));
  }

  private static String output(Spawn spawn) {
    try (Pipe pipe = Pipe.open()) {
      ChildProcess child = spawn.descriptor(1, pipe.writeEnd()).start();
      pipe.writeEnd().close();
      StringBuilder text = new StringBuilder();
      byte[] part = pipe.read(4096, PATIENCE);
      while (part.length > 0) {
        text.append(new String(part, StandardCharsets.UTF_8));
        part = pipe.read(4096, PATIENCE);
      }
      child.await();
      return text.toString();
    }
  }

  @Test
  void spawnsWithExactlyTheEnvironmentAndDescriptorsGiven() {
    try (Pipe other = Pipe.open()) {
      String script = "echo $A; ls /proc/self/fd | tr '\\n' ' '; readlink /proc/self/fd/0";
      Spawn spawn =
          shell(script)
              .environment(Map.of("A", "b", "PATH", "/usr/bin:/bin"))
              .descriptor(7, other.writeEnd());
      assertThat(output(spawn)).matches("b\n0 1 2 \\d+ 7 /dev/null\n|b\n0 1 2 3 7 /dev/null\n");
    }
  }

  @Test
  void givesALowDescriptorANumberItWouldOverwrite() {
    try (Pipe first = Pipe.open();
        Pipe second = Pipe.open()) {
      int high = Math.max(first.writeEnd().number(), second.writeEnd().number()) + 1;
      ChildProcess child =
          Spawn.of(
                  BASH,
                  List.of("-c", "echo one >&" + first.readEnd().number() + "; echo two >&" + high))
              .descriptor(first.readEnd().number(), first.writeEnd())
              .descriptor(high, second.writeEnd())
              .start();
      assertThat(child.await()).isZero();
      assertThat(first.read(10, PATIENCE)).asString().isEqualTo("one\n");
      assertThat(second.read(10, PATIENCE)).asString().isEqualTo("two\n");
    }
  }

  @Test
  void reportsExitCodesAndSignals() {
    assertThat(shell("exit 3").start().await()).isEqualTo(3);
    assertThat(shell("kill -9 $$").start().await()).isEqualTo(137);
  }

  @Test
  void putsAChildIntoASessionOfItsOwn() {
    String session = "cut -d' ' -f6 /proc/$$/stat; echo $$";
    Map<String, String> path = Map.of("PATH", "/usr/bin:/bin");
    String[] own = output(shell(session).environment(path).newSession()).split("\n", -1);
    assertThat(own[0]).isEqualTo(own[1]);
    String[] ours = output(shell(session).environment(path)).split("\n", -1);
    assertThat(ours[0]).isNotEqualTo(ours[1]);
  }

  @Test
  void saysWhyAProgramCannotBeStarted() {
    LinuxException failure =
        catchThrowableOfType(
            LinuxException.class, () -> Spawn.of(Path.of("/no/such"), List.of()).start());
    assertThat(failure.errno()).isEqualTo(Errno.ENOENT);
    assertThat(failure).hasMessage("spawn /no/such: No such file or directory");
  }

  @Test
  void holdsAProcessByItsDescriptor() {
    ChildProcess child = Spawn.of(Path.of("/bin/sleep"), List.of("1000")).start();
    try (PidDescriptor process = PidDescriptor.open(child.pid()).orElseThrow()) {
      assertThat(process.awaitEnd(Duration.ZERO)).isFalse();
      assertThat(ProcessFacts.startTime(child.pid())).isPresent();
      assertThat(process.signal(9)).isTrue();
      assertThat(process.awaitEnd(PATIENCE)).isTrue();
      assertThat(ProcessFacts.startTime(child.pid())).isEmpty(); // a zombie
      child.await();
      assertThat(process.signal(9)).isFalse();
    }
    assertThat(PidDescriptor.open(0)).isEmpty();
  }

  @Test
  void readsTheStartTimeWhateverTheCommandIsCalled() {
    String stat = "12 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20 21";
    assertThat(ProcessFacts.parseStat(stat)).hasValue(4711);
    assertThat(ProcessFacts.parseStat(stat.replace(" S ", " Z "))).isEmpty();
  }

  @Test
  void readsFromAPipeOnlySoLong() {
    try (Pipe pipe = Pipe.open()) {
      LinuxException failure =
          catchThrowableOfType(LinuxException.class, () -> pipe.read(1, Duration.ofMillis(1)));
      assertThat(failure.errno()).isEqualTo(Errno.EAGAIN);
    }
  }

  @Test
  void tellsWhatHappensToFiles() throws Exception {
    try (EventLoop loop = new EventLoop("test");
        Inotify inotify = new Inotify(loop)) {
      LinkedBlockingQueue<String> names = new LinkedBlockingQueue<>();
      Inotify.Watch watch =
          inotify.watch(directory, Inotify.MOVED_IN, (events, name) -> names.add(name));
      Path file = Files.createTempFile("inotify", "");
      Path target = directory.resolve("a-name-that-is-longer-than-sixteen-bytes");
      Files.createFile(directory.resolve("created-only"));
      Files.move(Files.move(file, directory.resolve("x")), target);
      assertThat(names.poll(30, TimeUnit.SECONDS)).isEqualTo("x");
      assertThat(names.poll(30, TimeUnit.SECONDS)).isEqualTo(target.getFileName().toString());
      watch.close();
    }
  }

  @Test
  void goesOnAfterAHandlerFailed() throws Exception {
    try (EventLoop loop = new EventLoop("test")) {
      loop.execute(
          () -> {
            throw new IllegalStateException("on purpose");
          });
      CountDownLatch done = new CountDownLatch(1);
      loop.execute(done::countDown);
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void staysInsideItsRootWhateverLinksSay() throws IOException {
    Path root = Files.createDirectory(directory.resolve("root"));
    Path secret = Files.writeString(directory.resolve("secret"), "secret");
    Files.createDirectory(root.resolve("etc"));
    Files.createSymbolicLink(root.resolve("etc/absolute"), secret);
    Files.createSymbolicLink(root.resolve("etc/relative"), Path.of("../../../../secret"));
    Files.createSymbolicLink(root.resolve("up"), Path.of("../.."));
    Files.createSymbolicLink(root.resolve("etc/fine"), Path.of("/etc/file"));
    Files.writeString(root.resolve("etc/file"), "content");
    try (RootedDirectory rooted = RootedDirectory.open(root)) {
      assertThat(rooted.read("/etc/absolute", 100)).isEmpty();
      assertThat(rooted.read("etc/relative", 100)).isEmpty();
      assertThat(rooted.read("up/secret", 100)).isEmpty();
      assertThat(new String(rooted.read("/etc/fine", 100).orElseThrow(), StandardCharsets.UTF_8))
          .isEqualTo("content");
      assertThatThrownBy(() -> rooted.read("/etc/file", 3))
          .isInstanceOf(IOException.class)
          .hasMessage("/etc/file is too large");
      assertThatThrownBy(() -> rooted.read("/etc", 100)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void doesNotWaitForAFifoThatPretendsToBeAFile() {
    FileNodes.make(directory.resolve("passwd"), FileNodes.FIFO | 0600, 0);
    try (RootedDirectory rooted = RootedDirectory.open(directory)) {
      assertThatThrownBy(() -> rooted.read("passwd", 100))
          .isInstanceOf(IOException.class)
          .hasMessage("passwd is not a regular file");
    }
  }

  @Test
  void makesDirectoriesInsideItsRootOnly() throws IOException {
    Path root = Files.createDirectory(directory.resolve("root"));
    Files.createSymbolicLink(root.resolve("out"), directory);
    Files.writeString(root.resolve("file"), "");
    try (RootedDirectory rooted = RootedDirectory.open(root)) {
      assertThat(rooted.makeDirectories("/a/b/../c", 0755, 0, 0)).isTrue();
      assertThat(rooted.makeDirectories("/a/c", 0755, 0, 0)).isFalse();
      assertThat(root.resolve("a/c")).isDirectory();
      LinuxException failure =
          catchThrowableOfType(
              LinuxException.class, () -> rooted.makeDirectories("/file/x", 0755, 0, 0));
      assertThat(failure.errno()).isEqualTo(Errno.ENOTDIR);
      assertThatThrownBy(() -> rooted.makeDirectories("/out/made", 0755, 0, 0))
          .isInstanceOf(LinuxException.class);
    }
    assertThat(directory.resolve("made")).doesNotExist();
  }

  @Property(tries = 200)
  void packsDeviceNumbersAsTheKernelDoes(
      @ForAll @IntRange(max = 0xfffff) int major, @ForAll @IntRange(max = 0xfffff) int minor) {
    long device = FileNodes.device(major, minor);
    assertThat(FileNodes.major(device)).isEqualTo(major);
    assertThat(FileNodes.minor(device)).isEqualTo(minor);
  }

  @Test
  void decodesWaitStatuses() {
    assertThat(ChildProcess.exitCode(0x0300)).isEqualTo(3);
    assertThat(ChildProcess.exitCode(9)).isEqualTo(137);
    assertThat(ChildProcess.exitCode(11 | 0x80)).isEqualTo(139);
  }
}
