package dev.flota.engine.network;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import dev.flota.engine.EngineException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Tells a network where an address is (RFC 5227, ARP announcement). */
final class GratuitousArp {
  private static final int FRAME_BYTES = 42;
  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
  private static final short TYPE_ARP = 0x0806;
  private static final short HARDWARE_ETHERNET = 1;
  private static final short PROTOCOL_IPV4 = 0x0800;
  private static final short OPERATION_REQUEST = 1;
  private static final int LINK_ADDRESS_BYTES = 20; // struct sockaddr_ll

  private GratuitousArp() {}

  /**
   * Sends one from the thread's network namespace out of an interface, with the container's
   * Ethernet address as the sender: for a bridge to all its ports.
   */
  static void send(int index, Ipv4 address, MacAddress mac) {
    int type = SystemCalls.SOCK_RAW | SystemCalls.SOCK_CLOEXEC;
    try {
      int socket = SystemCalls.socket(SystemCalls.AF_PACKET, type, 0); // protocol 0: no receiving
      try {
        SystemCalls.bind(socket, linkAddress(index), LINK_ADDRESS_BYTES);
        byte[] frame = frame(address, mac);
        SystemCalls.send(socket, frame, new NativeLong(frame.length), 0);
      } finally {
        SystemCalls.close(socket);
      }
    } catch (LastErrorException e) {
      throw EngineException.system("cannot announce " + address + ": " + e.getMessage(), e);
    }
  }

  private static byte[] linkAddress(int index) {
    return ByteBuffer.allocate(LINK_ADDRESS_BYTES)
        .order(ByteOrder.nativeOrder())
        .putShort((short) SystemCalls.AF_PACKET)
        .putShort((short) 0)
        .putInt(index)
        .array();
  }

  /** The Ethernet frame. */
  static byte[] frame(Ipv4 address, MacAddress mac) {
    return ByteBuffer.allocate(FRAME_BYTES)
        .put(BROADCAST)
        .put(mac.bytes())
        .putShort(TYPE_ARP)
        .putShort(HARDWARE_ETHERNET)
        .putShort(PROTOCOL_IPV4)
        .put((byte) MacAddress.BYTES)
        .put((byte) Integer.BYTES)
        .putShort(OPERATION_REQUEST)
        .put(mac.bytes())
        .put(address.bytes())
        .put(new byte[MacAddress.BYTES])
        .put(address.bytes())
        .array();
  }
}
