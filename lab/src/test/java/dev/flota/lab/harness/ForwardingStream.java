package dev.flota.lab.harness;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** Reads a socket; every byte is on its way to the other socket before the reader sees it. */
final class ForwardingStream extends InputStream {
  private final SocketChannel from;
  private final SocketChannel to;
  private final ByteBuffer buffer = ByteBuffer.allocate(65536).flip();

  ForwardingStream(SocketChannel from, SocketChannel to) {
    this.from = from;
    this.to = to;
  }

  @Override
  public int read() throws IOException {
    return buffer.hasRemaining() || fill() ? buffer.get() & 0xff : -1;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (!buffer.hasRemaining() && !fill()) {
      return -1;
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(bytes, offset, count);
    return count;
  }

  /** Passes everything on until the sender is done, then says so to the receiver. */
  void forwardToEnd() throws IOException {
    while (fill()) {
      buffer.position(buffer.limit());
    }
    to.shutdownOutput();
  }

  private boolean fill() throws IOException {
    buffer.clear();
    int count = from.read(buffer);
    buffer.flip();
    if (count < 0) {
      return false;
    }
    ByteBuffer copy = buffer.duplicate();
    while (copy.hasRemaining()) {
      to.write(copy);
    }
    return true;
  }
}
