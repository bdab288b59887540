package dev.flota.engine.linux;

import com.sun.jna.Native;
import com.sun.jna.ptr.IntByReference;

/** A child of this process. It must be waited for, or it stays as a zombie. */
public final class ChildProcess {
  private final int pid;

  ChildProcess(int pid) {
    this.pid = pid;
  }

  /** In this process's pid namespace. */
  public int pid() {
    return pid;
  }

  /**
   * Waits for its end.
   *
   * @return exit code, or 128 + n after signal n
   */
  public int await() {
    IntByReference status = new IntByReference();
    while (LibC.waitpid(pid, status, 0) < 0) {
      if (Native.getLastError() != Errno.EINTR) {
        throw LinuxException.last("wait for process " + pid);
      }
    }
    return exitCode(status.getValue());
  }

  /** Decodes a wait status. */
  static int exitCode(int status) {
    int signal = status & 0x7f;
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal;
  }
}
