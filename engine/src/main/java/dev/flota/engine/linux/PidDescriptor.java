package dev.flota.engine.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import java.time.Duration;
import java.util.Optional;

/** A process held by a descriptor, so that a later process with the same number is never meant. */
public final class PidDescriptor implements AutoCloseable {
  private static final NativeLong PIDFD_OPEN = new NativeLong(434);
  private static final NativeLong PIDFD_SEND_SIGNAL = new NativeLong(424);
  private static final NativeLong PIDFD_GETFD = new NativeLong(438);
  private static final NativeLong ZERO = new NativeLong(0);

  private final int pid;
  private final Descriptor descriptor;

  private PidDescriptor(int pid, Descriptor descriptor) {
    this.pid = pid;
    this.descriptor = descriptor;
  }

  /** Empty when there is no such process. */
  public static Optional<PidDescriptor> open(int pid) {
    if (pid <= 0) {
      return Optional.empty();
    }
    int result = LibC.syscall(PIDFD_OPEN, new NativeLong(pid), ZERO, ZERO, ZERO).intValue();
    if (result < 0) {
      int errno = Native.getLastError();
      if (errno == Errno.ESRCH) {
        return Optional.empty();
      }
      throw new LinuxException("pidfd_open " + pid, errno);
    }
    return Optional.of(new PidDescriptor(pid, new Descriptor(result)));
  }

  /** Its number. */
  public int pid() {
    return pid;
  }

  /** Becomes readable when the process ends. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Sends a signal.
   *
   * @return whether the process still existed
   */
  public boolean signal(int signal) {
    int result =
        LibC.syscall(
                PIDFD_SEND_SIGNAL,
                new NativeLong(descriptor.number()),
                new NativeLong(signal),
                ZERO,
                ZERO)
            .intValue();
    if (result < 0) {
      int errno = Native.getLastError();
      if (errno == Errno.ESRCH) {
        return false;
      }
      throw new LinuxException("send signal " + signal + " to process " + pid, errno);
    }
    return true;
  }

  /**
   * A descriptor of the process', shared with it: {@code pidfd_getfd(2)}.
   *
   * @return empty when the process has ended, or has closed it
   */
  Optional<Descriptor> share(int number) {
    int result =
        LibC.syscall(
                PIDFD_GETFD,
                new NativeLong(descriptor.number()),
                new NativeLong(number),
                ZERO,
                ZERO)
            .intValue();
    if (result < 0) {
      int errno = Native.getLastError();
      if (errno == Errno.ESRCH || errno == Errno.EBADF) {
        return Optional.empty();
      }
      throw new LinuxException("share descriptor %d of process %d".formatted(number, pid), errno);
    }
    return Optional.of(new Descriptor(result));
  }

  /**
   * Waits for its end.
   *
   * @return whether it ended in time
   */
  public boolean awaitEnd(Duration patience) {
    return descriptor.awaitReadable(patience);
  }

  @Override
  public void close() {
    descriptor.close();
  }
}
