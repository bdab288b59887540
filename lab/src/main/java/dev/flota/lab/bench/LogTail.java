package dev.flota.lab.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/** What a log has got since a moment. */
record LogTail(Path log, long from) {
  static LogTail atEnd(Path log) throws IOException {
    return new LogTail(log, Files.size(log));
  }

  List<String> lines() throws IOException {
    try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
      ByteBuffer added = ByteBuffer.allocate(Math.toIntExact(channel.size() - from));
      channel.position(from);
      while (added.hasRemaining() && channel.read(added) >= 0) {
        // reads on until all is there
      }
      return StandardCharsets.UTF_8.decode(added.flip()).toString().lines().toList();
    }
  }
}
