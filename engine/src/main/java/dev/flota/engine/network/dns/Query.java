package dev.flota.engine.network.dns;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;

/** What a client sent. */
final class Query {
  /** Bytes that every client takes by UDP (RFC 1035, 4.2.1). */
  static final int PLAIN_UDP = 512;

  /** Bytes of an answer by UDP at most, whatever the client says that it takes. */
  static final int LARGEST_UDP = 4096;

  /** Bytes of an A record whose name stands in the question already; no record has less. */
  private static final int ADDRESS_RECORD = 16;

  private static final int HEADER_BYTES = 12;
  private static final int FLAGS_OFFSET = 2;
  private static final int ANSWER_BIT = 0x80;

  private final byte[] wire;
  private final Message message;

  private Query(byte[] wire, Message message) {
    this.wire = wire;
    this.message = message;
  }

  /**
   * Reads a message.
   *
   * @return empty for what is malformed, and for answers: to answer one would be the beginning of
   *     an endless talk
   */
  static Optional<Query> decode(byte[] wire) {
    if (wire.length < HEADER_BYTES || (wire[FLAGS_OFFSET] & ANSWER_BIT) != 0) {
      return Optional.empty();
    }
    try {
      return Optional.of(new Query(wire, new Message(wire)));
    } catch (IOException | RuntimeException e) {
      return Optional.empty(); // dnsjava throws several kinds for what it cannot read
    }
  }

  /** As it came; not to be changed. */
  byte[] wire() {
    return wire;
  }

  Message message() {
    return message;
  }

  /** The question, if it is exactly one of a usual query. */
  Optional<Record> question() {
    boolean usual =
        message.getHeader().getOpcode() == Opcode.QUERY
            && message.getHeader().getCount(Section.QUESTION) == 1;
    return usual ? Optional.ofNullable(message.getQuestion()) : Optional.empty();
  }

  /** Bytes that the client takes by UDP (RFC 6891, 6.2.3). */
  int udpLimit() {
    OPTRecord extension = message.getOPT();
    return extension == null
        ? PLAIN_UDP
        : Math.clamp(extension.getPayloadSize(), PLAIN_UDP, LARGEST_UDP);
  }

  /** An answer without records. */
  Message reply(int code) {
    Message reply = new Message(message.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setFlag(Flags.RA);
    reply.getHeader().setOpcode(message.getHeader().getOpcode());
    if (message.getHeader().getFlag(Flags.RD)) {
      reply.getHeader().setFlag(Flags.RD);
    }
    reply.getHeader().setRcode(code);
    question().ifPresent(question -> reply.addRecord(question, Section.QUESTION));
    if (message.getOPT() != null) {
      reply.addRecord(new OPTRecord(LARGEST_UDP, 0, 0), Section.ADDITIONAL);
    }
    return reply;
  }

  /**
   * An answer of ours as it is sent by UDP. One that is too long loses as many records as it must,
   * and tells so: some clients never ask by TCP and take what they get.
   */
  byte[] fitted(Message reply) {
    byte[] wire = reply.toWire();
    List<Record> answers = reply.getSection(Section.ANSWER);
    int excess = Math.ceilDiv(wire.length - udpLimit(), ADDRESS_RECORD);
    if (excess <= 0 || answers.isEmpty()) {
      return wire;
    }
    reply.removeAllRecords(Section.ANSWER);
    answers.stream()
        .limit(Math.max(0, answers.size() - excess))
        .forEach(answer -> reply.addRecord(answer, Section.ANSWER));
    reply.getHeader().setFlag(Flags.TC);
    return reply.toWire();
  }

  /** An answer of others as it is sent by UDP; one that is too long is asked for by TCP. */
  byte[] fitted(byte[] reply) {
    if (reply.length <= udpLimit()) {
      return reply;
    }
    Message shortened = reply(reply[FLAGS_OFFSET + 1] & 0xf);
    shortened.getHeader().setFlag(Flags.TC);
    return shortened.toWire();
  }
}
