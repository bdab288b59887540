package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostNameServersTest {
  @TempDir private Path directory;

  private static InetSocketAddress server(String address) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), 53);
  }

  @Test
  void theFileIsReadAgainWhenItHasChanged() throws IOException {
    Path file = directory.resolve("resolv.conf");
    HostNameServers servers = new HostNameServers(file);
    assertThat(servers.now()).as("no file").isEmpty();
    Files.writeString(file, "nameserver 127.0.0.53\nnameserver ::1\nnameserver nonsense\n");
    for (int i = 0; i < 2; i++) {
      assertThat(servers.now()).containsExactly(server("127.0.0.53"), server("::1"));
    }
    Path next = directory.resolve("next"); // as DHCP clients do: the new file takes its place
    Files.writeString(next, "nameserver 9.9.9.9\n");
    Files.move(next, file, StandardCopyOption.REPLACE_EXISTING);
    assertThat(servers.now()).containsExactly(server("9.9.9.9"));
    Files.delete(file);
    assertThat(servers.now()).isEmpty();
  }
}
