package dev.flota.engine.runtime;

import static dev.flota.engine.runtime.InterruptedCalls.AX;
import static dev.flota.engine.runtime.InterruptedCalls.DI;
import static dev.flota.engine.runtime.InterruptedCalls.DX;
import static dev.flota.engine.runtime.InterruptedCalls.GENERAL_REGISTERS;
import static dev.flota.engine.runtime.InterruptedCalls.IP;
import static dev.flota.engine.runtime.InterruptedCalls.MODE;
import static dev.flota.engine.runtime.InterruptedCalls.ORIGINAL_AX;
import static dev.flota.engine.runtime.InterruptedCalls.R10;
import static dev.flota.engine.runtime.InterruptedCalls.SI;
import static dev.flota.engine.runtime.InterruptedCalls.THREAD_INFO_X86;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InterruptedCallsTest {
  private static final int THREAD_INFO_ARM64 = 8;
  private static final long CODE = 0x431680;
  private static final byte[] NONE = {};

  /** Of busybox's {@code sleep 1000}, as criu 4.2.1 wrote it. */
  @Test
  void aSleepThatCriuDumpedIsMadeOnceMore() throws IOException {
    byte[] image;
    try (InputStream file = getClass().getResourceAsStream("core-of-sleep.img")) {
      image = Objects.requireNonNull(file).readAllBytes();
    }
    Map<Integer, Long> expected = registers(image);
    assertThat(expected).containsEntry(AX, -4L).containsEntry(IP, 0x4ae3f7L);

    assertThat(InterruptedCalls.callsAgain(image)).isTrue();

    expected.put(AX, 230L);
    expected.put(IP, 0x4ae3f5L);
    assertThat(registers(image)).isEqualTo(expected);
  }

  /** Numbers of calls: 35 nanosleep, 230 clock_nanosleep, 7 poll, 219 restart_syscall. */
  @ParameterizedTest
  @CsvSource({
    "35, 0x7ffe2e86e7c0, 0x7ffe2e86e7c0, 0x4a5108, 0x2dc276a0, 35",
    "219, 0x7ffe2e86e7c0, 0x7ffe2e86e7c0, 0x4a5108, 0x2dc276a0, 35",
    "230, 1, 0, 0x7ffd9f67caa0, 0x7ffd9f67caa0, 230",
    "219, 0, 0, 0x7ffd9f67caa0, 0x7ffd9f67caa0, 230",
    "7, 0x1a07f6a0, 2, 0xffffffff, 0, 7",
  })
  void isMadeOnceMoreWhenItsArgumentsSayHowToGoOn(
      String made, String first, String second, String third, String fourth, long again)
      throws IOException {
    Map<Integer, Long> before = interrupted(made, first, second, third, fourth);
    byte[] image = image(THREAD_INFO_X86, before);

    assertThat(InterruptedCalls.callsAgain(image)).isTrue();

    Map<Integer, Long> expected = new TreeMap<>(before);
    expected.put(AX, again);
    expected.put(IP, CODE - 2);
    assertThat(registers(image)).isEqualTo(expected);
  }

  /**
   * The rest goes somewhere else or nowhere, a poll ends some time, a futex is known by nothing.
   */
  @ParameterizedTest
  @CsvSource({
    "35, 0x7ffe2e86e7c0, 0, 0, 0",
    "35, 0x7ffe2e86e7c0, 0x7ffe2e86e7d0, 0, 0",
    "230, 1, 0, 0x7ffd9f67caa0, 0",
    "230, 1, 1, 0x7ffd9f67caa0, 0x7ffd9f67caa0",
    "7, 0x1a07f6a0, 2, 1000, 0",
    "219, 0x1a07f6a0, 2, 0xffffffff, 0",
    "202, 0x1a07f6a0, 0, 1, 0x7ffd9f67caa0",
    "0, 0, 0, 0, 0",
  })
  void failsAsCriuHasItOtherwise(
      String made, String first, String second, String third, String fourth) throws IOException {
    unchanged(image(THREAD_INFO_X86, interrupted(made, first, second, third, fourth)));
  }

  @Test
  void whatHasNotBeenInterruptedOrIsNoneOfThisProcessorsStays() throws IOException {
    Map<Integer, Long> sleeping = interrupted("35", "0x10000", "0x10000", "0", "0");
    Map<Integer, Long> woken = new TreeMap<>(sleeping);
    woken.put(AX, 0L);
    Map<Integer, Long> of32Bits = new TreeMap<>(sleeping);
    of32Bits.put(MODE, 2L);

    unchanged(image(THREAD_INFO_X86, woken));
    unchanged(image(THREAD_INFO_X86, of32Bits));
    unchanged(image(THREAD_INFO_ARM64, sleeping));
    assertThat(InterruptedCalls.callsAgain(image(THREAD_INFO_X86, sleeping))).isTrue();
  }

  @Test
  void aSignalThatIsToComeEndsIt() throws IOException {
    Map<Integer, Long> sleeping = interrupted("35", "0x10000", "0x10000", "0", "0");
    byte[] signal = new byte[134];

    unchanged(image(THREAD_INFO_X86, sleeping, signal, NONE));
    unchanged(image(THREAD_INFO_X86, sleeping, NONE, signal));
  }

  @Test
  void allThreadsOfADumpAreLookedAtAndNothingElse(@TempDir Path images) throws IOException {
    byte[] sleeping = image(THREAD_INFO_X86, interrupted("35", "0x10000", "0x10000", "0", "0"));
    Path first = Files.write(images.resolve("core-1.img"), sleeping);
    Path second = Files.write(images.resolve("core-24.img"), sleeping);
    Path other = Files.write(images.resolve("mm-1.img"), sleeping);

    InterruptedCalls.callAgain(images);

    assertThat(registers(Files.readAllBytes(first))).containsEntry(AX, 35L);
    assertThat(registers(Files.readAllBytes(second))).containsEntry(AX, 35L);
    assertThat(other).hasBinaryContent(sleeping);
  }

  @Test
  void whatIsCutShortIsNotTakenForNothing() {
    byte[] image = image(THREAD_INFO_X86, interrupted("35", "0x10000", "0x10000", "0", "0"));

    assertThatThrownBy(() -> InterruptedCalls.callsAgain(Arrays.copyOf(image, 40)))
        .isInstanceOf(IOException.class);
    assertThatThrownBy(() -> InterruptedCalls.callsAgain(new byte[0]))
        .isInstanceOf(IOException.class);
  }

  private static void unchanged(byte[] image) throws IOException {
    byte[] before = image.clone();
    assertThat(InterruptedCalls.callsAgain(image)).isFalse();
    assertThat(image).isEqualTo(before);
  }

  private static Map<Integer, Long> interrupted(
      String made, String first, String second, String third, String fourth) {
    Map<Integer, Long> registers = new TreeMap<>();
    registers.put(ORIGINAL_AX, Long.decode(made));
    registers.put(DI, Long.decode(first));
    registers.put(SI, Long.decode(second));
    registers.put(DX, Long.decode(third));
    registers.put(R10, Long.decode(fourth));
    registers.put(AX, -4L);
    registers.put(IP, CODE);
    registers.put(MODE, 1L);
    return registers;
  }

  private static byte[] image(int information, Map<Integer, Long> registers) {
    return image(information, registers, NONE, NONE);
  }

  /** As criu writes it: what else there is comes before and after. */
  private static byte[] image(
      int information, Map<Integer, Long> registers, byte[] processSignals, byte[] threadSignals) {
    byte[] general =
        message(
            to -> {
              for (Map.Entry<Integer, Long> each : registers.entrySet()) {
                to.writeUInt64(each.getKey(), each.getValue());
              }
            });
    byte[] thread =
        message(
            to -> {
              to.writeUInt64(1, 0x28b42650);
              to.writeByteArray(GENERAL_REGISTERS, general);
              to.writeByteArray(3, new byte[399]);
            });
    byte[] core =
        message(
            to -> {
              to.writeEnum(1, 1);
              to.writeByteArray(information, thread);
              to.writeByteArray(3, message(task -> task.writeByteArray(10, processSignals)));
              to.writeByteArray(5, message(own -> own.writeByteArray(9, threadSignals)));
            });
    return ByteBuffer.allocate(CriuImage.HEADER_BYTES + core.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(0x54564319)
        .putInt(0x55053847)
        .putInt(core.length)
        .put(core)
        .array();
  }

  private interface Writing {
    void to(CodedOutputStream stream) throws IOException;
  }

  private static byte[] message(Writing writing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream stream = CodedOutputStream.newInstance(bytes);
    try {
      writing.to(stream);
      stream.flush();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static Map<Integer, Long> registers(byte[] image) throws IOException {
    CodedInputStream general =
        field(field(CriuImage.message(image), THREAD_INFO_X86), GENERAL_REGISTERS);
    Map<Integer, Long> registers = new TreeMap<>();
    for (int tag = general.readTag(); tag != 0; tag = general.readTag()) {
      registers.put(WireFormat.getTagFieldNumber(tag), general.readUInt64());
    }
    return registers;
  }

  /** The message in a field, when all of what it is in can be read. */
  private static CodedInputStream field(CodedInputStream message, int field) throws IOException {
    ByteString found = ByteString.EMPTY;
    for (int tag = message.readTag(); tag != 0; tag = message.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == field) {
        found = message.readBytes();
      } else {
        message.skipField(tag);
      }
    }
    return found.newCodedInput();
  }
}
