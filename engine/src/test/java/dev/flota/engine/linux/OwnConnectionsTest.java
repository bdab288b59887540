package dev.flota.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class OwnConnectionsTest {
  private static ServerSocket server() throws IOException {
    return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
  }

  private static Socket connect(ServerSocket server) throws IOException {
    return new Socket(server.getInetAddress(), server.getLocalPort());
  }

  @Test
  @Timeout(30)
  void thoseOfOnePortEndAndTheOthersAndTheListenerStay() throws IOException {
    try (ServerSocket one = server();
        ServerSocket other = server();
        Socket client = connect(one);
        Socket served = one.accept();
        Socket otherClient = connect(other);
        Socket otherServed = other.accept()) {
      assertThat(OwnConnections.end(one.getLocalPort())).isEqualTo(2);

      assertThat(client.getInputStream().read()).isEqualTo(-1);
      assertThat(served.getInputStream().read()).isEqualTo(-1);
      otherClient.getOutputStream().write(7);
      assertThat(otherServed.getInputStream().read()).isEqualTo(7);
      try (Socket next = connect(one);
          Socket nextServed = one.accept()) {
        next.getOutputStream().write(8);
        assertThat(nextServed.getInputStream().read()).isEqualTo(8);
      }
    }
  }

  @Test
  void whereNothingIsConnectedNothingEnds() throws IOException {
    try (ServerSocket server = server()) {
      assertThat(OwnConnections.end(server.getLocalPort())).isZero();
    }
  }
}
