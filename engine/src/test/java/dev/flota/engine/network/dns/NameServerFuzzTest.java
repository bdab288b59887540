package dev.flota.engine.network.dns;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.dns.Responder.Decision;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.Type;

/** Whatever containers send. */
final class NameServerFuzzTest {
  private static final Ipv4 CLIENT = new Ipv4(1);

  private final Responder responder =
      new Responder(
          new NameSource() {
            @Override
            public Optional<List<Ipv4>> lookup(Ipv4 client, String name) {
              return name.length() % 2 == 0
                  ? Optional.of(List.of(new Ipv4(2), new Ipv4(3)))
                  : Optional.empty();
            }

            @Override
            public Optional<String> reverse(Ipv4 client, Ipv4 address) {
              return Optional.of("not..a name");
            }
          },
          new Clients() {
            @Override
            public boolean serves(Ipv4 client) {
              return true;
            }

            @Override
            public List<InetSocketAddress> upstreams(Ipv4 client) {
              return List.of();
            }
          },
          Limits.STANDARD,
          server -> false);

  @Property
  void noBytesDoHarm(@ForAll @Size(max = 300) byte[] bytes) throws IOException {
    check(bytes);
  }

  @Property
  void noAlmostRightMessageDoesHarm(@ForAll("damaged") byte[] bytes) throws IOException {
    check(bytes);
  }

  private void check(byte[] bytes) throws IOException {
    switch (responder.decide(CLIENT, bytes)) {
      case Decision.Ignore ignored -> {}
      case Decision.Wait wait -> throw new AssertionError("nobody to wait for: " + wait);
      case Decision.Send(Query query, Message reply) -> {
        byte[] wire = query.fitted(reply);
        Message read = new Message(wire);
        assertThat(read.getHeader().getFlag(Flags.QR)).isTrue();
        assertThat(Arrays.copyOf(wire, 2)).isEqualTo(Arrays.copyOf(bytes, 2));
        assertThat(wire.length)
            .as("no amplification to speak of")
            .isLessThanOrEqualTo(Math.max(Query.PLAIN_UDP, bytes.length + 100));
      }
    }
  }

  @Property
  void noBytesAreAnAnswerToWhatWasNotAsked(@ForAll @Size(max = 100) byte[] bytes) {
    Record question = Record.newRecord(Name.fromConstantString("web."), Type.A, DClass.IN);
    assertThat(Upstream.answers(bytes, 4711, question)).isFalse();
  }

  @Provide
  Arbitrary<byte[]> damaged() {
    Arbitrary<byte[]> queries =
        Combinators.combine(
                Arbitraries.strings().alpha().ofMinLength(1).ofMaxLength(63),
                Arbitraries.of(Type.A, Type.AAAA, Type.PTR, Type.ANY, Type.OPT, Type.AXFR),
                Arbitraries.of("", ".in-addr.arpa", ".0.9.10.in-addr.arpa"),
                Arbitraries.integers().between(0, 65535))
            .as(NameServerFuzzTest::query);
    Arbitrary<Integer> positions = Arbitraries.integers().between(0, 120);
    return Combinators.combine(queries, positions, Arbitraries.bytes(), positions)
        .as(NameServerFuzzTest::damage);
  }

  private static byte[] query(String word, int type, String suffix, int size) {
    Name name = Name.fromConstantString(word + suffix + ".");
    Message query = Message.newQuery(Record.newRecord(name, type, DClass.IN));
    query.addRecord(new OPTRecord(size, 0, 0), Section.ADDITIONAL);
    return query.toWire();
  }

  private static byte[] damage(byte[] message, int position, byte value, int cut) {
    byte[] damaged = message.clone();
    if (position < damaged.length) {
      damaged[position] = value;
    }
    return cut > 100 ? Arrays.copyOf(damaged, Math.max(0, damaged.length - (cut - 100))) : damaged;
  }
}
