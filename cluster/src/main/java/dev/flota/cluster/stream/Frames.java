package dev.flota.cluster.stream;

import akka.util.ByteString;

/** The frames that carry two streams over one connection (Docker Engine API, "Stream format"). */
public final class Frames {
  private Frames() {}

  /** One frame: stream number, three zeros, length as big-endian uint32, the bytes. */
  public static ByteString frame(int stream, ByteString data) {
    int length = data.size();
    byte[] header = {
      (byte) stream,
      0,
      0,
      0,
      (byte) (length >>> 24),
      (byte) (length >>> 16),
      (byte) (length >>> 8),
      (byte) length
    };
    return ByteString.fromArrayUnsafe(header).concat(data);
  }
}
