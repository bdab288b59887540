package dev.flota.lab.bench.engine;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Accepts one connection after the other; answers each request on it with the next of its texts.
 */
final class ScriptedServer implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Future<String> requests;

  private ScriptedServer(ServerSocketChannel listener, List<List<String>> connections) {
    this.listener = listener;
    this.requests = executor.submit(() -> serve(connections));
  }

  /** One list of answers for each connection; after its last answer a connection is ended. */
  static ScriptedServer listen(Path socket, List<List<String>> connections) throws IOException {
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    listener.bind(UnixDomainSocketAddress.of(socket));
    return new ScriptedServer(listener, connections);
  }

  private String serve(List<List<String>> connections) throws IOException {
    StringBuilder seen = new StringBuilder();
    for (List<String> answers : connections) {
      try (SocketChannel channel = listener.accept()) {
        for (String answer : answers) {
          seen.append(readRequest(channel));
          channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
        }
      }
    }
    return seen.toString();
  }

  /** The client writes a request in one piece, and these are short. */
  private static String readRequest(SocketChannel channel) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(4096);
    channel.read(buffer);
    return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
  }

  /** All requests, once every answer has been given. */
  String requests() throws InterruptedException, ExecutionException {
    return requests.get();
  }

  @Override
  public void close() throws IOException {
    listener.close();
    executor.close();
  }
}
