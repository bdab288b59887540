package dev.flota.engine.runtime;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What criu tells of a dump at its end: the image {@code stats-dump}, which has two words of magic,
 * a length, and a message {@code stats_entry} ({@code images/stats.proto} and {@code
 * Documentation/image-format} of CRIU 4.2).
 *
 * @param pagesWritten pages of memory that were sent
 */
record DumpStatistics(long pagesWritten) {
  private static final int HEADER_BYTES = 3 * Integer.BYTES;
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
    if (image.length < HEADER_BYTES) {
      throw new InvalidProtocolBufferException("it is cut short");
    }
    int length = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getInt(2 * Integer.BYTES);
    CodedInputStream message =
        CodedInputStream.newInstance(
            image, HEADER_BYTES, Math.clamp(length, 0, image.length - HEADER_BYTES));
    long pages = 0;
    for (int tag = message.readTag(); tag != 0; tag = message.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == DUMP) {
        int end = message.pushLimit(message.readRawVarint32());
        pages = pagesWritten(message);
        message.popLimit(end);
      } else {
        message.skipField(tag);
      }
    }
    return new DumpStatistics(pages);
  }

  private static long pagesWritten(CodedInputStream dump) throws IOException {
    long pages = 0;
    for (int tag = dump.readTag(); tag != 0; tag = dump.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == PAGES_WRITTEN) {
        pages = dump.readUInt64();
      } else {
        dump.skipField(tag);
      }
    }
    return pages;
  }

  /** The same in bytes. */
  long bytesWritten() {
    return pagesWritten * PAGE_BYTES;
  }
}
