package dev.flota.engine.network;

import com.sun.jna.LastErrorException;
import com.sun.jna.NativeLong;
import dev.flota.engine.EngineException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A netlink socket in the network namespace of the thread that opened it. One user at a time. */
final class Netlink implements AutoCloseable {
  private static final int REPLY_CAPACITY = 8192;
  private static final int TYPE_OFFSET = 4;
  private static final int ERROR = 2;
  private static final int DONE = 3;

  /** The flags of a request that asks for all objects. */
  static final int DUMP = 0x300;

  private final int socket;

  private Netlink(int socket) {
    this.socket = socket;
  }

  /** A socket for {@code NETLINK_ROUTE} or {@code NETLINK_NETFILTER}. */
  static Netlink open(int protocol) {
    try {
      return new Netlink(
          SystemCalls.socket(
              SystemCalls.AF_NETLINK, SystemCalls.SOCK_RAW | SystemCalls.SOCK_CLOEXEC, protocol));
    } catch (LastErrorException e) {
      throw EngineException.system("cannot open a netlink socket: " + e.getMessage(), e);
    }
  }

  /** Sends a request and waits for the kernel's word on it: 0, or the error number. */
  int request(NetlinkMessage message) {
    return error(query(message));
  }

  /**
   * Sends a request that asks for one object.
   *
   * @return the object's message, or the kernel's word on the request when there is none
   */
  ByteBuffer query(NetlinkMessage message) {
    send(message);
    @Nullable ByteBuffer object = null;
    while (true) {
      ByteBuffer reply = receive();
      if (reply.getShort(TYPE_OFFSET) != ERROR) {
        object = reply;
      } else {
        return object == null ? reply : object;
      }
    }
  }

  /**
   * Sends a request with the flags {@link #DUMP}.
   *
   * @return one message for each object, complete with its header
   */
  List<ByteBuffer> dump(NetlinkMessage message) {
    send(message);
    List<ByteBuffer> objects = new ArrayList<>();
    while (true) {
      ByteBuffer reply = receive();
      int at = 0;
      while (at + NetlinkMessage.HEADER <= reply.limit()) {
        int length = reply.getInt(at);
        ByteBuffer object = reply.slice(at, length).order(ByteOrder.nativeOrder());
        int type = object.getShort(TYPE_OFFSET);
        if (type == DONE || type == ERROR) {
          int error = type == ERROR ? error(object) : 0;
          if (error != 0) {
            throw EngineException.system("netlink: " + SystemCalls.strerror(error));
          }
          return objects;
        }
        objects.add(object);
        at += length + 3 & ~3;
      }
    }
  }

  /** The error number in a reply, 0 when it is none. */
  static int error(ByteBuffer reply) {
    return reply.getShort(TYPE_OFFSET) == ERROR ? -reply.getInt(NetlinkMessage.HEADER) : 0;
  }

  private void send(NetlinkMessage message) {
    byte[] bytes = message.bytes();
    try {
      SystemCalls.send(socket, bytes, new NativeLong(bytes.length), 0);
    } catch (LastErrorException e) {
      throw EngineException.system("netlink request failed: " + e.getMessage(), e);
    }
  }

  private ByteBuffer receive() {
    byte[] buffer = new byte[REPLY_CAPACITY];
    try {
      int length = SystemCalls.recv(socket, buffer, new NativeLong(buffer.length), 0).intValue();
      return ByteBuffer.wrap(buffer, 0, length).order(ByteOrder.nativeOrder());
    } catch (LastErrorException e) {
      throw EngineException.system("netlink answer failed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    SystemCalls.close(socket);
  }
}
