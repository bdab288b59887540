package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.Pointer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A client's unix socket of type SOCK_SEQPACKET, which the JDK cannot open. Nothing here waits. */
public final class PacketSocket implements AutoCloseable {
  private static final int AF_UNIX = 1;
  private static final int SEQPACKET_NON_BLOCKING_CLOEXEC = 5 | 0x80800;
  private static final int PATH_BYTES = 108;
  private static final int DO_NOT_WAIT_NO_SIGNAL = 0x40 | 0x4000;
  private static final int SHUT_WRITE = 1;

  private final Descriptor descriptor;

  private PacketSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /** Connects. A path too long for a socket address is reached through its directory. */
  public static PacketSocket connect(Path path) {
    int size = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (size < PATH_BYTES) {
      return connectTo(path.toString());
    }
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException(path + " is not a socket");
    }
    try (Descriptor directory = Descriptor.open(parent, Open.PATH, 0)) {
      return connectTo(directory.path() + "/" + path.getFileName());
    }
  }

  private static PacketSocket connectTo(String path) {
    Descriptor socket =
        Descriptor.of(LibC.socket(AF_UNIX, SEQPACKET_NON_BLOCKING_CLOEXEC, 0), "socket");
    try (Memory address = new Memory(2 + PATH_BYTES)) {
      address.clear();
      address.setShort(0, (short) AF_UNIX);
      byte[] bytes = path.getBytes(StandardCharsets.UTF_8);
      address.write(2, bytes, 0, bytes.length);
      if (LibC.connect(socket.number(), address, 2 + PATH_BYTES) < 0) {
        LinuxException failure = LinuxException.last("connect to " + path);
        socket.close();
        throw failure;
      }
    }
    return new PacketSocket(socket);
  }

  /** To be watched. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /**
   * Sends the buffer's remaining bytes as one packet, advancing its position.
   *
   * @return false, when the other side is slow and nothing was sent
   * @throws IOException the other side is gone
   */
  public boolean send(ByteBuffer data) throws IOException {
    int size = data.remaining();
    long sent =
        LibC.send(descriptor.number(), data.slice(), new NativeLong(size), DO_NOT_WAIT_NO_SIGNAL)
            .longValue();
    if (sent < 0) {
      int errno = Native.getLastError();
      if (errno == Errno.EAGAIN) {
        return false;
      }
      throw new IOException(LinuxException.message(errno));
    }
    data.position(data.limit());
    return true;
  }

  /** Tells the other side that nothing more will be sent. */
  public void shutdownOutput() {
    LibC.shutdown(descriptor.number(), SHUT_WRITE); // fails when the other side is gone: the same
  }

  @Override
  public void close() {
    descriptor.close();
  }

  /** Room for several packets, to be shared by the sockets of one thread. */
  public static final class Packets implements AutoCloseable {
    private static final int HEADER_BYTES = 64; // struct mmsghdr, on 64 bits
    private static final int LENGTH_OFFSET = 56;
    private static final int VECTOR_BYTES = 16;
    private final int count;
    private final int size;
    private final Memory headers;
    private final Memory vectors;
    private final Memory data;

    /** Room for {@code count} packets of at most {@code size} bytes. */
    public Packets(int count, int size) {
      this.count = count;
      this.size = size;
      headers = new Memory((long) HEADER_BYTES * count);
      vectors = new Memory((long) VECTOR_BYTES * count);
      data = new Memory((long) size * count);
      headers.clear();
      for (int index = 0; index < count; index++) {
        Pointer vector = vectors.share((long) VECTOR_BYTES * index);
        vector.setPointer(0, data.share((long) size * index));
        vector.setLong(8, size);
        headers.setPointer((long) HEADER_BYTES * index + 16, vector);
        headers.setLong((long) HEADER_BYTES * index + 24, 1);
      }
    }

    /**
     * Receives what is there.
     *
     * @return how many packets; one of length 0 is the end; 0 when there is nothing yet
     * @throws LinuxException with {@link Errno#ECONNRESET} once, when the other side left without
     *     reading all that was sent; packets may still follow
     */
    public int receive(PacketSocket socket) {
      int received =
          LibC.recvmmsg(socket.descriptor.number(), headers, count, DO_NOT_WAIT_NO_SIGNAL, null);
      if (received >= 0) {
        return received;
      }
      int errno = Native.getLastError();
      if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
        return 0;
      }
      throw new LinuxException("receive", errno);
    }

    /** Bytes of a received packet. */
    public int length(int packet) {
      return headers.getInt((long) HEADER_BYTES * packet + LENGTH_OFFSET);
    }

    /** One byte of a received packet. */
    public byte get(int packet, int offset) {
      return data.getByte((long) size * packet + offset);
    }

    /** Copies part of a received packet. */
    public void read(int packet, int from, byte[] target, int offset, int length) {
      data.read((long) size * packet + from, target, offset, length);
    }

    @Override
    public void close() {
      headers.close();
      vectors.close();
      data.close();
    }
  }
}
