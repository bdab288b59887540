package dev.flota.engine.network.dns;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Messages on a TCP connection: two bytes of length before each (RFC 1035, 4.2.2). */
final class TcpFrames {
  /** Bytes of a question at most; a usual one has less than a hundred. */
  private static final int LARGEST_QUERY = 4096;

  private TcpFrames() {}

  /**
   * The next question.
   *
   * @return empty at the end of the connection
   */
  static Optional<byte[]> read(DataInputStream in) throws IOException {
    int length;
    try {
      length = in.readUnsignedShort();
    } catch (EOFException e) {
      return Optional.empty();
    }
    if (length > LARGEST_QUERY) {
      throw new IOException("a question of " + length + " bytes");
    }
    byte[] message = new byte[length];
    in.readFully(message);
    return Optional.of(message);
  }

  /** The message with its length before it. */
  static byte[] frame(byte[] message) {
    return ByteBuffer.allocate(Short.BYTES + message.length)
        .putShort((short) message.length)
        .put(message)
        .array();
  }
}
