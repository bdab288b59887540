package dev.flota.engine.network;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The name servers that this host asks, as its {@code /etc/resolv.conf} has them now: the file is
 * read again when it has changed. Those on the host's loopback count, for it is the host that asks.
 * Thread-safe, without a lock.
 */
public final class HostNameServers {
  private static final Logger LOG = LoggerFactory.getLogger(HostNameServers.class);

  private static final int PORT = 53;

  private final Path file;
  private volatile Seen seen = new Seen(null, null, -1, List.of());

  /** What identifies a version of a file, and what stood in it. */
  private record Seen(
      @Nullable Object key,
      @Nullable FileTime changed,
      long size,
      List<InetSocketAddress> servers) {
    boolean stillHolds(BasicFileAttributes now) {
      return now.lastModifiedTime().equals(changed)
          && now.size() == size
          && Objects.equals(now.fileKey(), key);
    }
  }

  /** Those of this host. */
  public HostNameServers() {
    this(Path.of("/etc/resolv.conf"));
  }

  HostNameServers(Path file) {
    this.file = file;
  }

  /** In the order in which they are to be asked; none when the host has none. */
  public List<InetSocketAddress> now() {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      Seen last = seen;
      if (last.stillHolds(attributes)) {
        return last.servers();
      }
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      List<InetSocketAddress> servers = parse(ResolverFile.parse(text).nameServers());
      seen =
          new Seen(attributes.fileKey(), attributes.lastModifiedTime(), attributes.size(), servers);
      return servers;
    } catch (IOException e) {
      LOG.debug("{} cannot be read", file, e);
      return List.of();
    }
  }

  /** Addresses of servers as a {@code resolv.conf} has them; what is no address is left out. */
  public static List<InetSocketAddress> parse(List<String> servers) {
    return servers.stream().flatMap(server -> address(server).stream()).toList();
  }

  private static Optional<InetSocketAddress> address(String server) {
    try {
      return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(server), PORT));
    } catch (IllegalArgumentException e) {
      LOG.debug("{} is no address of a name server", server, e);
      return Optional.empty();
    }
  }
}
