package dev.flota.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ForeignConnectionTest {
  private static final int SELF = (int) ProcessHandle.current().pid();

  @Test
  void whereNothingIsConnectedThereIsNone() throws IOException {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(ForeignConnection.of(SELF, server.getLocalPort())).isEmpty();
    }
  }

  @Test
  void aProcessThatHasEndedHasNone() throws Exception {
    Process process = new ProcessBuilder("true").start();
    process.waitFor();
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
      assertThat(client.isConnected()).isTrue();
      assertThat(ForeignConnection.of((int) process.pid(), server.getLocalPort())).isEmpty();
    }
  }

  @Test
  void itIsToldNotToHoldBackAndStaysOpen() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(null);
        SocketChannel client = SocketChannel.open(server.getLocalAddress())) {
      int port = server.socket().getLocalPort();
      try (ForeignConnection connection = ForeignConnection.of(SELF, port).orElseThrow()) {
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
}
