package dev.flota.engine.runtime;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.flota.engine.EngineException;
import dev.flota.engine.linux.Errno;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * System calls that a dump interrupted and that the kernel would have gone on with by itself, from
 * what it keeps of a thread and criu cannot see: {@code ERESTART_RESTARTBLOCK}. criu has them fail
 * with EINTR, as if a signal had come (CRIU 4.2, {@code compel}, {@code get_task_regs}), and
 * busybox's {@code sleep}, for one, takes that for its end. Where the arguments alone say how to go
 * on, the thread calls once more instead; otherwise it gets the EINTR.
 *
 * <p>Threads are in the images {@code core-TID.img}, each a message {@code core_entry} ({@code
 * images/core.proto} and {@code images/core-x86.proto} of CRIU 4.2).
 */
final class InterruptedCalls {
  private static final String THREADS = "core-*.img";

  static final int THREAD_INFO_X86 = 2;
  static final int GENERAL_REGISTERS = 2;
  private static final int TASK_CORE = 3;
  private static final int SIGNALS_OF_PROCESS = 10;
  private static final int THREAD_CORE = 5;
  private static final int SIGNALS_OF_THREAD = 9;

  // Fields of user_x86_regs_entry, here and in what follows.
  static final int R10 = 8;
  static final int AX = 11;
  static final int DX = 13;
  static final int SI = 14;
  static final int DI = 15;
  static final int ORIGINAL_AX = 16;
  static final int IP = 17;
  static final int MODE = 28;

  private static final long NATIVE = 1;
  private static final int SYSCALL_BYTES = 2; // of the instruction

  // Numbers of x86-64, from the kernel's syscall_64.tbl.
  private static final long POLL = 7;
  private static final long NANOSLEEP = 35;
  private static final long RESTART = 219;
  private static final long CLOCK_NANOSLEEP = 230;

  /** Nothing of a program's is below: {@code vm.mmap_min_addr}. */
  private static final long LOWEST_ADDRESS = 0x10000;

  private InterruptedCalls() {}

  /** Changes the images of a dump. */
  static void callAgain(Path images) {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(images, THREADS)) {
      for (Path thread : threads) {
        byte[] image = Files.readAllBytes(thread);
        if (callsAgain(image)) {
          Files.write(thread, image);
        }
      }
    } catch (IOException e) {
      throw EngineException.system("criu's images cannot be read: " + e, e);
    }
  }

  /**
   * Changes a thread's image.
   *
   * @return false when there is nothing to change
   */
  static boolean callsAgain(byte[] image) throws IOException {
    CodedInputStream message = CriuImage.message(image);
    if (!CriuImage.enter(message, THREAD_INFO_X86)
        || !CriuImage.enter(message, GENERAL_REGISTERS)) {
      return false;
    }
    Map<Integer, Register> registers = registers(message);
    OptionalLong call = call(registers);
    if (call.isEmpty()
        || isPending(image, TASK_CORE, SIGNALS_OF_PROCESS)
        || isPending(image, THREAD_CORE, SIGNALS_OF_THREAD)) {
      return false; // a signal that waits may be what the call is to end for
    }
    at(registers, AX).put(call.getAsLong(), image);
    at(registers, IP).put(at(registers, IP).value() - SYSCALL_BYTES, image);
    return true;
  }

  private static boolean isPending(byte[] image, int part, int signals) throws IOException {
    CodedInputStream message = CriuImage.message(image);
    return CriuImage.enter(message, part)
        && CriuImage.enter(message, signals)
        && !message.isAtEnd();
  }

  /**
   * The call that is to be made once more, by its number. Sleeping goes on for what the kernel has
   * written down as left when that is where it reads how long; nothing else is unsaid when a poll
   * waits without end.
   */
  private static OptionalLong call(Map<Integer, Register> registers) {
    if (at(registers, AX).value() != -Errno.EINTR || at(registers, MODE).value() != NATIVE) {
      return OptionalLong.empty();
    }
    long made = at(registers, ORIGINAL_AX).value();
    boolean unnamed = made == RESTART; // it was interrupted before, and the kernel went on
    long first = at(registers, DI).value();
    long second = at(registers, SI).value();
    long third = at(registers, DX).value();
    if ((made == NANOSLEEP || unnamed) && isAddress(first) && first == second) {
      return OptionalLong.of(NANOSLEEP);
    }
    if ((made == CLOCK_NANOSLEEP || unnamed)
        && !isAddress(first)
        && second == 0
        && isAddress(third)
        && third == at(registers, R10).value()) {
      return OptionalLong.of(CLOCK_NANOSLEEP);
    }
    return made == POLL && (int) third < 0 ? OptionalLong.of(POLL) : OptionalLong.empty();
  }

  private static boolean isAddress(long value) {
    return value >= LOWEST_ADDRESS;
  }

  private static Map<Integer, Register> registers(CodedInputStream message) throws IOException {
    Map<Integer, Register> registers = new HashMap<>();
    for (int tag = message.readTag(); tag != 0; tag = message.readTag()) {
      if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
        int from = CriuImage.HEADER_BYTES + message.getTotalBytesRead();
        long value = message.readUInt64();
        int to = CriuImage.HEADER_BYTES + message.getTotalBytesRead();
        registers.put(WireFormat.getTagFieldNumber(tag), new Register(value, from, to));
      } else {
        message.skipField(tag);
      }
    }
    return registers;
  }

  private static Register at(Map<Integer, Register> registers, int field) {
    return registers.getOrDefault(field, Register.NONE);
  }

  /** A value and where in an image it is. */
  private record Register(long value, int from, int to) {
    static final Register NONE = new Register(0, 0, 0);

    /** With zeros in front it takes as many bytes as what was there: no length changes. */
    void put(long other, byte[] image) {
      long rest = other;
      for (int at = from; at < to; at++) {
        image[at] = (byte) ((rest & 0x7f) | (at < to - 1 ? 0x80 : 0));
        rest >>>= 7;
      }
    }
  }
}
