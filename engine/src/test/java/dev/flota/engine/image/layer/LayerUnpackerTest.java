package dev.flota.engine.image.layer;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.LastErrorException;
import com.sun.jna.Library;
import com.sun.jna.Native;
import dev.flota.engine.linux.DirectoryTree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Needs root, as unpacking does. */
class LayerUnpackerTest {
  private static final ExtendedAttributes ATTRIBUTES = Native.load("c", ExtendedAttributes.class);

  @TempDir Path sandbox;
  private Path root;

  /** The C library's; the JDK reads those of users only. */
  private interface ExtendedAttributes extends Library {
    long lgetxattr(byte[] path, byte[] name, byte[] value, long size) throws LastErrorException;
  }

  @BeforeEach
  void makeRoot() throws IOException {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root");
    root = Files.createDirectory(sandbox.resolve("root"));
  }

  private long unpack(Tar.Entry... entries) throws IOException {
    return unpack(Tar.of(entries));
  }

  private long unpack(byte[] archive) throws IOException {
    return LayerUnpacker.unpack(new ByteArrayInputStream(archive), root);
  }

  private String content(String name) throws IOException {
    return Files.readString(root.resolve(name));
  }

  private Object attribute(String name, String attribute) throws IOException {
    return Files.getAttribute(root.resolve(name), attribute, LinkOption.NOFOLLOW_LINKS);
  }

  private byte[] extended(String name, String attribute) {
    byte[] value = new byte[256];
    byte[] path = FileCalls.path(root.resolve(name).toString());
    int length = (int) ATTRIBUTES.lgetxattr(path, FileCalls.path(attribute), value, value.length);
    return Arrays.copyOf(value, length);
  }

  @Test
  void keepsContentOwnerModeAndTimes() throws IOException {
    long size =
        unpack(
            Tar.directory("bin/").mode(01775).owner(3, 4).seconds(1_000_000_000),
            Tar.file("bin/su", "set user").mode(04755).owner(70000, 5).record("mtime", "1.25"),
            Tar.symbolicLink("bin/link", "/no/where").owner(6, 7).seconds(1_100_000_000),
            Tar.hardLink("bin/again", "bin/su"));
    assertThat(size).isEqualTo(8);
    assertThat(content("bin/su")).isEqualTo("set user");
    assertThat(attribute("bin/su", "unix:mode")).isEqualTo(0104755);
    assertThat(attribute("bin/su", "unix:uid")).isEqualTo(70000);
    assertThat(attribute("bin/su", "unix:gid")).isEqualTo(5);
    assertThat(attribute("bin/su", "lastModifiedTime"))
        .isEqualTo(FileTime.from(Instant.ofEpochSecond(1, 250_000_000)));
    assertThat(attribute("bin/again", "unix:ino")).isEqualTo(attribute("bin/su", "unix:ino"));
    assertThat(Files.readSymbolicLink(root.resolve("bin/link"))).hasToString("/no/where");
    assertThat(attribute("bin/link", "unix:uid")).isEqualTo(6);
    assertThat(attribute("bin/link", "lastModifiedTime"))
        .isEqualTo(FileTime.from(Instant.ofEpochSecond(1_100_000_000)));
    assertThat(attribute("bin", "unix:mode")).isEqualTo(041775);
    assertThat(attribute("bin", "lastModifiedTime"))
        .as("set after the directory's content")
        .isEqualTo(FileTime.from(Instant.ofEpochSecond(1_000_000_000)));
  }

  @Test
  void keepsTimesBefore1970ToTheNanosecond() throws IOException {
    unpack(Tar.file("old", "").record("mtime", "-1.000000001"));
    assertThat(attribute("old", "lastModifiedTime"))
        .isEqualTo(FileTime.from(Instant.ofEpochSecond(-2, 999_999_999)));
  }

  @Test
  void keepsBinaryAttributes() throws IOException {
    byte[] capability = {1, 0, 0, 2, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
    unpack(
        Tar.file("newuidmap", "x").record("SCHILY.xattr.security.capability", capability),
        Tar.directory("d").record("SCHILY.xattr.user.colour", "blue"));
    assertThat(extended("newuidmap", "security.capability")).isEqualTo(capability);
    assertThat(extended("d", "user.colour")).isEqualTo("blue".getBytes(ISO_8859_1));
  }

  @Test
  void leavesOutAttributesThatAreOverlayfsOwn() throws IOException {
    unpack(Tar.directory("d").record("SCHILY.xattr.trusted.overlay.redirect", "/etc"));
    assertThatThrownBy(() -> extended("d", "trusted.overlay.redirect"))
        .isInstanceOf(LastErrorException.class);
  }

  @Test
  void turnsWhiteoutsIntoOverlayForm() throws IOException {
    unpack(
        Tar.directory("etc"),
        Tar.file("etc/.wh.passwd", ""),
        Tar.file("etc/.wh..wh.plnk", ""),
        Tar.directory("opt"),
        Tar.file("opt/.wh..wh..opq", ""),
        Tar.file("opt/new", "n"));
    assertThat(attribute("etc/passwd", "unix:mode")).isEqualTo(020000);
    assertThat(attribute("etc/passwd", "unix:rdev")).isEqualTo(0L);
    assertThat(extended("opt", "trusted.overlay.opaque")).isEqualTo(new byte[] {'y'});
    assertThat(content("opt/new")).isEqualTo("n");
    try (var files = Files.list(root.resolve("etc"))) {
      assertThat(files).hasSize(1);
    }
  }

  @Test
  void whiteoutAndNewFileOfOneNameMeanReplacement() throws IOException {
    unpack(
        Tar.file(".wh.a", ""),
        Tar.file("a", "new"),
        Tar.file("b", "new"),
        Tar.file(".wh.b", ""),
        Tar.file(".wh.c", ""),
        Tar.directory("c"),
        Tar.directory("d"),
        Tar.file(".wh.d", ""));
    assertThat(content("a")).isEqualTo("new");
    assertThat(content("b")).isEqualTo("new");
    assertThat(extended("c", "trusted.overlay.opaque")).isEqualTo(new byte[] {'y'});
    assertThat(extended("d", "trusted.overlay.opaque")).isEqualTo(new byte[] {'y'});
  }

  @ParameterizedTest
  @ValueSource(strings = {".wh.", ".wh..", ".wh...", "a/.wh..", "a/.wh..."})
  void refusesWhiteoutsOfNothingSelfAndParent(String name) {
    assertThatThrownBy(() -> unpack(Tar.directory("a"), Tar.file(name, "")))
        .isInstanceOf(InvalidLayerException.class)
        .hasMessageContaining("invalid whiteout name");
  }

  @Test
  void makesDevicesAndPipes() throws IOException {
    unpack(
        new Tar.Entry('3', "null").device(1, 3).mode(0666).owner(1, 2),
        new Tar.Entry('4', "disk").device(259, 300).mode(0600),
        new Tar.Entry('6', "pipe").mode(0622));
    assertThat(attribute("null", "unix:mode")).isEqualTo(020666);
    assertThat(attribute("null", "unix:rdev")).isEqualTo(0x103L);
    assertThat(attribute("null", "unix:gid")).isEqualTo(2);
    assertThat(attribute("disk", "unix:mode")).isEqualTo(060600);
    assertThat(attribute("disk", "unix:rdev")).isEqualTo(FileCalls.device(259, 300));
    assertThat(attribute("pipe", "unix:mode")).isEqualTo(010622);
  }

  @Test
  void laterEntriesWin() throws IOException {
    unpack(
        Tar.file("a", "first"),
        Tar.file("a", "second"),
        Tar.directory("b"),
        Tar.file("b/c", "gone"),
        Tar.file("b", "file now"),
        Tar.file("d", "gone"),
        Tar.directory("d"),
        Tar.file("d/e", "in"),
        Tar.directory("d").mode(0700),
        Tar.symbolicLink("f", "a"),
        Tar.directory("f"));
    assertThat(content("a")).isEqualTo("second");
    assertThat(content("b")).isEqualTo("file now");
    assertThat(content("d/e")).isEqualTo("in");
    assertThat(attribute("d", "unix:mode")).isEqualTo(040700);
    assertThat(root.resolve("f")).isDirectory();
    assertThat(Files.isSymbolicLink(root.resolve("f"))).isFalse();
  }

  @Test
  void makesMissingParents() throws IOException {
    unpack(Tar.file("/a/b/../b/./c", "deep"));
    assertThat(content("a/b/c")).isEqualTo("deep");
    assertThat(attribute("a", "unix:mode")).isEqualTo(040755);
  }

  @Test
  void followsLinksInsideTheRootOnly() throws IOException {
    Path outside = Files.createDirectory(sandbox.resolve("outside"));
    unpack(
        Tar.directory("usr/lib"),
        Tar.symbolicLink("lib", "usr/lib"),
        Tar.file("lib/a", "a"),
        Tar.symbolicLink("absolute", outside.toString()),
        Tar.file("absolute/b", "b"),
        Tar.symbolicLink("up", "../../../../../.."),
        Tar.file("up/c", "c"),
        Tar.symbolicLink("chain", "absolute/../" + "..".repeat(1)),
        Tar.hardLink("absolute/d", "lib/a"));
    assertThat(content("usr/lib/a")).isEqualTo("a");
    assertThat(root.resolve(outside.toString().substring(1)).resolve("b")).hasContent("b");
    assertThat(content("c")).isEqualTo("c");
    assertThat(outside).isEmptyDirectory();
  }

  @Test
  void replacesALinkRatherThanWhatItPointsTo() throws IOException {
    Path victim = Files.writeString(sandbox.resolve("victim"), "safe");
    unpack(
        Tar.symbolicLink("link", victim.toString()),
        Tar.file("link", "mine"),
        Tar.symbolicLink("other", victim.toString()),
        Tar.hardLink("hard", "other"),
        new Tar.Entry('6', "other"));
    assertThat(victim).hasContent("safe");
    assertThat(content("link")).isEqualTo("mine");
    assertThat(Files.isSymbolicLink(root.resolve("hard"))).isTrue();
  }

  @Test
  void setsNoTimesThroughADirectoryThatBecameALink() throws IOException {
    Path outside = Files.createDirectories(sandbox.resolve("outside/b"));
    FileTime before = Files.getLastModifiedTime(outside);
    unpack(
        Tar.directory("a"),
        Tar.directory("a/b").seconds(5),
        Tar.symbolicLink("a", sandbox.resolve("outside").toString()));
    assertThat(Files.getLastModifiedTime(outside)).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a", "a/../../b", "..", "./../c"})
  void refusesNamesThatLeaveTheRoot(String name) {
    assertThatThrownBy(() -> unpack(Tar.file(name, "x")))
        .isInstanceOf(InvalidLayerException.class)
        .hasMessage("\"" + name + "\" is outside of \"/\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a", "a/../../b", "", "/"})
  void refusesHardLinksThatLeaveTheRoot(String target) {
    assertThatThrownBy(() -> unpack(Tar.hardLink("x", target)))
        .isInstanceOf(InvalidLayerException.class)
        .hasMessage("invalid hardlink \"x\" -> \"" + target + "\"");
  }

  @Test
  void refusesCirclesOfLinks() {
    assertThatThrownBy(
            () ->
                unpack(Tar.symbolicLink("a", "b"), Tar.symbolicLink("b", "a"), Tar.file("a/c", "")))
        .isInstanceOf(InvalidLayerException.class)
        .hasMessageContaining("too many levels of symbolic links");
  }

  @Test
  void refusesAFileAsDirectory() {
    assertThatThrownBy(() -> unpack(Tar.file("a", ""), Tar.file("a/b", "")))
        .isInstanceOf(FileCallException.class)
        .hasMessage("mkdir /a: not a directory");
  }

  @Test
  void refusesNamesLongerThanTheKernelTakes() {
    String tooLong = "a/".repeat(3000) + "b";
    assertThatThrownBy(() -> unpack(Tar.file("x", "").record("path", tooLong)))
        .isInstanceOf(FileCallException.class)
        .hasMessageContaining("file name too long");
    assertThatThrownBy(() -> unpack(Tar.file("x", "").record("path", "c".repeat(256))))
        .hasMessageContaining("file name too long");
  }

  @ParameterizedTest
  @CsvSource({"-1", "4000", "8589934592", "9223372036854775807"})
  void refusesSizesThatTheArchiveDoesNotHave(long size) {
    assertThatThrownBy(() -> unpack(Tar.file("a", "x").claim(size == -1 ? 1L << 62 : size)))
        .isInstanceOf(InvalidLayerException.class)
        .hasMessage("unexpected EOF");
  }

  @Test
  void refusesADamagedHeaderAndAnUnknownType() {
    byte[] archive = Tar.of(Tar.file("a", "x"));
    archive[0]++;
    assertThatThrownBy(() -> unpack(archive)).hasMessage("archive/tar: invalid tar header");
    assertThatThrownBy(() -> unpack(new Tar.Entry('Z', "a")))
        .hasMessage("unhandled tar header type 90");
    assertThatThrownBy(() -> unpack(Tar.file("x", "").record("path", "a\0b")))
        .isInstanceOf(InvalidLayerException.class);
  }

  @Test
  void readsNamesThatAreNoTextInAnyCharacterSet() throws IOException {
    unpack(Tar.file("f\u00ff\u00fe", "1"), Tar.file("x", "2").record("path", "d/\u00c3\u00a4"));
    byte[] buffer = new byte[8];
    assertThatThrownBy(
            () ->
                FileCalls.readlinkat(
                    FileCalls.AT_FDCWD,
                    FileCalls.path(root + "/f\u00ff\u00fe"),
                    buffer,
                    buffer.length))
        .isInstanceOfSatisfying(
            LastErrorException.class,
            e -> assertThat(e.getErrorCode()).isEqualTo(FileCalls.EINVAL));
    DirectoryTree.delete(root);
    assertThat(root).doesNotExist();
  }

  @Test
  void readsWhatAnotherLibraryWrites() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    String gnuName = "g/".repeat(90) + "end";
    String paxName = "p/".repeat(120) + "end";
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
      put(tar, new TarArchiveEntry(gnuName), "gnu");
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_STAR);
      TarArchiveEntry big = new TarArchiveEntry(paxName);
      big.setUserId(3_000_000_000L);
      put(tar, big, "pax");
    }
    unpack(bytes.toByteArray());
    assertThat(content(gnuName)).isEqualTo("gnu");
    assertThat(content(paxName)).isEqualTo("pax");
    assertThat(attribute(paxName, "unix:uid")).isEqualTo((int) 3_000_000_000L);
  }

  private static void put(TarArchiveOutputStream tar, TarArchiveEntry entry, String content)
      throws IOException {
    entry.setSize(content.length());
    tar.putArchiveEntry(entry);
    tar.write(content.getBytes(ISO_8859_1));
    tar.closeArchiveEntry();
  }

  @Test
  void keepsHolesOfPaxSparseFiles() throws IOException {
    byte[] map = Arrays.copyOf("2\n0\n3\n1048576\n2\n".getBytes(ISO_8859_1), 512);
    ByteArrayOutputStream stored = new ByteArrayOutputStream();
    stored.writeBytes(map);
    stored.writeBytes("abcde".getBytes(ISO_8859_1));
    long size =
        unpack(
            new Tar.Entry('0', "GNUSparseFile.0/s")
                .content(stored.toByteArray())
                .record("GNU.sparse.major", "1")
                .record("GNU.sparse.minor", "0")
                .record("GNU.sparse.name", "one")
                .record("GNU.sparse.realsize", "2097152"),
            new Tar.Entry('0', "s")
                .content("abcde")
                .record("GNU.sparse.name", "map")
                .record("GNU.sparse.size", "2097152")
                .record("GNU.sparse.map", "0,3,1048576,2"));
    assertThat(size).isEqualTo(2L * 2097152);
    for (String name : Set.of("one", "map")) {
      byte[] content = Files.readAllBytes(root.resolve(name));
      assertThat(content).hasSize(2097152);
      assertThat(new String(content, 0, 4, ISO_8859_1)).isEqualTo("abc\0");
      assertThat(new String(content, 1048576, 3, ISO_8859_1)).isEqualTo("de\0");
    }
  }

  @Test
  void readsOldGnuSparseFiles() throws IOException {
    byte[] header = new byte[512];
    Tar plain = new Tar();
    byte[] model = Arrays.copyOf(Tar.of(new Tar.Entry('S', "s").content("abcde")), 512);
    System.arraycopy(model, 0, header, 0, 512);
    Arrays.fill(header, 345, 500, (byte) 0);
    put(header, 257, "ustar  ");
    put(header, 386, "00000000000\0" + "00000000003\0");
    put(header, 410, "00000001000\0" + "00000000002\0");
    put(header, 483, "00000002000\0");
    Tar.seal(header);
    byte[] data = Arrays.copyOf("abcde".getBytes(ISO_8859_1), 512);
    unpack(plain.raw(header).raw(data).add(Tar.file("next", "n")).finish());
    byte[] content = Files.readAllBytes(root.resolve("s"));
    assertThat(content).hasSize(1024);
    assertThat(new String(content, 512, 3, ISO_8859_1)).isEqualTo("de\0");
    assertThat(content("next")).isEqualTo("n");
  }

  private static void put(byte[] block, int offset, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, block, offset, bytes.length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0,3,2,2", "0,9", "-1,5", "0,5,1", "9223372036854775807,5"})
  void refusesSparseMapsThatContradictThemselves(String map) {
    assertThatThrownBy(
            () ->
                unpack(
                    new Tar.Entry('0', "s")
                        .content("abcde")
                        .record("GNU.sparse.size", "100")
                        .record("GNU.sparse.map", map)))
        .isInstanceOf(InvalidLayerException.class);
  }

  @Test
  void passesOverGlobalHeadersAndTheRootItself() throws IOException {
    unpack(
        new Tar.Entry('g', "pax_global").content(Tar.records(Map.of("comment", new byte[] {'x'}))),
        Tar.directory("./").mode(0700),
        Tar.file("./a", "x"));
    assertThat(content("a")).isEqualTo("x");
    assertThatThrownBy(() -> unpack(Tar.symbolicLink("./", "/etc")))
        .isInstanceOf(InvalidLayerException.class);
  }

  @Test
  void endsWhenItsThreadIsInterrupted() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> unpack(Tar.file("a", ""))).hasMessage("context canceled");
  }
}
