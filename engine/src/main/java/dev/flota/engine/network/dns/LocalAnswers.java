package dev.flota.engine.network.dns;

import dev.flota.engine.network.Ipv4;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/** Answers what is known here. */
final class LocalAnswers {
  /**
   * In seconds. Docker says 600; but its containers stay on their host. Here a name must lead to
   * the right container within a second after one started, stopped or came back, and to ask again
   * costs a client some 0.1 ms.
   */
  static final int TIME_TO_LIVE = 1;

  /** In one answer; the next one begins with others. */
  private static final int MOST_ADDRESSES = 512;

  private static final String REVERSE = ".in-addr.arpa";

  private final NameSource names;
  private final AtomicInteger turn = new AtomicInteger();

  LocalAnswers(NameSource names) {
    this.names = names;
  }

  /**
   * The answer, or empty for what others may know.
   *
   * @param question of the query
   */
  Optional<Message> answer(Ipv4 client, Query query, Record question) {
    if (question.getDClass() != DClass.IN && question.getDClass() != DClass.ANY) {
      return Optional.of(query.reply(Rcode.REFUSED));
    }
    int type = question.getType();
    if (type == Type.AXFR || type == Type.IXFR) {
      return Optional.of(query.reply(Rcode.REFUSED));
    }
    String name = question.getName().toString(true).toLowerCase(Locale.ROOT);
    if (type == Type.PTR && name.endsWith(REVERSE)) {
      return reversed(name)
          .flatMap(address -> names.reverse(client, address))
          .map(found -> pointer(query, question, found));
    }
    return names.lookup(client, name).map(addresses -> addresses(query, question, addresses));
  }

  private Message addresses(Query query, Record question, List<Ipv4> addresses) {
    Message reply = query.reply(Rcode.NOERROR);
    if (question.getType() == Type.A || question.getType() == Type.ANY) {
      List<Ipv4> rotated = new ArrayList<>(addresses);
      Collections.rotate(rotated, turn.getAndIncrement());
      rotated.stream()
          .limit(MOST_ADDRESSES)
          .forEach(address -> reply.addRecord(record(question.getName(), address), Section.ANSWER));
    }
    return reply; // of all other types there is nothing: nobody else may answer for the name
  }

  private static Record record(Name name, Ipv4 address) {
    try {
      return new ARecord(name, DClass.IN, TIME_TO_LIVE, InetAddress.getByAddress(address.bytes()));
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // never with four bytes
    }
  }

  private static Message pointer(Query query, Record question, String found) {
    try {
      Name target = Name.fromString(found, Name.root);
      Message reply = query.reply(Rcode.NOERROR);
      reply.addRecord(
          new PTRRecord(question.getName(), DClass.IN, TIME_TO_LIVE, target), Section.ANSWER);
      return reply;
    } catch (TextParseException e) {
      return query.reply(Rcode.NXDOMAIN); // a name that DNS cannot say
    }
  }

  /** The address in a name such as {@code 2.0.9.10.in-addr.arpa}. */
  static Optional<Ipv4> reversed(String name) {
    String[] parts = name.substring(0, name.length() - REVERSE.length()).split("\\.", -1);
    return Ipv4.parse(String.join(".", List.of(parts).reversed()));
  }
}
