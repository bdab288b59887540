package dev.flota.api.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** Two ends of a TLS connection in memory. */
final class Handshake {
  private static final int CAPACITY = 65536;
  private static final int ROUNDS = 100;

  private final SSLEngine client;
  private final SSLEngine server;
  private final ByteBuffer toServer = ByteBuffer.allocate(CAPACITY);
  private final ByteBuffer toClient = ByteBuffer.allocate(CAPACITY);
  private final ByteBuffer received = ByteBuffer.allocate(CAPACITY);

  Handshake(SSLEngine client, SSLEngine server) {
    this.client = client;
    this.server = server;
  }

  /** Sends a text from client to server; the text that arrives. */
  String send(String text) throws SSLException {
    client.beginHandshake();
    server.beginHandshake();
    ByteBuffer message = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    ByteBuffer nothing = ByteBuffer.allocate(0);
    ByteBuffer scratch = ByteBuffer.allocate(CAPACITY);
    for (int i = 0; i < ROUNDS && received.position() < text.length(); i++) {
      wrap(client, message, toServer);
      unwrap(server, toServer, received);
      wrap(server, nothing, toClient);
      unwrap(client, toClient, scratch);
    }
    return new String(received.array(), 0, received.position(), StandardCharsets.UTF_8);
  }

  private static void wrap(SSLEngine engine, ByteBuffer from, ByteBuffer to) throws SSLException {
    SSLEngineResult result;
    do {
      runTasks(engine);
      result = engine.wrap(from, to);
    } while (result.bytesProduced() > 0
        && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP);
  }

  private static void unwrap(SSLEngine engine, ByteBuffer from, ByteBuffer to) throws SSLException {
    from.flip();
    SSLEngineResult result;
    do {
      result = engine.unwrap(from, to);
      runTasks(engine);
    } while (from.hasRemaining()
        && result.bytesConsumed() > 0
        && engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP);
    from.compact();
  }

  private static void runTasks(SSLEngine engine) {
    while (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
      engine.getDelegatedTask().run();
    }
  }
}
