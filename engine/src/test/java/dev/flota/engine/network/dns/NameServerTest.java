package dev.flota.engine.network.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.network.Ipv4;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.Message;
import org.xbill.DNS.Name;
import org.xbill.DNS.OPTRecord;
import org.xbill.DNS.Opcode;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.Type;

/** With real sockets on loopback: containers are 127.0.1.x, the gateway is 127.0.0.1. */
final class NameServerTest {
  private static final Ipv4 GATEWAY = address("127.0.0.1");
  private static final String FIRST = "127.0.1.1";
  private static final String SECOND = "127.0.1.2";
  private static final String STRANGER = "127.0.2.1";
  private static final int CLIENT_MILLIS = 5000;
  private static final Limits LIMITS =
      new Limits(Duration.ofMillis(300), Duration.ofSeconds(10), 2, 10, 2, 10);

  private final List<InetSocketAddress> upstreams = new ArrayList<>();
  private final int port = freePort();
  private final NameServer server = new NameServer(new Names(), new Containers(), port, LIMITS);

  /** What there is: web for all, db for the second, many has 60 addresses. */
  private static final class Names implements NameSource {
    @Override
    public Optional<List<Ipv4>> lookup(Ipv4 client, String name) {
      return switch (name) {
        case "web" -> Optional.of(List.of(address("10.9.0.2"), address("10.9.0.3")));
        case "db" ->
            client.equals(address(SECOND))
                ? Optional.of(List.of(address("10.8.0.2")))
                : Optional.empty();
        case "many" ->
            Optional.of(IntStream.range(0, 60).mapToObj(i -> new Ipv4(0x0a090100 + i)).toList());
        case "broken" -> throw new IllegalStateException("broken on purpose");
        default -> Optional.empty();
      };
    }

    @Override
    public Optional<String> reverse(Ipv4 client, Ipv4 address) {
      return address.equals(address("10.9.0.2")) ? Optional.of("web.front") : Optional.empty();
    }
  }

  private final class Containers implements Clients {
    @Override
    public boolean serves(Ipv4 client) {
      return client.toString().startsWith("127.0.1.");
    }

    @Override
    public List<InetSocketAddress> upstreams(Ipv4 client) {
      return List.copyOf(upstreams);
    }
  }

  NameServerTest() throws IOException {
    server.listen(GATEWAY);
  }

  @AfterEach
  void close() {
    server.close();
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        DatagramSocket same = new DatagramSocket(socket.getLocalPort(), socket.getInetAddress())) {
      return same.getLocalPort();
    }
  }

  private static Ipv4 address(String text) {
    return Ipv4.parse(text).orElseThrow();
  }

  private static Message query(String name, int type) {
    return Message.newQuery(Record.newRecord(Name.fromConstantString(name + "."), type, DClass.IN));
  }

  private Message ask(String client, Message query) throws IOException {
    Message reply = new Message(exchange(client, query.toWire()));
    assertThat(reply.getHeader().getID()).isEqualTo(query.getHeader().getID());
    assertThat(reply.getHeader().getFlag(Flags.QR)).isTrue();
    return reply;
  }

  private byte[] exchange(String client, byte[] wire) throws IOException {
    try (DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral(client))) {
      socket.connect(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(CLIENT_MILLIS);
      socket.send(new DatagramPacket(wire, wire.length));
      return receive(socket);
    }
  }

  private static byte[] receive(DatagramSocket socket) throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[65535], 65535);
    socket.receive(packet);
    return Arrays.copyOf(packet.getData(), packet.getLength());
  }

  private Socket connect(String client) throws IOException {
    Socket socket =
        new Socket(InetAddress.getLoopbackAddress(), port, InetAddress.ofLiteral(client), 0);
    socket.setSoTimeout(CLIENT_MILLIS);
    return socket;
  }

  private static Message askByTcp(Socket socket, Message query) throws IOException {
    socket.getOutputStream().write(TcpFrames.frame(query.toWire()));
    return readByTcp(socket);
  }

  private static Message readByTcp(Socket socket) throws IOException {
    DataInputStream in = new DataInputStream(socket.getInputStream());
    byte[] reply = new byte[in.readUnsignedShort()];
    in.readFully(reply);
    return new Message(reply);
  }

  private static List<String> answers(Message message) {
    return message.getSection(Section.ANSWER).stream().map(Record::rdataToString).toList();
  }

  @Test
  void aKnownNameHasItsAddressesInTurnAndForASecondOnly() throws Exception {
    Set<String> first = new HashSet<>();
    for (int round = 0; round < 2; round++) {
      Message reply = ask(FIRST, query("WeB", Type.A));
      assertThat(answers(reply)).containsExactlyInAnyOrder("10.9.0.2", "10.9.0.3");
      assertThat(reply.getQuestion().getName().toString()).isEqualTo("WeB.");
      assertThat(reply.getSection(Section.ANSWER)).allMatch(record -> record.getTTL() == 1);
      assertThat(reply.getHeader().getFlag(Flags.RA)).isTrue();
      first.add(answers(reply).getFirst());
    }
    assertThat(first).as("load is spread").hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {Type.AAAA, Type.MX, Type.SRV, Type.TXT})
  void ofAKnownNameThereIsNothingButAddresses(int type) throws Exception {
    upstreams.add(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 9)); // would be asked in vain
    Message reply = ask(FIRST, query("web", type));
    assertThat(reply.getRcode()).isEqualTo(Rcode.NOERROR);
    assertThat(answers(reply)).isEmpty();
  }

  @Test
  void whatANameMeansDependsOnWhoAsks() throws Exception {
    assertThat(answers(ask(SECOND, query("db", Type.A)))).containsExactly("10.8.0.2");
    assertThat(ask(FIRST, query("db", Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void anAddressHasAName() throws Exception {
    Message reply = ask(FIRST, query("2.0.9.10.in-addr.arpa", Type.PTR));
    assertThat(answers(reply)).containsExactly("web.front.");
    assertThat(ask(FIRST, query("9.0.9.10.in-addr.arpa", Type.PTR)).getRcode())
        .isEqualTo(Rcode.SERVFAIL);
    assertThat(ask(FIRST, query("0.9.10.in-addr.arpa", Type.PTR)).getRcode())
        .isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void withoutUpstreamServersAWordIsUnknownAndADomainFails() throws Exception {
    assertThat(ask(FIRST, query("nobody", Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
    assertThat(ask(FIRST, query("example.com", Type.A)).getRcode()).isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void otherNamesAreAskedOfTheUpstreamServersUnderAnotherIdentifier() throws Exception {
    Set<Integer> identifiers = new HashSet<>();
    try (FakeUpstream upstream =
        FakeUpstream.saying(
            query -> {
              identifiers.add(query.getHeader().getID());
              return text(query, "hello");
            })) {
      upstreams.add(upstream.address());
      Message query = query("Example.com", Type.TXT);
      for (int round = 0; round < 4; round++) {
        assertThat(answers(ask(FIRST, query))).containsExactly("\"hello\"");
      }
      assertThat(identifiers).hasSizeGreaterThan(1);
    }
  }

  @Test
  void theNextServerIsAskedWhenOneIsSilentOrCannot() throws Exception {
    try (FakeUpstream silent = FakeUpstream.silent();
        FakeUpstream failing = FakeUpstream.saying(query -> code(query, Rcode.SERVFAIL));
        FakeUpstream refusing = FakeUpstream.saying(query -> code(query, Rcode.REFUSED));
        FakeUpstream good = FakeUpstream.saying(query -> text(query, "good"))) {
      upstreams.add(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), freePort())); // nobody there
      for (FakeUpstream upstream : List.of(silent, failing, refusing, good)) {
        upstreams.add(upstream.address());
      }
      assertThat(answers(ask(FIRST, query("a.b", Type.TXT)))).containsExactly("\"good\"");
      assertThat(List.of(silent.asked(), failing.asked(), refusing.asked())).containsOnly(1);
    }
  }

  @Test
  void anAnswerThatTheNameDoesNotExistIsAnAnswer() throws Exception {
    try (FakeUpstream knowing = FakeUpstream.saying(query -> code(query, Rcode.NXDOMAIN));
        FakeUpstream next = FakeUpstream.saying(query -> text(query, "next"))) {
      upstreams.addAll(List.of(knowing.address(), next.address()));
      assertThat(ask(FIRST, query("a.b", Type.TXT)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
      assertThat(next.asked()).isZero();
    }
  }

  @Test
  void whenNobodyAnswersItFailsAndWhatTheLastOneSaidIsPassedOn() throws Exception {
    try (FakeUpstream silent = FakeUpstream.silent();
        FakeUpstream refusing = FakeUpstream.saying(query -> code(query, Rcode.REFUSED))) {
      upstreams.add(silent.address());
      assertThat(ask(FIRST, query("a.b", Type.A)).getRcode()).isEqualTo(Rcode.SERVFAIL);
      upstreams.add(refusing.address());
      assertThat(ask(FIRST, query("a.b", Type.A)).getRcode()).isEqualTo(Rcode.REFUSED);
    }
  }

  @Test
  void answersToOtherQuestionsAreNotBelieved() throws Exception {
    try (FakeUpstream upstream =
        new FakeUpstream(
            query -> {
              Message otherId = text(query, "other id");
              otherId.getHeader().setID(query.getHeader().getID() ^ 1);
              Message otherName = text(query("c.d", Type.TXT), "other name");
              otherName.getHeader().setID(query.getHeader().getID());
              return List.of(
                  new byte[3],
                  otherId.toWire(),
                  otherName.toWire(),
                  query.toWire(),
                  text(query, "right").toWire());
            },
            query -> List.of())) {
      upstreams.add(upstream.address());
      assertThat(answers(ask(FIRST, query("a.b", Type.TXT)))).containsExactly("\"right\"");
    }
  }

  @Test
  void aTruncatedAnswerIsAskedForByTcpAndFittedToTheClient() throws Exception {
    try (FakeUpstream upstream =
        new FakeUpstream(
            query -> {
              Message part = text(query, "part");
              part.getHeader().setFlag(Flags.TC);
              return List.of(part.toWire());
            },
            query ->
                List.of(text(query, "x".repeat(200), "y".repeat(255), "z".repeat(255)).toWire()))) {
      upstreams.add(upstream.address());
      Message small = ask(FIRST, query("a.b", Type.TXT));
      assertThat(small.getHeader().getFlag(Flags.TC)).isTrue();
      assertThat(answers(small)).containsExactly("\"part\"");
      Message large = query("a.b", Type.TXT);
      large.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
      Message reply = ask(FIRST, large);
      assertThat(reply.getHeader().getFlag(Flags.TC)).isFalse();
      assertThat(answers(reply).getFirst()).contains("zzz");
      try (Socket socket = connect(FIRST)) {
        assertThat(answers(askByTcp(socket, query("a.b", Type.TXT))).getFirst()).contains("zzz");
      }
    }
  }

  @Test
  void ofALongAnswerAClientGetsWhatItTakes() throws Exception {
    try (FakeUpstream upstream =
        FakeUpstream.saying(query -> text(query, "x".repeat(255), "y".repeat(255)))) {
      upstreams.add(upstream.address());
      Message reply = ask(FIRST, query("a.b", Type.TXT));
      assertThat(reply.getHeader().getFlag(Flags.TC)).as("heedless server").isTrue();
      assertThat(answers(reply)).isEmpty();
    }
    Message part = ask(FIRST, query("many", Type.A));
    assertThat(part.getHeader().getFlag(Flags.TC)).isTrue();
    assertThat(answers(part)).hasSizeBetween(25, 32);
    assertThat(part.numBytes()).isLessThanOrEqualTo(Query.PLAIN_UDP);
    Message large = query("many", Type.A);
    large.addRecord(new OPTRecord(1232, 0, 0), Section.ADDITIONAL);
    assertThat(answers(ask(FIRST, large))).hasSize(60);
    try (Socket socket = connect(FIRST)) {
      assertThat(answers(askByTcp(socket, query("many", Type.A)))).hasSize(60);
    }
  }

  @Test
  void aConnectionTakesManyQuestionsAlsoTwoAtOnce() throws Exception {
    try (Socket socket = connect(SECOND)) {
      assertThat(answers(askByTcp(socket, query("db", Type.A)))).containsExactly("10.8.0.2");
      byte[] question = TcpFrames.frame(query("web", Type.A).toWire());
      byte[] two = Arrays.copyOf(question, question.length * 2);
      System.arraycopy(question, 0, two, question.length, question.length);
      socket.getOutputStream().write(two);
      assertThat(answers(readByTcp(socket))).hasSize(2);
      assertThat(answers(readByTcp(socket))).hasSize(2);
    }
  }

  @Test
  void aClientHasSoManyConnectionsAndNoMore() throws Exception {
    try (Socket one = connect(FIRST);
        Socket two = connect(FIRST)) {
      assertThat(answers(askByTcp(one, query("web", Type.A)))).hasSize(2);
      assertThat(answers(askByTcp(two, query("web", Type.A)))).hasSize(2);
      try (Socket three = connect(FIRST)) {
        assertThat(three.getInputStream().read()).isEqualTo(-1);
      }
      try (Socket other = connect(SECOND)) {
        assertThat(answers(askByTcp(other, query("web", Type.A)))).hasSize(2);
      }
    }
  }

  @Test
  void aClientHasSoManyQuestionsUnderWayAndOthersAreNotHinderedByThem() throws Exception {
    CountDownLatch answer = new CountDownLatch(1);
    Limits patient = new Limits(Duration.ofSeconds(30), Duration.ofSeconds(10), 2, 10, 2, 10);
    int otherPort = freePort();
    try (NameServer other = new NameServer(new Names(), new Containers(), otherPort, patient);
        FakeUpstream slow =
            FakeUpstream.saying(
                query -> {
                  awaitOpen(answer);
                  return text(query, "late");
                });
        DatagramSocket modest = client(SECOND, otherPort);
        DatagramSocket greedy = client(FIRST, otherPort)) {
      other.listen(GATEWAY);
      upstreams.add(slow.address());
      for (int number = 0; number < 3; number++) {
        byte[] wire = query("a" + number + ".b", Type.TXT).toWire();
        greedy.send(new DatagramPacket(wire, wire.length));
      }
      Message refused = new Message(receive(greedy));
      assertThat(refused.getRcode()).isEqualTo(Rcode.SERVFAIL);
      assertThat(refused.getQuestion().getName().toString()).isEqualTo("a2.b.");
      byte[] known = query("web", Type.A).toWire();
      greedy.send(new DatagramPacket(known, known.length));
      assertThat(answers(new Message(receive(greedy)))).as("own names").hasSize(2);
      byte[] elsewhere = query("c.d", Type.TXT).toWire();
      modest.send(new DatagramPacket(elsewhere, elsewhere.length));
      answer.countDown();
      for (DatagramSocket socket : List.of(greedy, greedy, modest)) {
        assertThat(answers(new Message(receive(socket)))).containsExactly("\"late\"");
      }
      for (int number = 0; number < 3; number++) {
        greedy.send(new DatagramPacket(elsewhere, elsewhere.length));
        assertThat(answers(new Message(receive(greedy)))).as("free again").hasSize(1);
      }
    }
  }

  private static void awaitOpen(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static DatagramSocket client(String address, int serverPort) throws IOException {
    DatagramSocket socket = new DatagramSocket(0, InetAddress.ofLiteral(address));
    socket.setSoTimeout(CLIENT_MILLIS);
    socket.connect(InetAddress.getLoopbackAddress(), serverPort);
    return socket;
  }

  @Test
  void strangersAreIgnored() throws Exception {
    try (DatagramSocket stranger = new DatagramSocket(0, InetAddress.ofLiteral(STRANGER))) {
      stranger.connect(InetAddress.getLoopbackAddress(), port);
      byte[] wire = query("web", Type.A).toWire();
      stranger.send(new DatagramPacket(wire, wire.length));
      // Questions are taken in order: when the next one is answered, this one has been ignored.
      assertThat(answers(ask(FIRST, query("web", Type.A)))).hasSize(2);
      stranger.setSoTimeout(1);
      assertThatThrownBy(() -> receive(stranger)).isInstanceOf(SocketTimeoutException.class);
    }
    try (Socket socket = connect(STRANGER)) {
      socket.getOutputStream().write(TcpFrames.frame(query("web", Type.A).toWire()));
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void whatCannotBeReadIsIgnored() throws Exception {
    Random random = new Random(7);
    try (DatagramSocket client = new DatagramSocket(0, InetAddress.ofLiteral(FIRST))) {
      client.connect(InetAddress.getLoopbackAddress(), port);
      byte[] good = query("web", Type.A).toWire();
      byte[] answer = good.clone();
      answer[2] |= (byte) 0x80; // to answer an answer would never end
      List<byte[]> packets = new ArrayList<>(List.of(new byte[0], new byte[11], answer));
      packets.add(Arrays.copyOf(good, good.length - 1));
      for (int number = 0; number < 50; number++) {
        byte[] noise = new byte[random.nextInt(600)];
        random.nextBytes(noise);
        if (noise.length > 2) {
          noise[2] |= (byte) 0x80;
        }
        packets.add(noise);
      }
      for (byte[] packet : packets) {
        client.send(new DatagramPacket(packet, packet.length));
      }
      assertThat(answers(ask(FIRST, query("web", Type.A)))).hasSize(2);
      client.setSoTimeout(1);
      assertThatThrownBy(() -> receive(client)).isInstanceOf(SocketTimeoutException.class);
    }
    try (Socket socket = connect(FIRST)) {
      socket.getOutputStream().write(new byte[] {(byte) 0xff, (byte) 0xff, 1, 2, 3});
      assertThat(socket.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void unusualQuestionsAreRefused() throws Exception {
    Message update = query("web", Type.A);
    update.getHeader().setOpcode(Opcode.UPDATE);
    assertThat(ask(FIRST, update).getRcode()).isEqualTo(Rcode.NOTIMP);
    Message two = query("web", Type.A);
    two.addRecord(query("db", Type.A).getQuestion(), Section.QUESTION);
    assertThat(ask(FIRST, two).getRcode()).isEqualTo(Rcode.FORMERR);
    assertThat(ask(FIRST, query("web", Type.AXFR)).getRcode()).isEqualTo(Rcode.REFUSED);
    Message chaos =
        Message.newQuery(
            Record.newRecord(Name.fromConstantString("version.bind."), Type.TXT, DClass.CH));
    assertThat(ask(FIRST, chaos).getRcode()).isEqualTo(Rcode.REFUSED);
    assertThat(ask(FIRST, query("broken", Type.A)).getRcode()).isEqualTo(Rcode.SERVFAIL);
  }

  @Test
  void itDoesNotAskItself() throws Exception {
    upstreams.add(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    assertThat(ask(FIRST, query("nobody", Type.A)).getRcode()).isEqualTo(Rcode.NXDOMAIN);
  }

  @Test
  void addressesComeAndGoAndClosingFreesThem() throws Exception {
    Ipv4 second = address("127.0.0.2");
    server.listen(second);
    server.listen(second);
    assertThat(server.listening()).containsExactlyInAnyOrder(GATEWAY, second);
    try (Socket socket = connect(FIRST)) {
      assertThat(answers(askByTcp(socket, query("web", Type.A)))).hasSize(2);
      server.ignore(GATEWAY);
      server.ignore(GATEWAY);
      assertThat(socket.getInputStream().read()).as("open connections end").isEqualTo(-1);
    }
    assertThatThrownBy(() -> connect(FIRST)).isInstanceOf(ConnectException.class);
    new DatagramSocket(port, InetAddress.getLoopbackAddress()).close();
    try (NameServer rival = new NameServer(new Names(), new Containers(), port, LIMITS)) {
      assertThatThrownBy(() -> rival.listen(second))
          .isInstanceOf(EngineException.class)
          .hasMessageContaining("127.0.0.2");
      rival.listen(GATEWAY);
      assertThat(answers(ask(FIRST, query("web", Type.A)))).hasSize(2);
    }
    server.close();
    new DatagramSocket(port, InetAddress.ofLiteral("127.0.0.2")).close();
    assertThatThrownBy(() -> server.listen(second)).hasMessageContaining("closed");
  }

  private static Message code(Message query, int code) {
    Message reply = new Message(query.getHeader().getID());
    reply.getHeader().setFlag(Flags.QR);
    reply.getHeader().setRcode(code);
    reply.addRecord(query.getQuestion(), Section.QUESTION);
    return reply;
  }

  private static Message text(Message query, String... texts) {
    Message reply = code(query, Rcode.NOERROR);
    Name name = query.getQuestion().getName();
    reply.addRecord(new TXTRecord(name, DClass.IN, 60, List.of(texts)), Section.ANSWER);
    return reply;
  }
}
