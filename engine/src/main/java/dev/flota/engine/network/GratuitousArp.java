package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.FrameSocket;
import dev.flota.engine.linux.LinuxException;
import java.nio.ByteBuffer;

/** Tells a network where an address is (RFC 5227, ARP announcement). */
final class GratuitousArp {
  private static final int FRAME_BYTES = 42;
  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};
  private static final short TYPE_ARP = 0x0806;
  private static final short HARDWARE_ETHERNET = 1;
  private static final short PROTOCOL_IPV4 = 0x0800;
  private static final short OPERATION_REQUEST = 1;

  private GratuitousArp() {}

  /**
   * Sends one from the thread's network namespace out of an interface, with the container's
   * Ethernet address as the sender: for a bridge to all its ports.
   */
  static void send(int index, Ipv4 address, MacAddress mac) {
    try (FrameSocket socket = FrameSocket.open()) {
      socket.send(index, frame(address, mac));
    } catch (LinuxException e) {
      throw EngineException.system("cannot announce " + address + ": " + e.getMessage(), e);
    }
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
