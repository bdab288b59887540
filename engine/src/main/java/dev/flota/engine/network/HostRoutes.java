package dev.flota.engine.network;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.stream.Stream;

/** What the host's own network says: where it has routes to, and which ports it gives by itself. */
public final class HostRoutes {
  private static final Path ROUTES = Path.of("/proc/thread-self/net/route");
  private static final Path EPHEMERAL = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final int SMALLEST_PREFIX = 8;
  private static final int HEXADECIMAL = 16;

  private HostRoutes() {}

  /** Destinations of the host's routes, without the default one. */
  public static Collection<Subnet> subnets() {
    try (Stream<String> lines = Files.lines(ROUTES, StandardCharsets.US_ASCII)) {
      return lines.skip(1).flatMap(HostRoutes::subnet).toList();
    } catch (IOException e) {
      throw EngineException.system("cannot read " + ROUTES + ": " + e.getMessage(), e);
    }
  }

  /** A line has the destination as second word and the mask as eighth, in the host's byte order. */
  static Stream<Subnet> subnet(String line) {
    String[] words = line.split("\t", -1);
    int prefixLength = Integer.bitCount(number(words[7]));
    return prefixLength < SMALLEST_PREFIX
        ? Stream.empty()
        : Stream.of(Subnet.around(new Ipv4(number(words[1])), prefixLength));
  }

  private static int number(String hex) {
    return Integer.reverseBytes(Integer.parseUnsignedInt(hex.strip(), HEXADECIMAL));
  }

  static PortRange ephemeralPorts() {
    byte[] buffer = new byte[64];
    try (InputStream file = Files.newInputStream(EPHEMERAL)) {
      int length = file.read(buffer); // a second read of such a file finds nothing
      String text = new String(buffer, 0, Math.max(0, length), StandardCharsets.US_ASCII);
      String[] ends = text.strip().split("\\s+", -1);
      return new PortRange(Integer.parseInt(ends[0]), Integer.parseInt(ends[1]));
    } catch (IOException e) {
      throw EngineException.system("cannot read " + EPHEMERAL + ": " + e.getMessage(), e);
    }
  }
}
