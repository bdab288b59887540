package dev.flota.engine.linux;

import com.sun.jna.Platform;

/** Flags of {@code open(2)}. */
public final class Open {
  /** For reading. */
  public static final int READ_ONLY = 0;

  /** For writing. */
  public static final int WRITE_ONLY = 1;

  /** For both. */
  public static final int READ_WRITE = 2;

  /** Make it if it does not exist. */
  public static final int CREATE = 0x40;

  /** Fail if it exists. */
  public static final int EXCLUSIVE = 0x80;

  /** Empty it. */
  public static final int TRUNCATE = 0x200;

  /** Write at the end. */
  public static final int APPEND = 0x400;

  /** Do not wait. */
  public static final int NON_BLOCKING = 0x800;

  /** Fail unless it is a directory. */
  public static final int DIRECTORY = Platform.isARM() ? 0x4000 : 0x10000;

  /** Fail if the last part is a symbolic link. */
  public static final int NO_FOLLOW = Platform.isARM() ? 0x8000 : 0x20000;

  /** Only as a place, neither for reading nor writing. */
  public static final int PATH = 0x200000;

  static final int CLOSE_ON_EXEC = 0x80000;

  private Open() {}
}
