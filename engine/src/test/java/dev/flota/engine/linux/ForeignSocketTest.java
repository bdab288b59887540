package dev.flota.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

class ForeignSocketTest {
  private static final int SELF = (int) ProcessHandle.current().pid();

  @Test
  void whereNothingIsConnectedThereIsNone() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(ForeignSocket.connected(SELF, server.getLocalPort())).isEmpty();
    }
  }

  @Test
  void aProcessThatHasEndedHasNone() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
      assertThat(client.isConnected()).isTrue();
      assertThat(ForeignSocket.connected((int) process.pid(), server.getLocalPort())).isEmpty();
    }
  }

  @Test
  void itIsToldNotToHoldBackAndStaysOpen() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(null);
        SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
      int port = server.socket().getLocalPort();
      try (ForeignSocket connection = ForeignSocket.connected(SELF, port).orElseThrow()) {
        connection.push();
      }

      assertThat(client.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
      try (SocketChannel served = server.accept()) {
        client.write(StandardCharsets.US_ASCII.encode("x\n"));
        BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(served.socket().getInputStream(), StandardCharsets.US_ASCII));
        assertThat(reader.readLine()).isEqualTo("x");
      }
    }
  }

  @Test
  void oneThatListensHandsItsLimitOfSilenceOn() throws IOException {
    InetSocketAddress anywhere = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(anywhere)) {
      int port = server.socket().getLocalPort();
      try (ForeignSocket socket = ForeignSocket.listening(SELF, port).orElseThrow()) {
        socket.endAfter(Duration.ofSeconds(20));
      }

      try (SocketChannel client = SocketChannel.open(server.getLocalAddress());
          SocketChannel served = server.accept()) {
        assertThat(client.getOption(StandardSocketOptions.SO_KEEPALIVE)).isFalse();
        assertThat(served.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
        assertThat(served.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(5);
        assertThat(served.getOption(ExtendedSocketOptions.TCP_KEEPINTERVAL)).isEqualTo(5);
      }
    }
  }
}
