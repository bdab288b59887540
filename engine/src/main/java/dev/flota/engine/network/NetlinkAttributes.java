package dev.flota.engine.network;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** The attributes of a message from the kernel, by type; of those of one type the last. */
final class NetlinkAttributes {
  private static final int HEADER = 4;
  private static final int TYPE_MASK = 0x3fff; // above are the flags "nested" and "byte order"

  private final Map<Integer, ByteBuffer> values = new HashMap<>();

  /** Those in {@code buffer} from {@code offset} to its limit. */
  NetlinkAttributes(ByteBuffer buffer, int offset) {
    int at = offset;
    while (at + HEADER <= buffer.limit()) {
      int length = Short.toUnsignedInt(buffer.getShort(at));
      if (length < HEADER || at + length > buffer.limit()) {
        return;
      }
      int type = buffer.getShort(at + 2) & TYPE_MASK;
      ByteBuffer value = buffer.slice(at + HEADER, length - HEADER).order(ByteOrder.nativeOrder());
      values.put(type, value);
      at += length + 3 & ~3;
    }
  }

  /** Those that an attribute holds; none when it is not there. */
  NetlinkAttributes nested(int type) {
    return new NetlinkAttributes(values.getOrDefault(type, ByteBuffer.allocate(0)), 0);
  }

  /** A number of four bytes in the machine's order. */
  Optional<Integer> number(int type) {
    return value(type, Integer.BYTES).map(value -> value.getInt(0));
  }

  /** One byte. */
  Optional<Integer> octet(int type) {
    return value(type, Byte.BYTES).map(value -> Byte.toUnsignedInt(value.get(0)));
  }

  /** Two bytes in network order. */
  Optional<Integer> port(int type) {
    return value(type, Short.BYTES)
        .map(value -> Short.toUnsignedInt(value.order(ByteOrder.BIG_ENDIAN).getShort(0)));
  }

  /** Four bytes in network order. */
  Optional<Ipv4> address(int type) {
    return value(type, Integer.BYTES)
        .map(value -> new Ipv4(value.order(ByteOrder.BIG_ENDIAN).getInt(0)));
  }

  /** A text that a zero byte ends. */
  Optional<String> text(int type) {
    return Optional.ofNullable(values.get(type))
        .map(value -> new String(bytes(value), 0, value.limit() - 1, StandardCharsets.US_ASCII));
  }

  /** Six bytes. */
  Optional<MacAddress> mac(int type) {
    return value(type, MacAddress.BYTES).map(value -> MacAddress.of(bytes(value)));
  }

  private Optional<ByteBuffer> value(int type, int length) {
    return Optional.ofNullable(values.get(type))
        .filter(value -> value.limit() == length)
        .map(value -> value.duplicate().order(ByteOrder.nativeOrder()));
  }

  private static byte[] bytes(ByteBuffer value) {
    byte[] bytes = new byte[value.limit()];
    value.get(0, bytes);
    return bytes;
  }
}
