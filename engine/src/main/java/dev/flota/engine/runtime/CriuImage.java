package dev.flota.engine.runtime;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A file of criu's with one message in it: two words of magic, a length, and the message ({@code
 * Documentation/image-format} of CRIU 4.2).
 */
final class CriuImage {
  /** What comes before the message. */
  static final int HEADER_BYTES = 3 * Integer.BYTES;

  private CriuImage() {}

  /** The message. */
  static CodedInputStream message(byte[] image) throws IOException {
    if (image.length < HEADER_BYTES) {
      throw new InvalidProtocolBufferException("it is cut short");
    }
    int length = ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getInt(2 * Integer.BYTES);
    return CodedInputStream.newInstance(
        image, HEADER_BYTES, Math.clamp(length, 0, image.length - HEADER_BYTES));
  }

  /**
   * Goes on in the message that a field is, to its end; what comes after it is not read.
   *
   * @return false when there is no such field
   */
  static boolean enter(CodedInputStream message, int field) throws IOException {
    for (int tag = message.readTag(); tag != 0; tag = message.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == field) {
        int _ = message.pushLimit(message.readRawVarint32());
        return true;
      }
      message.skipField(tag);
    }
    return false;
  }
}
