package dev.flota.engine.runtime;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What criu tells of a dump at its end: the image {@code stats-dump} with a message {@code
 * stats_entry} ({@code images/stats.proto} of CRIU 4.2).
 *
 * @param pagesWritten pages of memory that were sent
 */
record DumpStatistics(long pagesWritten) {
  private static final int DUMP = 1;
  private static final int PAGES_WRITTEN = 7;
  private static final int PAGE_BYTES = 4096;

  /** Of the dump that worked in that directory. */
  static DumpStatistics read(Path work) {
    Path file = work.resolve("stats-dump");
    try {
      return parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw EngineException.system("criu's %s cannot be read: %s".formatted(file, e), e);
    }
  }

  static DumpStatistics parse(byte[] image) throws IOException {
    CodedInputStream dump = CriuImage.message(image);
    long pages = 0;
    if (CriuImage.enter(dump, DUMP)) {
      for (int tag = dump.readTag(); tag != 0; tag = dump.readTag()) {
        if (WireFormat.getTagFieldNumber(tag) == PAGES_WRITTEN) {
          pages = dump.readUInt64();
        } else {
          dump.skipField(tag);
        }
      }
    }
    return new DumpStatistics(pages);
  }

  /** The same in bytes. */
  long bytesWritten() {
    return pagesWritten * PAGE_BYTES;
  }
}
