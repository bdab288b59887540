package dev.flota.engine.linux;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLong;
import com.sun.jna.ptr.IntByReference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * Sends and receives whole Ethernet frames in the network namespace of the thread that opened it
 * ({@code man 7 packet}). One user at a time. Nothing here waits.
 */
public final class FrameSocket implements AutoCloseable {
  private static final int AF_PACKET = 17;
  private static final int RAW_NON_BLOCKING_CLOEXEC = 3 | 0x80800;
  private static final int SOL_SOCKET = 1;
  private static final int ATTACH_FILTER = 26;
  private static final int SEND_BUFFER = 32; // SO_SNDBUFFORCE
  private static final int RECEIVE_BUFFER = 33; // SO_RCVBUFFORCE
  private static final int SOL_PACKET = 263;
  private static final int VIRTUAL_HEADER = 15;
  private static final short EVERY_PROTOCOL = 3;
  private static final int OUTGOING = 4;

  private static final int ADDRESS_BYTES = 20; // struct sockaddr_ll
  private static final int ADDRESS_PROTOCOL = 2;
  private static final int ADDRESS_INDEX = 4;
  private static final int ADDRESS_TYPE = 10;

  /** {@code struct virtio_net_hdr}: which checksum is missing, and how it is to be cut up. */
  private static final int HEADER_BYTES = 10;

  private static final int ETHERNET_HEADER = 14;

  /** A sender may have sent a whole window before anybody looks; not taken before it is needed. */
  private static final int BUFFER_BYTES = 8 << 20;

  private static final int LONGEST = HEADER_BYTES + ETHERNET_HEADER + 0xffff;
  private static final int MAC_BYTES = 6;
  private static final short IPV4 = 0x0800;

  private final Descriptor descriptor;

  private FrameSocket(Descriptor descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * A frame with what the kernel has left to do for it: between interfaces of one machine it is
   * often neither cut to the MTU nor given a checksum.
   */
  public static final class Frame {
    private final byte[] bytes;
    private final int index;
    private final boolean outgoing;

    private Frame(byte[] bytes, int index, boolean outgoing) {
      this.bytes = bytes;
      this.index = index;
      this.outgoing = outgoing;
    }

    /** The index of the interface it was seen at. */
    public int index() {
      return index;
    }

    /** Whether it left by that interface; else it came in. */
    public boolean outgoing() {
      return outgoing;
    }

    /** Whether it carries a packet of IPv4. */
    public boolean isIpv4() {
      return ByteBuffer.wrap(bytes).getShort(HEADER_BYTES + 2 * MAC_BYTES) == IPV4;
    }

    /** The six bytes of the Ethernet address of the one it is for. */
    public byte[] destination() {
      return address(0);
    }

    /** The six bytes of the sender's Ethernet address. */
    public byte[] source() {
      return address(MAC_BYTES);
    }

    /**
     * The same with another sender.
     *
     * @param mac six bytes
     */
    public Frame from(byte[] mac) {
      byte[] changed = bytes.clone();
      System.arraycopy(mac, 0, changed, HEADER_BYTES + MAC_BYTES, MAC_BYTES);
      return new Frame(changed, index, outgoing);
    }

    /** Whether this is what the other looked like at another interface. */
    public boolean sameAs(Frame other) {
      return Arrays.equals(
          bytes, HEADER_BYTES, bytes.length, other.bytes, HEADER_BYTES, other.bytes.length);
    }

    /** How many bytes of memory it takes. */
    public int size() {
      return bytes.length;
    }

    private byte[] address(int offset) {
      byte[] address = new byte[MAC_BYTES];
      System.arraycopy(bytes, HEADER_BYTES + offset, address, 0, MAC_BYTES);
      return address;
    }
  }

  /** One that receives nothing. */
  public static FrameSocket open() {
    Descriptor descriptor =
        Descriptor.of(LibC.socket(AF_PACKET, RAW_NON_BLOCKING_CLOEXEC, 0), "socket");
    return new FrameSocket(descriptor);
  }

  /**
   * One that receives from now on what goes from or to an Ethernet address, at any interface.
   *
   * @param mac six bytes
   */
  public static FrameSocket about(byte[] mac) {
    FrameSocket socket = open();
    try {
      socket.option(SOL_SOCKET, RECEIVE_BUFFER, BUFFER_BYTES);
      socket.option(SOL_SOCKET, SEND_BUFFER, BUFFER_BYTES);
      socket.option(SOL_PACKET, VIRTUAL_HEADER, 1);
      socket.filter(mac);
      socket.receiveAll();
      return socket;
    } catch (LinuxException e) {
      socket.close();
      throw e;
    }
  }

  private void option(int level, int option, int value) {
    check(
        LibC.setsockopt(
            descriptor.number(), level, option, new IntByReference(value), Integer.BYTES),
        "setsockopt");
  }

  private static void check(long result, String action) {
    if (result < 0) {
      throw LinuxException.last(action);
    }
  }

  /**
   * In the kernel's packet filter language (its {@code Documentation/networking/filter.rst}):
   * {@code ld} loads a word, {@code ldh} half of one, {@code jeq} skips so many instructions when
   * it is equal and so many when it is not.
   */
  private void filter(byte[] mac) {
    ByteBuffer address = ByteBuffer.wrap(mac);
    int first = address.getInt();
    int last = Short.toUnsignedInt(address.getShort());
    int ld = 0x20;
    int ldh = 0x28;
    int jeq = 0x15;
    int ret = 0x06;
    int[][] program = {
      {ld, 0, 0, 0},
      {jeq, 0, 2, first},
      {ldh, 0, 0, 4},
      {jeq, 4, 0, last},
      {ld, 0, 0, 6},
      {jeq, 0, 3, first},
      {ldh, 0, 0, 10},
      {jeq, 0, 1, last},
      {ret, 0, 0, -1},
      {ret, 0, 0, 0},
    };
    int instruction = 8; // struct sock_filter
    try (Memory code = new Memory((long) instruction * program.length);
        Memory header = new Memory(16)) { // struct sock_fprog
      for (int at = 0; at < program.length; at++) {
        long offset = (long) instruction * at;
        code.setShort(offset, (short) program[at][0]);
        code.setByte(offset + 2, (byte) program[at][1]);
        code.setByte(offset + 3, (byte) program[at][2]);
        code.setInt(offset + 4, program[at][3]);
      }
      header.clear();
      header.setShort(0, (short) program.length);
      header.setPointer(8, code);
      int size = (int) header.size();
      check(
          LibC.setsockopt(descriptor.number(), SOL_SOCKET, ATTACH_FILTER, header, size),
          "attach a filter");
    }
  }

  private void receiveAll() {
    try (Memory address = address(0)) { // any interface
      ByteBuffer protocol = address.getByteBuffer(ADDRESS_PROTOCOL, Short.BYTES);
      protocol.order(ByteOrder.BIG_ENDIAN).putShort(EVERY_PROTOCOL);
      check(LibC.bind(descriptor.number(), address, ADDRESS_BYTES), "bind");
    }
  }

  /** That of an interface. */
  private static Memory address(int index) {
    Memory address = new Memory(ADDRESS_BYTES);
    address.clear();
    address.setShort(0, (short) AF_PACKET);
    address.setInt(ADDRESS_INDEX, index);
    return address;
  }

  /** To be watched. */
  public Descriptor descriptor() {
    return descriptor;
  }

  /** The next frame; empty when there is none yet. */
  public Optional<Frame> receive() {
    try (Memory data = new Memory(LONGEST);
        Memory address = new Memory(ADDRESS_BYTES);
        Memory size = new Memory(Integer.BYTES)) {
      while (true) {
        size.setInt(0, ADDRESS_BYTES);
        long length =
            LibC.recvfrom(descriptor.number(), data, new NativeLong(LONGEST), 0, address, size)
                .longValue();
        if (length >= 0) {
          boolean outgoing = address.getByte(ADDRESS_TYPE) == OUTGOING;
          byte[] bytes = data.getByteArray(0, (int) length);
          return Optional.of(new Frame(bytes, address.getInt(ADDRESS_INDEX), outgoing));
        }
        int errno = Native.getLastError();
        if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
          return Optional.empty();
        }
        if (errno != Errno.EINVAL) { // that one cannot be told with a virtio_net_hdr, and is gone
          throw new LinuxException("receive", errno);
        }
      }
    }
  }

  /**
   * Sends a frame that was received out of an interface: for a bridge out of the port behind which
   * it knows the one it is for.
   */
  public void send(int index, Frame frame) {
    send(index, frame.bytes);
  }

  /**
   * Sends a frame out of an interface, for a bridge out of all its ports.
   *
   * @param frame with its Ethernet header, for a socket of {@link #open()}
   */
  public void send(int index, byte[] frame) {
    try (Memory address = address(index)) {
      NativeLong size = new NativeLong(frame.length);
      check(
          LibC.sendto(descriptor.number(), frame, size, 0, address, ADDRESS_BYTES).longValue(),
          "send a frame");
    }
  }

  /** May take some milliseconds: until no processor is in the middle of a frame. */
  @Override
  public void close() {
    descriptor.close();
  }
}
