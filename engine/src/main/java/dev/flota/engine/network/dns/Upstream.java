package dev.flota.engine.network.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.DNSInput;
import org.xbill.DNS.Name;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.WireParseException;

/**
 * Asks other name servers. A question goes on as it came, under another identifier and from another
 * port each time, and its answer comes back as it is, so that extensions we know nothing of work.
 */
final class Upstream {
  private static final Logger LOG = LoggerFactory.getLogger(Upstream.class);

  /** What may be no more than this server's trouble. */
  private static final Set<Integer> TRY_NEXT = Set.of(Rcode.SERVFAIL, Rcode.NOTIMP, Rcode.REFUSED);

  private static final int HEADER_BYTES = 12;
  private static final int LARGEST = 65535;

  private final Duration attempt;
  private final SecureRandom random = new SecureRandom();

  Upstream(Duration attempt) {
    this.attempt = attempt;
  }

  /**
   * Asks one server after the other until one answers; blocks.
   *
   * @param limit bytes that the client takes: where the whole answer has more, a server's own
   *     shortened one is the better
   * @return the answer to the client; empty when there is none
   */
  Optional<byte[]> ask(Query query, Record question, List<InetSocketAddress> servers, int limit) {
    Optional<byte[]> trouble = Optional.empty();
    for (InetSocketAddress server : servers) {
      Optional<byte[]> reply = attempt(query, question, server, limit);
      if (reply.isPresent() && !TRY_NEXT.contains(code(reply.get()))) {
        return reply;
      }
      trouble = reply.isPresent() ? reply : trouble;
    }
    return trouble;
  }

  private Optional<byte[]> attempt(
      Query query, Record question, InetSocketAddress server, int limit) {
    int id = random.nextInt(1 << Short.SIZE);
    byte[] asked = withId(query.wire(), id);
    try {
      byte[] reply = byUdp(asked, id, question, server);
      if (isTruncated(reply)) {
        reply =
            byTcp(asked, id, question, server).filter(whole -> whole.length <= limit).orElse(reply);
      }
      return Optional.of(withId(reply, query.message().getHeader().getID()));
    } catch (IOException e) {
      LOG.debug("no answer from name server {}: {}", server, e.toString());
      return Optional.empty();
    }
  }

  private byte[] byUdp(byte[] asked, int id, Record question, InetSocketAddress server)
      throws IOException {
    long end = System.nanoTime() + attempt.toNanos();
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.connect(server); // so that the kernel lets nobody else answer
      socket.send(new DatagramPacket(asked, asked.length));
      DatagramPacket packet = new DatagramPacket(new byte[LARGEST], LARGEST);
      while (true) {
        socket.setSoTimeout(millisUntil(end));
        packet.setLength(LARGEST);
        socket.receive(packet);
        byte[] reply = Arrays.copyOf(packet.getData(), packet.getLength());
        if (answers(reply, id, question)) {
          return reply;
        }
      }
    }
  }

  /** Empty when it fails: then the shortened answer is better than none. */
  private Optional<byte[]> byTcp(byte[] asked, int id, Record question, InetSocketAddress server) {
    long end = System.nanoTime() + attempt.toNanos();
    try (Socket socket = new Socket()) {
      socket.connect(server, millisUntil(end));
      socket.getOutputStream().write(TcpFrames.frame(asked));
      DataInputStream in = new DataInputStream(socket.getInputStream());
      byte[] length = read(socket, in, Short.BYTES, end);
      byte[] reply = read(socket, in, Short.toUnsignedInt(ByteBuffer.wrap(length).getShort()), end);
      return answers(reply, id, question) ? Optional.of(reply) : Optional.empty();
    } catch (IOException e) {
      LOG.debug("no answer from name server {} by TCP: {}", server, e.toString());
      return Optional.empty();
    }
  }

  private static byte[] read(Socket socket, DataInputStream in, int length, long end)
      throws IOException {
    byte[] bytes = new byte[length];
    int filled = 0;
    while (filled < length) {
      socket.setSoTimeout(millisUntil(end));
      int count = in.read(bytes, filled, length - filled);
      if (count < 0) {
        throw new IOException("the connection ended");
      }
      filled += count;
    }
    return bytes;
  }

  private static int millisUntil(long end) throws SocketTimeoutException {
    long millis = (end - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("too late");
    }
    return (int) millis;
  }

  /** Whether it is the answer to that question and no other (RFC 5452, 9.1). */
  static boolean answers(byte[] reply, int id, Record question) {
    if (reply.length < HEADER_BYTES) {
      return false;
    }
    ByteBuffer header = ByteBuffer.wrap(reply);
    boolean isAnswer = (header.getShort(2) & 0x8000) != 0;
    int questions = header.getShort(4);
    if (!isAnswer || questions != 1 || Short.toUnsignedInt(header.getShort(0)) != id) {
      return false;
    }
    try {
      DNSInput body = new DNSInput(reply);
      body.jump(HEADER_BYTES);
      return new Name(body).equals(question.getName()) // heeds no case
          && body.readU16() == question.getType()
          && body.readU16() == question.getDClass();
    } catch (WireParseException e) {
      return false;
    }
  }

  private static boolean isTruncated(byte[] reply) {
    return (reply[2] & 2) != 0;
  }

  private static int code(byte[] reply) {
    return reply[3] & 0xf;
  }

  private static byte[] withId(byte[] message, int id) {
    byte[] copy = message.clone();
    ByteBuffer.wrap(copy).putShort(0, (short) id);
    return copy;
  }
}
