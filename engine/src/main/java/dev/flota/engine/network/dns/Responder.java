package dev.flota.engine.network.dns;

import dev.flota.engine.network.Ipv4;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Message;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;

/** Decides what becomes of a message, whichever way it came. */
final class Responder {
  private static final Logger LOG = LoggerFactory.getLogger(Responder.class);

  private final LocalAnswers local;
  private final Clients clients;
  private final Upstream upstream;
  private final Quota forwards;
  private final Predicate<InetSocketAddress> ourselves;

  /**
   * @param ourselves whether a server is this one: to ask it would be an endless loop
   */
  Responder(
      NameSource names, Clients clients, Limits limits, Predicate<InetSocketAddress> ourselves) {
    this.local = new LocalAnswers(names);
    this.clients = clients;
    this.upstream = new Upstream(limits.attempt());
    this.forwards = new Quota(limits.forwardsPerClient(), limits.forwards());
    this.ourselves = ourselves;
  }

  /** What is to be done. */
  sealed interface Decision {
    /** Sends the answer. */
    record Send(Query query, Message reply) implements Decision {}

    /**
     * Waits for the answer on a thread of its own; must be done once it was decided.
     *
     * @param reply takes the number of bytes that the client takes
     */
    record Wait(Query query, IntFunction<byte[]> reply) implements Decision {}

    /** Nothing: there is nobody whom an answer would serve. */
    record Ignore() implements Decision {}
  }

  /** Never blocks. */
  Decision decide(Ipv4 client, byte[] wire) {
    if (!clients.serves(client)) {
      return new Decision.Ignore();
    }
    return Query.decode(wire)
        .<Decision>map(query -> decide(client, query))
        .orElseGet(Decision.Ignore::new);
  }

  private Decision decide(Ipv4 client, Query query) {
    Optional<Record> question = query.question();
    if (question.isEmpty()) {
      boolean usual = query.message().getHeader().getOpcode() == Opcode.QUERY;
      return send(query, usual ? Rcode.FORMERR : Rcode.NOTIMP);
    }
    try {
      Optional<Message> known = local.answer(client, query, question.get());
      return known.isPresent()
          ? new Decision.Send(query, known.get())
          : forward(client, query, question.get());
    } catch (RuntimeException e) {
      LOG.warn("A question of {} found no answer", client, e);
      return send(query, Rcode.SERVFAIL);
    }
  }

  private Decision forward(Ipv4 client, Query query, Record question) {
    List<InetSocketAddress> servers =
        clients.upstreams(client).stream().filter(ourselves.negate()).toList();
    if (servers.isEmpty()) {
      // A single word could only have been one of ours; of all else we know nothing.
      boolean word = question.getName().labels() <= 2; // the root is one
      return send(query, word ? Rcode.NXDOMAIN : Rcode.SERVFAIL);
    }
    if (!forwards.enter(client)) {
      return send(query, Rcode.SERVFAIL);
    }
    return new Decision.Wait(
        query,
        limit -> {
          try {
            return upstream
                .ask(query, question, servers, limit)
                .orElseGet(() -> query.reply(Rcode.SERVFAIL).toWire());
          } finally {
            forwards.leave(client);
          }
        });
  }

  private static Decision send(Query query, int code) {
    return new Decision.Send(query, query.reply(code));
  }
}
