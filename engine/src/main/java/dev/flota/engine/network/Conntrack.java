package dev.flota.engine.network;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The kernel's connection tracking table (ctnetlink, {@code
 * include/uapi/linux/netfilter/nfnetlink_conntrack.h}). Kernels before 6.8 cannot delete by a
 * filter; there a UDP flow may go its old way until it pauses for 30 seconds.
 */
final class Conntrack implements Flows {
  private static final Logger LOG = LoggerFactory.getLogger(Conntrack.class);

  private static final int GET = 1 << 8 | 1;
  private static final int DELETE = 1 << 8 | 2;
  private static final int HEADERS = NetlinkMessage.HEADER + Integer.BYTES;
  private static final byte VERSION_WITH_FAMILY = 1;
  private static final int NESTED = 0x8000;

  private static final int TUPLE_ORIGINAL = 1;
  private static final int TUPLE_REPLY = 2;
  private static final int FILTER = 25;
  private static final int TUPLE_IP = 1;
  private static final int TUPLE_PROTOCOL = 2;
  private static final int IP_V4_SOURCE = 1;
  private static final int IP_V4_DESTINATION = 2;
  private static final int PROTOCOL_NUMBER = 1;
  private static final int PROTOCOL_SOURCE_PORT = 2;
  private static final int PROTOCOL_DESTINATION_PORT = 3;
  private static final int FILTER_ORIGINAL_FLAGS = 1;
  private static final int FILTER_REPLY_FLAGS = 2;
  private static final int BY_SOURCE_ADDRESS = 1;
  private static final int BY_PROTOCOL_NUMBER = 1 << 3;
  private static final int BY_DESTINATION_PORT = 1 << 5;

  @Override
  public void forgetTo(HostPort port) {
    byte[] number = ByteBuffer.allocate(Short.BYTES).putShort((short) port.number()).array();
    byte[] protocol = {(byte) number(port.protocol())};
    delete(
        TUPLE_ORIGINAL,
        tuple ->
            tuple.nest(
                TUPLE_PROTOCOL | NESTED,
                part ->
                    part.attribute(PROTOCOL_NUMBER, protocol)
                        .attribute(PROTOCOL_DESTINATION_PORT, number)),
        FILTER_ORIGINAL_FLAGS,
        BY_PROTOCOL_NUMBER | BY_DESTINATION_PORT);
  }

  @Override
  public void forgetOf(Ipv4 container) {
    delete(
        TUPLE_REPLY,
        tuple ->
            tuple.nest(TUPLE_IP | NESTED, part -> part.attribute(IP_V4_SOURCE, container.bytes())),
        FILTER_REPLY_FLAGS,
        BY_SOURCE_ADDRESS);
  }

  /** What containers have sent that left under this host's address. */
  List<Flow> outwards(Set<Ipv4> containers) {
    NetlinkMessage message =
        new NetlinkMessage(GET, Netlink.DUMP)
            .fixed((byte) SystemCalls.AF_INET, (byte) 0, (byte) 0, (byte) 0);
    try (Netlink netlink = Netlink.open(SystemCalls.NETLINK_NETFILTER)) {
      return netlink.dump(message).stream()
          .map(entry -> new NetlinkAttributes(entry, HEADERS))
          .filter(entry -> leaves(entry, containers))
          .flatMap(entry -> flow(entry.nested(TUPLE_ORIGINAL)).stream())
          .toList();
    }
  }

  /** What is answered to another address than it was sent from. */
  private static boolean leaves(NetlinkAttributes entry, Set<Ipv4> containers) {
    Optional<Ipv4> sender = entry.nested(TUPLE_ORIGINAL).nested(TUPLE_IP).address(IP_V4_SOURCE);
    Optional<Ipv4> answered = entry.nested(TUPLE_REPLY).nested(TUPLE_IP).address(IP_V4_DESTINATION);
    return sender.filter(containers::contains).isPresent() && !sender.equals(answered);
  }

  private static Optional<Flow> flow(NetlinkAttributes tuple) {
    NetlinkAttributes addresses = tuple.nested(TUPLE_IP);
    NetlinkAttributes ports = tuple.nested(TUPLE_PROTOCOL);
    return ports
        .octet(PROTOCOL_NUMBER)
        .flatMap(Conntrack::protocol)
        .map(
            protocol ->
                new Flow(
                    protocol,
                    addresses.address(IP_V4_SOURCE).orElseThrow(),
                    ports.port(PROTOCOL_SOURCE_PORT).orElseThrow(),
                    addresses.address(IP_V4_DESTINATION).orElseThrow(),
                    ports.port(PROTOCOL_DESTINATION_PORT).orElseThrow()));
  }

  private static Optional<Protocol> protocol(int number) {
    return Arrays.stream(Protocol.values()).filter(each -> number(each) == number).findFirst();
  }

  private static int number(Protocol protocol) {
    return switch (protocol) {
      case TCP -> 6;
      case UDP -> 17;
      case SCTP -> SystemCalls.IPPROTO_SCTP;
    };
  }

  private static void delete(int tuple, Consumer<NetlinkMessage> content, int flagsOf, int flags) {
    NetlinkMessage message =
        new NetlinkMessage(DELETE, 0)
            .fixed((byte) SystemCalls.AF_INET, VERSION_WITH_FAMILY, (byte) 0, (byte) 0)
            .nest(tuple | NESTED, content)
            .nest(FILTER | NESTED, filter -> filter.attribute(flagsOf, flags));
    try (Netlink netlink = Netlink.open(SystemCalls.NETLINK_NETFILTER)) {
      int error = netlink.request(message);
      if (error != 0 && error != SystemCalls.ENOENT) {
        LOG.debug("Old flows are left to time out: {}", SystemCalls.strerror(error));
      }
    }
  }
}
