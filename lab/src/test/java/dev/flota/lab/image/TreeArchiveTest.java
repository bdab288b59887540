package dev.flota.lab.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TreeArchiveTest {
  private static final Instant LATEST = Instant.parse("2026-11-01T00:00:00Z");

  @TempDir Path tree;

  @Test
  void sameTreeMadeInAnotherOrderGivesTheSameBytes(@TempDir Path other) throws IOException {
    writeFile(tree.resolve("b"), "second");
    writeFile(tree.resolve("a/inner"), "first");
    writeFile(other.resolve("a/inner"), "first");
    writeFile(other.resolve("b"), "second");

    assertThat(archive(tree)).isEqualTo(archive(other));
  }

  @Test
  void otherContentGivesOtherBytes(@TempDir Path other) throws IOException {
    writeFile(tree.resolve("a"), "one");
    writeFile(other.resolve("a"), "two");

    assertThat(archive(tree)).isNotEqualTo(archive(other));
  }

  @Test
  void noFileIsYoungerThanTheImage() throws IOException {
    writeFile(tree.resolve("old"), "");
    Files.setLastModifiedTime(
        tree.resolve("old"), FileTime.from(Instant.parse("2020-05-05T05:05:05Z")));
    writeFile(tree.resolve("young"), "");
    Files.setLastModifiedTime(
        tree.resolve("young"), FileTime.from(Instant.parse("2030-01-01T00:00:00Z")));

    Map<String, TarArchiveEntry> entries = entries(tree);

    assertThat(entry(entries, "old").getLastModifiedTime().toInstant())
        .isEqualTo("2020-05-05T05:05:05Z");
    assertThat(entry(entries, "young").getLastModifiedTime().toInstant()).isEqualTo(LATEST);
  }

  @Test
  void carriesModesOwnersAndLinks() throws IOException {
    writeFile(tree.resolve("bin/busybox"), "program");
    Files.setPosixFilePermissions(
        tree.resolve("bin/busybox"), PosixFilePermissions.fromString("rwxr-x--x"));
    Files.createLink(tree.resolve("bin/sh"), tree.resolve("bin/busybox"));
    Files.createSymbolicLink(tree.resolve("init"), Path.of("/bin/busybox"));

    SequencedMap<String, TarArchiveEntry> entries = entries(tree);

    assertThat(entries.sequencedKeySet()).containsExactly("bin/", "bin/busybox", "bin/sh", "init");
    TarArchiveEntry program = entry(entries, "bin/busybox");
    assertThat(program.getMode()).isEqualTo(0_751);
    assertThat(program.getSize()).isEqualTo("program".length());
    assertThat(program.getUserName()).isEmpty();
    assertThat(program.getLongUserId())
        .isEqualTo(
            ((Integer) Files.getAttribute(tree.resolve("bin/busybox"), "unix:uid")).longValue());
    assertThat(entry(entries, "bin/sh").isLink()).isTrue();
    assertThat(entry(entries, "bin/sh").getLinkName()).isEqualTo("bin/busybox");
    assertThat(entry(entries, "init").isSymbolicLink()).isTrue();
    assertThat(entry(entries, "init").getLinkName()).isEqualTo("/bin/busybox");
  }

  @Test
  void carriesNamesLongerThanTheTarHeaderAndOutsideAscii() throws IOException {
    String longName = "d".repeat(120) + "/" + "f".repeat(150);
    writeFile(tree.resolve(longName), "");
    writeFile(tree.resolve("größe"), "");

    assertThat(entries(tree)).containsKeys(longName, "größe");
  }

  @Test
  void opaqueDirectoryIsFollowedByItsMark() throws IOException {
    Files.createDirectory(tree.resolve("log"));
    writeFile(tree.resolve("log/a"), "");
    markOpaque(tree.resolve("log"));

    SequencedMap<String, TarArchiveEntry> entries = entries(tree);

    assertThat(entries.sequencedKeySet()).containsExactly("log/", "log/.wh..wh..opq", "log/a");
    assertThat(entry(entries, "log/.wh..wh..opq").getSize()).isZero();
  }

  @Test
  void removedFileBecomesAWhiteout() throws IOException, InterruptedException {
    Files.createDirectory(tree.resolve("etc"));
    makeDevice(tree.resolve("etc/removed"), 0, 0);

    SequencedMap<String, TarArchiveEntry> entries = entries(tree);

    assertThat(entries.sequencedKeySet()).containsExactly("etc/", "etc/.wh.removed");
    assertThat(entry(entries, "etc/.wh.removed").isFile()).isTrue();
  }

  @Test
  void carriesDeviceNumbers() throws IOException, InterruptedException {
    makeDevice(tree.resolve("null"), 1, 3);

    TarArchiveEntry device = entry(entries(tree), "null");

    assertThat(device.isCharacterDevice()).isTrue();
    assertThat(device.getDevMajor()).isEqualTo(1);
    assertThat(device.getDevMinor()).isEqualTo(3);
  }

  @Test
  void refusesASocket() throws IOException {
    Path socket = tree.resolve("s");
    try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.bind(UnixDomainSocketAddress.of(socket));

      assertThatThrownBy(() -> archive(tree))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("socket");
    }
  }

  static void writeFile(Path file, String content) throws IOException {
    Path directory = file.getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Files.writeString(file, content);
  }

  private static void markOpaque(Path directory) throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(directory, UserDefinedFileAttributeView.class);
    view.write("overlay.opaque", StandardCharsets.US_ASCII.encode("y"));
  }

  /** Needs root, as an overlay does. */
  private static void makeDevice(Path path, int major, int minor)
      throws IOException, InterruptedException {
    Process mknod =
        new ProcessBuilder(
                "mknod", path.toString(), "c", Integer.toString(major), Integer.toString(minor))
            .redirectErrorStream(true)
            .start();
    assumeTrue(mknod.waitFor() == 0, "may not make device nodes here");
    assertThat(Files.exists(path, LinkOption.NOFOLLOW_LINKS)).isTrue();
  }

  private static TarArchiveEntry entry(Map<String, TarArchiveEntry> entries, String name) {
    return Objects.requireNonNull(entries.get(name), () -> "no entry " + name);
  }

  private static byte[] archive(Path root) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    TreeArchive.write(root, LATEST, bytes);
    return bytes.toByteArray();
  }

  private static SequencedMap<String, TarArchiveEntry> entries(Path root) throws IOException {
    SequencedMap<String, TarArchiveEntry> entries = new LinkedHashMap<>();
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(
            new ByteArrayInputStream(archive(root)), StandardCharsets.UTF_8.name())) {
      TarArchiveEntry entry = tar.getNextEntry();
      while (entry != null) {
        entries.put(entry.getName(), entry);
        entry = tar.getNextEntry();
      }
    }
    return entries;
  }
}
