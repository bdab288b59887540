package dev.flota.engine.linux;

import java.util.List;

/**
 * The sockets of a network, by protocol and version of IP, as {@code /proc/PID/net/tcp} and its
 * like tell of them: proc_pid_net(5).
 */
public record SocketTable(List<Entry> entries) {
  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int STATE = 3;
  private static final int INODE = 9;
  private static final int HEXADECIMAL = 16;

  private static final String LISTENING = "0A";

  /**
   * A socket.
   *
   * @param remotePort 0 for one that is not connected
   * @param inode by which a descriptor's link names it
   */
  public record Entry(int localPort, int remotePort, boolean listening, String inode) {
    private static Entry of(String[] words) {
      return new Entry(
          port(words[LOCAL]), port(words[REMOTE]), words[STATE].equals(LISTENING), words[INODE]);
    }

    /** Of an address as {@code 0100007F:0016}. */
    private static int port(String address) {
      return Integer.parseInt(address.substring(address.indexOf(':') + 1), HEXADECIMAL);
    }
  }

  /** By its lines, the first of which has titles. */
  public static SocketTable parse(List<String> lines) {
    return new SocketTable(
        lines.stream()
            .skip(1)
            .map(line -> line.strip().split("\\s+", -1))
            .filter(words -> words.length > INODE)
            .map(Entry::of)
            .toList());
  }
}
