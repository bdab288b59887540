package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileStreamTest {
  private static final int MUCH = 3_000_000;

  private final Path from;
  private final Path to;
  private final Path list;

  FileStreamTest(@TempDir Path directory) {
    from = directory.resolve("from");
    to = directory.resolve("to");
    list = directory.resolve("list");
  }

  @BeforeEach
  void directories() throws IOException {
    Files.createDirectories(from.resolve("upper/etc"));
    Files.createDirectories(to);
  }

  private byte[] send() throws IOException {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    FileStream.send(from, List.of("upper", "log", "never"), list, sent);
    return sent.toByteArray();
  }

  private void transfer() throws IOException {
    FileStream.receive(to, new ByteArrayInputStream(send()));
  }

  private Path sent(String name) {
    return from.resolve(name);
  }

  private Path received(String name) {
    return to.resolve(name);
  }

  @Test
  void filesArriveAsTheyAre() throws IOException {
    Files.writeString(sent("upper/etc/conf"), "value");
    Files.setPosixFilePermissions(
        sent("upper/etc/conf"), PosixFilePermissions.fromString("rw-r-x--x"));
    Files.createLink(sent("upper/hard"), sent("upper/etc/conf"));
    Files.createSymbolicLink(sent("upper/soft"), Path.of("../../outside"));
    Files.writeString(sent("log"), "line\n");

    transfer();

    assertThat(received("upper/etc/conf")).hasContent("value");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(received("upper/hard"))))
        .isEqualTo("rw-r-x--x");
    assertThat(Files.isSameFile(received("upper/hard"), received("upper/etc/conf"))).isTrue();
    assertThat(Files.readSymbolicLink(received("upper/soft"))).isEqualTo(Path.of("../../outside"));
    assertThat(received("log")).hasContent("line\n");
  }

  @Test
  void whatChangedIsSentAndWhatIsGoneIsRemoved() throws IOException {
    Files.write(sent("upper/large"), new byte[MUCH]);
    Files.writeString(sent("upper/etc/stays"), "stays");
    Files.writeString(sent("upper/etc/goes"), "goes");
    Files.createDirectories(sent("upper/tree/deep"));
    Files.writeString(sent("upper/tree/deep/leaf"), "leaf");
    Files.writeString(sent("log"), "one\n");
    awaitOld(sent("log"));
    transfer();

    Files.delete(sent("upper/etc/goes"));
    Files.delete(sent("upper/tree/deep/leaf"));
    Files.delete(sent("upper/tree/deep"));
    Files.writeString(sent("upper/etc/comes"), "comes");
    Files.writeString(sent("log"), "one\ntwo\n");
    byte[] difference = send();
    FileStream.receive(to, new ByteArrayInputStream(difference));

    assertThat(difference.length).isLessThan(MUCH / 2);
    assertThat(received("upper/large")).hasSize(MUCH);
    assertThat(received("upper/etc")).isDirectoryNotContaining("glob:**/goes");
    assertThat(received("upper/etc/stays")).hasContent("stays");
    assertThat(received("upper/etc/comes")).hasContent("comes");
    assertThat(received("upper/tree")).isEmptyDirectory();
    assertThat(received("log")).hasContent("one\ntwo\n");
  }

  /** As if it had changed after it was read, in the tick of the clock in which that began. */
  @Test
  void whatMayHaveChangedSinceIsSentAgain() throws IOException {
    Files.writeString(sent("log"), "a line that is young\n");
    transfer();

    assertThat(new String(send(), StandardCharsets.ISO_8859_1)).contains("a line that is young");
    awaitOld(sent("log"));
    transfer();
    assertThat(new String(send(), StandardCharsets.ISO_8859_1)).doesNotContain("is young");
  }

  /** Returns once that file's time is so long ago that tar can take it for unchanged. */
  private static void awaitOld(Path file) throws IOException {
    Instant old = Files.getLastModifiedTime(file).toInstant().plusMillis(1001);
    while (Instant.now().isBefore(old)) {
      LockSupport.parkNanos(Duration.between(Instant.now(), old).toNanos());
    }
  }

  @Test
  void whatIsNoStreamIsRefusedWithTarsWords() {
    byte[] nonsense = "nonsense".repeat(1000).getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> FileStream.receive(to, new ByteArrayInputStream(nonsense)))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("This does not look like a tar archive");
    assertThatThrownBy(
            () ->
                FileStream.send(
                    from.resolve("missing"), List.of(), list, new ByteArrayOutputStream()))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("cannot read the files in");
  }

  @Test
  void whatIsSentWithoutAListIsAdded() throws IOException {
    Files.writeString(sent("upper/etc/conf"), "value");
    Files.createDirectories(received("upper"));
    Files.writeString(received("upper/kept"), "kept");
    ByteArrayOutputStream stream = new ByteArrayOutputStream();

    FileStream.sendAll(from, stream);
    FileStream.receiveAll(to, new ByteArrayInputStream(stream.toByteArray()));

    assertThat(received("upper/etc/conf")).hasContent("value");
    assertThat(received("upper/kept")).hasContent("kept");
  }
}
