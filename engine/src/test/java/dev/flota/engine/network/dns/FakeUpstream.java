package dev.flota.engine.network.dns;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.xbill.DNS.Message;

/** A name server on 127.0.0.1 that says what it is told. */
final class FakeUpstream implements AutoCloseable {
  private final DatagramSocket datagrams;
  private final ServerSocket server;
  private final AtomicInteger asked = new AtomicInteger();

  /**
   * @param byUdp packets to answer a question with
   * @param byTcp the message to answer a question with; none closes the connection
   */
  FakeUpstream(Function<Message, List<byte[]>> byUdp, Function<Message, List<byte[]>> byTcp)
      throws IOException {
    InetAddress here = InetAddress.getLoopbackAddress();
    server = new ServerSocket(0, 5, here);
    datagrams = new DatagramSocket(server.getLocalPort(), here);
    Thread.ofVirtual().start(() -> serve(byUdp));
    Thread.ofVirtual().start(() -> accept(byTcp));
  }

  static FakeUpstream saying(Function<Message, Message> reply) throws IOException {
    return new FakeUpstream(query -> List.of(reply.apply(query).toWire()), query -> List.of());
  }

  static FakeUpstream silent() throws IOException {
    return new FakeUpstream(query -> List.of(), query -> List.of());
  }

  InetSocketAddress address() {
    return (InetSocketAddress) datagrams.getLocalSocketAddress();
  }

  /** Questions by UDP so far. */
  int asked() {
    return asked.get();
  }

  private void serve(Function<Message, List<byte[]>> reply) {
    while (!datagrams.isClosed()) {
      DatagramPacket packet = new DatagramPacket(new byte[4096], 4096);
      try {
        datagrams.receive(packet);
        asked.incrementAndGet();
        Message query = new Message(Arrays.copyOf(packet.getData(), packet.getLength()));
        for (byte[] answer : reply.apply(query)) {
          datagrams.send(new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
        }
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  private void accept(Function<Message, List<byte[]>> reply) {
    while (!server.isClosed()) {
      try (Socket connection = server.accept()) {
        DataInputStream in = new DataInputStream(connection.getInputStream());
        byte[] query = TcpFrames.read(in).orElseThrow();
        for (byte[] answer : reply.apply(new Message(query))) {
          connection.getOutputStream().write(TcpFrames.frame(answer));
        }
      } catch (IOException e) {
        failed(e);
      }
    }
  }

  private void failed(IOException failure) {
    if (!datagrams.isClosed() && !server.isClosed()) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() throws IOException {
    datagrams.close();
    server.close();
  }
}
