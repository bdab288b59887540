package dev.flota.cluster.image;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;

/** A registry on loopback that knows no image, and takes its time to say so until released. */
final class HeldRegistry implements AutoCloseable {
  private static final String UNKNOWN =
      "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\",\"message\":\"manifest unknown\"}]}";

  private static final int TLS_HANDSHAKE = 22;

  private final ServerSocket door;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch released = new CountDownLatch(1);

  /** A permit for each connection that asks for a manifest. */
  final Semaphore asked = new Semaphore(0);

  HeldRegistry() throws IOException {
    door = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    Thread.startVirtualThread(this::accept);
  }

  String host() {
    return "127.0.0.1:" + door.getLocalPort();
  }

  void release() {
    released.countDown();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = door.accept();
        open.add(client);
        Thread.startVirtualThread(() -> serve(client));
      }
    } catch (IOException closed) {
      return; // the end of the test
    }
  }

  private void serve(Socket client) {
    try (client;
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1))) {
      OutputStream out = client.getOutputStream();
      in.mark(1);
      if (in.read() == TLS_HANDSHAKE) {
        return; // plain HTTP is tried next
      }
      in.reset();
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        answer(line, in, out);
      }
    } catch (IOException gone) {
      return; // a client that gave up
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void answer(String request, BufferedReader in, OutputStream out)
      throws IOException, InterruptedException {
    String line = in.readLine();
    while (line != null && !line.isEmpty()) {
      line = in.readLine();
    }
    boolean manifest = request.contains("/manifests/");
    if (manifest) {
      asked.release();
      released.await();
    }
    String body = request.startsWith("HEAD") ? "" : manifest ? UNKNOWN : "{}";
    String head =
        "HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            .formatted(manifest ? "404 Not Found" : "200 OK", body.length());
    out.write((head + body).getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  @Override
  public void close() throws IOException {
    released.countDown();
    door.close();
    for (Socket each : open) {
      each.close();
    }
  }
}
