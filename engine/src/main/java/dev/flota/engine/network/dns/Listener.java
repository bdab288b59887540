package dev.flota.engine.network.dns;

import dev.flota.engine.EngineException;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.dns.Responder.Decision;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xbill.DNS.Message;

/** One address on which a name server listens, by UDP and TCP. */
final class Listener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);

  private static final int LARGEST_QUERY = 4096;
  private static final int BACKLOG = 64;

  private final Responder responder;
  private final Executor executor;
  private final Quota quota;
  private final int idleMillis;
  private final DatagramSocket datagrams;
  private final ServerSocket server;
  private final Thread receiving;
  private final Thread accepting;
  private final Set<Socket> connections = ConcurrentHashMap.newKeySet();

  /**
   * Binds the address.
   *
   * @param executor gives every task a thread of its own at once
   * @param quota of connections
   * @throws EngineException the address is taken, or not of this host
   */
  Listener(
      InetSocketAddress address,
      Responder responder,
      Executor executor,
      Quota quota,
      int idleMillis) {
    this.responder = responder;
    this.executor = executor;
    this.quota = quota;
    this.idleMillis = idleMillis;
    try {
      datagrams = new DatagramSocket(address);
      server = bind(address);
    } catch (IOException e) {
      throw EngineException.system(
          "the name server cannot listen on %s: %s".formatted(address, e.getMessage()), e);
    }
    receiving = Thread.ofPlatform().daemon().name("dns-udp").unstarted(this::receive);
    accepting = Thread.ofPlatform().daemon().name("dns-tcp").unstarted(this::accept);
  }

  private ServerSocket bind(InetSocketAddress address) throws IOException {
    try {
      return new ServerSocket(address.getPort(), BACKLOG, address.getAddress());
    } catch (IOException e) {
      datagrams.close();
      throw e;
    }
  }

  void start() {
    receiving.start();
    accepting.start();
  }

  private void receive() {
    DatagramPacket packet = new DatagramPacket(new byte[LARGEST_QUERY], LARGEST_QUERY);
    while (!datagrams.isClosed()) {
      try {
        packet.setLength(LARGEST_QUERY);
        datagrams.receive(packet);
        byte[] wire = Arrays.copyOf(packet.getData(), packet.getLength());
        handle(wire, packet.getSocketAddress());
      } catch (IOException | RuntimeException e) {
        failed("A packet for the name server is lost", e);
      }
    }
  }

  private void handle(byte[] wire, SocketAddress from) throws IOException {
    InetSocketAddress sender = (InetSocketAddress) from;
    switch (responder.decide(ipv4(sender.getAddress()), wire)) {
      case Decision.Ignore ignored -> {}
      case Decision.Send(Query query, Message reply) -> send(query.fitted(reply), from);
      case Decision.Wait wait -> execute(wait, from);
    }
  }

  private void execute(Decision.Wait wait, SocketAddress from) {
    executor.execute(
        () -> {
          try {
            Query query = wait.query();
            send(query.fitted(wait.reply().apply(query.udpLimit())), from);
          } catch (IOException | RuntimeException e) {
            failed("An answer is lost", e);
          }
        });
  }

  private void send(byte[] reply, SocketAddress to) throws IOException {
    datagrams.send(new DatagramPacket(reply, reply.length, to));
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket connection = server.accept();
        Ipv4 client = ipv4(connection.getInetAddress());
        if (quota.enter(client)) {
          converse(connection, client);
        } else {
          connection.close();
        }
      } catch (IOException | RuntimeException e) {
        failed("A connection to the name server is lost", e);
      }
    }
  }

  private void converse(Socket connection, Ipv4 client) {
    connections.add(connection);
    executor.execute(
        () -> {
          try (connection) {
            if (!server.isClosed()) { // else close() may have come too early for this one
              connection.setSoTimeout(idleMillis);
              answerAll(connection, client);
            }
          } catch (IOException | RuntimeException e) {
            LOG.debug("A connection of {} to the name server ended", client, e);
          } finally {
            connections.remove(connection);
            quota.leave(client);
          }
        });
  }

  private void answerAll(Socket connection, Ipv4 client) throws IOException {
    DataInputStream in = new DataInputStream(connection.getInputStream());
    OutputStream out = connection.getOutputStream();
    Optional<byte[]> wire = TcpFrames.read(in);
    while (wire.isPresent() && !server.isClosed()) {
      switch (responder.decide(client, wire.get())) {
        case Decision.Ignore ignored -> {
          return;
        }
        case Decision.Send send -> out.write(TcpFrames.frame(send.reply().toWire()));
        case Decision.Wait wait ->
            out.write(TcpFrames.frame(wait.reply().apply(Message.MAXLENGTH)));
      }
      wire = TcpFrames.read(in);
    }
  }

  private void failed(String what, Exception failure) {
    if (!datagrams.isClosed()) {
      LOG.warn(what, failure);
    }
  }

  private static Ipv4 ipv4(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == Integer.BYTES
        ? new Ipv4(ByteBuffer.wrap(bytes).getInt())
        : Ipv4.ANY; // nobody's
  }

  /** Returns when the ports are free: a socket is not while a thread is still about to use it. */
  @Override
  public void close() {
    datagrams.close();
    try {
      server.close();
      for (Socket connection : connections) {
        connection.close();
      }
      receiving.join();
      accepting.join();
    } catch (IOException e) {
      LOG.warn("A socket of the name server is left open", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the ports will be free a moment later
    }
  }
}
