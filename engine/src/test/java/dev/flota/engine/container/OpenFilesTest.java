package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.sun.jna.Function;
import com.sun.jna.Memory;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This process is the one that is looked at. */
class OpenFilesTest {
  private static final List<Integer> SELF = List.of((int) ProcessHandle.current().pid());

  /** {@code io_uring_setup(2)}: its number, and the bytes of {@code struct io_uring_params}. */
  private static final int IO_URING_SETUP = 425;

  private static final int IO_URING_PARAMETERS = 120;

  @Test
  void devicesTieAndOrdinaryOnesDoNot() throws IOException {
    assertThat(OpenFiles.ties(SELF)).isEmpty();
    try (RandomAccessFile device = new RandomAccessFile("/dev/kmsg", "r")) {
      assertThat(device.getFD().valid()).isTrue();
      assertThat(OpenFiles.ties(SELF))
          .singleElement()
          .asString()
          .endsWith(" uses /dev/kmsg: stop the container first");
    }
  }

  @Test
  void ioUringTies() {
    try (Memory parameters = new Memory(IO_URING_PARAMETERS)) {
      parameters.clear();
      Function call = Function.getFunction("c", "syscall");
      int ring = call.invokeInt(new Object[] {IO_URING_SETUP, 1, parameters});
      assumeThat(ring).as("this kernel gives us one").isNotNegative();
      try {
        assertThat(OpenFiles.ties(SELF)).singleElement().asString().contains(" uses io_uring: ");
      } finally {
        Function.getFunction("c", "close").invokeInt(new Object[] {ring});
      }
    }
  }

  @Test
  void processesThatHaveEndedTieToNothing() {
    assertThat(OpenFiles.ties(List.of(Integer.MAX_VALUE))).isEmpty();
    assertThat(OpenFiles.memory(List.of(Integer.MAX_VALUE))).isZero();
  }

  @Test
  void memoryOfItsOwnCounts() {
    assertThat(OpenFiles.memory(SELF)).isGreaterThan(1 << 20);
  }

  @Test
  void whatIsWrittenThroughMemoryCountsAsChanged(@TempDir Path directory) throws IOException {
    Path mapped = Files.write(directory.resolve("mapped"), new byte[4096]);
    Path other = Files.write(directory.resolve("other"), new byte[4096]);
    try (RandomAccessFile file = new RandomAccessFile(mapped.toFile(), "rw")) {
      MappedByteBuffer memory = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, 4096);
      memory.put(0, (byte) 1);
      FileTime before = changed(mapped);
      FileTime otherBefore = changed(other);
      do {
        OpenFiles.touchMapped(SELF);
      } while (changed(mapped).equals(before)); // the kernel's clock has steps
      assertThat(changed(other)).isEqualTo(otherBefore);
      assertThat(memory.get(0)).isEqualTo((byte) 1);
    }
  }

  private static FileTime changed(Path file) throws IOException {
    return (FileTime) Files.getAttribute(file, "unix:ctime");
  }
}
