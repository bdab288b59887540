package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.IntByReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Starts programs with {@code posix_spawn}: 0.6 ms where {@link ProcessBuilder} takes several. The
 * child gets exactly the descriptors it is given, default signal handling and, if wished, a session
 * of its own, so that it outlives this program and its terminal.
 */
public final class Spawn {
  private static final short SET_SIGNAL_DEFAULT = 0x04;
  private static final short SET_SIGNAL_MASK = 0x08;
  private static final short SET_SESSION = 0x80;
  private static final int DUPLICATE_CLOSE_ON_EXEC = 1030;
  private static final int SIGNAL_SET_BYTES = 128;
  private static final int OPAQUE_BYTES = 512;

  private final Path executable;
  private final List<String> arguments;
  private final List<String> environment = new ArrayList<>();
  private final SortedMap<Integer, Descriptor> descriptors = new TreeMap<>();
  private boolean session;

  private Spawn(Path executable, List<String> arguments) {
    this.executable = executable;
    this.arguments = arguments;
  }

  /**
   * A program to start.
   *
   * @param executable absolute path
   * @param arguments without the program's name
   */
  public static Spawn of(Path executable, List<String> arguments) {
    return new Spawn(executable, arguments);
  }

  /** Adds to its environment, which is empty at first. */
  public Spawn environment(Map<String, String> variables) {
    variables.forEach((name, value) -> environment.add(name + "=" + value));
    return this;
  }

  /**
   * Gives it a descriptor under a number of its own; 0, 1 and 2 are {@code /dev/null} if not given.
   */
  public Spawn descriptor(int number, Descriptor descriptor) {
    descriptors.put(number, descriptor);
    return this;
  }

  /** Puts it into a new session. */
  public Spawn newSession() {
    session = true;
    return this;
  }

  /** Starts it. */
  public ChildProcess start() {
    try (Memory actions = zeroed(OPAQUE_BYTES);
        Memory attributes = zeroed(OPAQUE_BYTES);
        Memory signals = zeroed(SIGNAL_SET_BYTES);
        StringVector argv = new StringVector(withName());
        StringVector envp = new StringVector(environment)) {
      check(LibC.posix_spawn_file_actions_init(actions));
      check(LibC.posix_spawnattr_init(attributes));
      List<Descriptor> copies = new ArrayList<>();
      try {
        addDescriptors(actions, copies);
        setSignals(attributes, signals);
        IntByReference pid = new IntByReference();
        check(
            LibC.posix_spawn(
                pid, executable.toString(), actions, attributes, argv.pointer(), envp.pointer()));
        return new ChildProcess(pid.getValue());
      } finally {
        copies.forEach(Descriptor::close);
        LibC.posix_spawn_file_actions_destroy(actions);
        LibC.posix_spawnattr_destroy(attributes);
      }
    }
  }

  private List<String> withName() {
    List<String> all = new ArrayList<>();
    all.add(executable.toString());
    all.addAll(arguments);
    return all;
  }

  private void addDescriptors(Pointer actions, List<Descriptor> copies) {
    int highest = descriptors.isEmpty() ? 2 : Math.max(2, descriptors.lastKey());
    for (int standard = 0; standard <= 2; standard++) {
      if (!descriptors.containsKey(standard)) {
        int flags = standard == 0 ? Open.READ_ONLY : Open.WRITE_ONLY;
        check(LibC.posix_spawn_file_actions_addopen(actions, standard, "/dev/null", flags, 0));
      }
    }
    descriptors.forEach(
        (number, descriptor) -> {
          int source = above(descriptor, highest, copies);
          check(LibC.posix_spawn_file_actions_adddup2(actions, source, number));
        });
    for (int number = 3; number < highest; number++) { // not all of the JVM's close on exec
      if (!descriptors.containsKey(number)) {
        check(LibC.posix_spawn_file_actions_addclose(actions, number));
      }
    }
    check(LibC.posix_spawn_file_actions_addclosefrom_np(actions, highest + 1));
  }

  /** A source among the targets would be overwritten before it is copied. */
  private static int above(Descriptor source, int highest, List<Descriptor> copies) {
    if (source.number() > highest) {
      return source.number();
    }
    Descriptor copy =
        Descriptor.of(
            LibC.fcntl(source.number(), DUPLICATE_CLOSE_ON_EXEC, highest + 1),
            "duplicate descriptor");
    copies.add(copy);
    return copy.number();
  }

  private void setSignals(Pointer attributes, Pointer signals) {
    LibC.sigemptyset(signals);
    check(LibC.posix_spawnattr_setsigmask(attributes, signals));
    LibC.sigfillset(signals);
    check(LibC.posix_spawnattr_setsigdefault(attributes, signals));
    int flags = SET_SIGNAL_DEFAULT | SET_SIGNAL_MASK | (session ? SET_SESSION : 0);
    check(LibC.posix_spawnattr_setflags(attributes, (short) flags));
  }

  /** The functions of posix_spawn return the error number. */
  private void check(int errno) {
    if (errno != 0) {
      throw new LinuxException("spawn " + executable, errno);
    }
  }

  private static Memory zeroed(int size) {
    Memory memory = new Memory(size);
    memory.clear();
    return memory;
  }

  /** A NULL-terminated array of C strings. */
  private static final class StringVector implements AutoCloseable {
    private final Memory block;

    StringVector(List<String> strings) {
      List<byte[]> encoded =
          strings.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
      long table = (long) Native.POINTER_SIZE * (strings.size() + 1);
      long size = table + encoded.stream().mapToLong(bytes -> bytes.length + 1L).sum();
      block = new Memory(size);
      block.clear();
      long offset = table;
      for (int index = 0; index < encoded.size(); index++) {
        byte[] bytes = encoded.get(index);
        block.write(offset, bytes, 0, bytes.length);
        block.setPointer((long) Native.POINTER_SIZE * index, block.share(offset));
        offset += bytes.length + 1L;
      }
    }

    Pointer pointer() {
      return block;
    }

    @Override
    public void close() {
      block.close();
    }
  }
}
