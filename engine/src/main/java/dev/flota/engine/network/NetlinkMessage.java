package dev.flota.engine.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * One request in the kernel's netlink format (RFC 3549; {@code man 7 netlink}, {@code man 7
 * rtnetlink}): a header, a fixed part that depends on the type, then attributes, which may nest.
 * All lengths are in bytes, attributes are aligned to four.
 */
final class NetlinkMessage {
  static final int HEADER = 16;

  private static final int CAPACITY = 1024;
  private static final int ALIGNMENT = 4;
  private static final int ATTRIBUTE_HEADER = 4;
  private static final int REQUEST = 1;
  private static final int ACKNOWLEDGE = 4;

  private final ByteBuffer buffer = ByteBuffer.allocate(CAPACITY).order(ByteOrder.nativeOrder());

  /** A request of that type that the kernel is to acknowledge, with further flags. */
  NetlinkMessage(int type, int flags) {
    buffer.putInt(0).putShort((short) type).putShort((short) (flags | REQUEST | ACKNOWLEDGE));
    buffer.putInt(0).putInt(0);
  }

  /** The fixed part {@code struct ifinfomsg}; {@code index} 0 where a name follows. */
  NetlinkMessage link(int index, int flags, int changedFlags) {
    buffer.putInt(0).putInt(index).putInt(flags).putInt(changedFlags);
    return this;
  }

  /** Raw bytes of a fixed part whose length is a multiple of four. */
  NetlinkMessage fixed(byte... bytes) {
    buffer.put(bytes);
    return this;
  }

  /** A number of the fixed part. */
  NetlinkMessage fixed(int value) {
    buffer.putInt(value);
    return this;
  }

  NetlinkMessage attribute(int type, int value) {
    buffer.putShort((short) (ATTRIBUTE_HEADER + Integer.BYTES)).putShort((short) type);
    buffer.putInt(value);
    return this;
  }

  NetlinkMessage attribute(int type, byte[] value) {
    buffer.putShort((short) (ATTRIBUTE_HEADER + value.length)).putShort((short) type).put(value);
    pad();
    return this;
  }

  /** A text, ended by a zero byte as the kernel wants it. */
  NetlinkMessage attribute(int type, String value) {
    return attribute(type, (value + '\0').getBytes(StandardCharsets.US_ASCII));
  }

  /** An attribute that holds what {@code content} adds. */
  NetlinkMessage nest(int type, Consumer<NetlinkMessage> content) {
    int start = buffer.position();
    buffer.putShort((short) 0).putShort((short) type);
    content.accept(this);
    buffer.putShort(start, (short) (buffer.position() - start));
    return this;
  }

  /** The message as it is sent. */
  byte[] bytes() {
    buffer.putInt(0, buffer.position());
    byte[] bytes = new byte[buffer.position()];
    buffer.get(0, bytes);
    return bytes;
  }

  private void pad() {
    while (buffer.position() % ALIGNMENT != 0) {
      buffer.put((byte) 0);
    }
  }
}
