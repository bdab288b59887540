package dev.flota.lab.bench.teleport;

import dev.flota.api.tls.FleetKeys;
import dev.flota.lab.bench.fleet.Stopwatch;
import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/**
 * One end of a stream between two hosts, a program of its own in the network of its host: {@code
 * KEYS receive} prints its two ports and takes streams in, {@code KEYS send ADDRESS} sends one for
 * each line of its input and prints how many milliseconds it took. The handshakes do not count.
 */
public final class LinkEnd {
  /** In one stream, of 1,000,000 bytes each. */
  static final int MEGABYTES = 500;

  private static final int PIECE = 100_000;
  private static final long BYTES = MEGABYTES * 1_000_000L;
  private static final byte ARRIVED = 1;

  private LinkEnd() {}

  /** Ends with its input. */
  public static void main(String[] arguments) throws IOException {
    SSLContext tls =
        new FleetKeys(Path.of(arguments[0]), Clock.systemUTC()).proof().tls().context();
    if (arguments[1].equals("receive")) {
      receive(tls);
    } else {
      send(tls, arguments[2]);
    }
  }

  private static BufferedReader input() {
    return new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
  }

  private static void receive(SSLContext tls) throws IOException {
    try (ServerSocket plain = new ServerSocket(0);
        SSLServerSocket secure =
            (SSLServerSocket) tls.getServerSocketFactory().createServerSocket(0)) {
      secure.setNeedClientAuth(true);
      for (ServerSocket server : new ServerSocket[] {plain, secure}) {
        Thread.ofPlatform().daemon().start(() -> serve(server));
      }
      System.out.println(plain.getLocalPort() + " " + secure.getLocalPort());
      while (input().readLine() != null) {
        // it has nothing to say
      }
    }
  }

  private static void serve(ServerSocket server) {
    while (!server.isClosed()) {
      try (Socket from = server.accept()) {
        take(from);
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private static void take(Socket from) throws IOException {
    InputStream in = from.getInputStream();
    byte[] piece = new byte[PIECE];
    long left = BYTES;
    while (left > 0) {
      int count = in.read(piece);
      if (count < 0) {
        throw new EOFException("a stream has ended too early");
      }
      left -= count;
    }
    from.getOutputStream().write(ARRIVED);
  }

  private static void send(SSLContext tls, String address) throws IOException {
    byte[] piece = new byte[PIECE];
    new Random(1).nextBytes(piece);
    BufferedReader input = input();
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ", 2);
      try (Socket to = connected(tls, words[0], address, Integer.parseInt(words[1]))) {
        Stopwatch watch = Stopwatch.start();
        OutputStream out = to.getOutputStream();
        for (long sent = 0; sent < BYTES; sent += PIECE) {
          out.write(piece);
        }
        if (to.getInputStream().read() != ARRIVED) {
          throw new EOFException("a stream did not arrive");
        }
        System.out.println(watch.millis());
      }
    }
  }

  private static Socket connected(SSLContext tls, String how, String address, int port)
      throws IOException {
    if (how.equals("plain")) {
      return new Socket(address, port);
    }
    SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(address, port);
    socket.startHandshake();
    return socket;
  }
}
