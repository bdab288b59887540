package dev.flota.engine.linux;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Programs copied into memory that nobody can change any more. crun and runc must not be reachable
 * by way of {@code /proc/self/exe} for what runs in a container (CVE-2019-5736), so they copy
 * themselves into such memory and start once more, every time; started from there they need not: a
 * third of the time of each call.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/memfd_create.2.html">memfd_create(2)</a>
 */
public final class SealedPrograms implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SealedPrograms.class);
  private static final int CLOSE_ON_EXEC = 1;
  private static final int ALLOW_SEALING = 2;
  private static final int EXECUTABLE = 0x10;
  private static final int ADD_SEALS = 1033;
  private static final int AGAINST_EVERY_CHANGE = 0xf;

  private final Map<Path, Copy> copies = new HashMap<>();
  private final List<Descriptor> open = new ArrayList<>();

  /** What a program was like when it was copied; another file in its place is copied anew. */
  private record Copy(FileTime changed, long size, Path path) {}

  /** No copy yet. */
  public SealedPrograms() {}

  /**
   * A path to execute instead of the program's own, good for as long as this process runs and this
   * object is open; the program's own path where the kernel does not allow it.
   */
  public synchronized Path of(Path program) {
    try {
      BasicFileAttributes now = Files.readAttributes(program, BasicFileAttributes.class);
      Copy known = copies.get(program);
      if (known == null
          || known.size != now.size()
          || !known.changed.equals(now.lastModifiedTime())) {
        known = new Copy(now.lastModifiedTime(), now.size(), copy(program));
        copies.put(program, known);
      }
      return known.path;
    } catch (IOException | LinuxException e) {
      LOG.debug("{} is executed from where it lies", program, e);
      return program;
    }
  }

  /** Those of replaced programs stay open too: somebody may be about to execute them. */
  private Path copy(Path program) throws IOException {
    try (Descriptor memory = create(program.getFileName().toString())) {
      fill(memory, program);
      if (LibC.fcntl(memory.number(), ADD_SEALS, AGAINST_EVERY_CHANGE) < 0) {
        throw LinuxException.last("seal the copy of " + program);
      }
      Descriptor copy = Descriptor.read(memory.path());
      open.add(copy);
      return Path.of("/proc/" + ProcessHandle.current().pid() + "/fd/" + copy.number());
    }
  }

  private static Descriptor create(String name) {
    int flags = CLOSE_ON_EXEC | ALLOW_SEALING;
    int descriptor = LibC.memfd_create(name, flags | EXECUTABLE);
    // kernels before 6.3 do not know the flag, and make it executable anyway
    return Descriptor.of(
        descriptor < 0 ? LibC.memfd_create(name, flags) : descriptor, "memfd_create");
  }

  private static void fill(Descriptor memory, Path program) throws IOException {
    try (FileChannel from = FileChannel.open(program, StandardOpenOption.READ);
        FileChannel to = FileChannel.open(memory.path(), StandardOpenOption.WRITE)) {
      long size = from.size();
      for (long done = 0; done < size; ) {
        long moved = from.transferTo(done, size - done, to);
        if (moved <= 0) {
          throw new IOException(program + " became shorter while it was read");
        }
        done += moved;
      }
    }
  }

  @Override
  public synchronized void close() {
    open.forEach(Descriptor::close);
    open.clear();
    copies.clear();
  }
}
