package dev.flota.engine.network;

/** Recognises IPv6 addresses (RFC 4291, 2.2), which may stand in files though we route none. */
final class Ipv6Text {
  private static final int GROUPS = 8;

  private Ipv6Text() {}

  static boolean isAddress(String text) {
    String rest = text;
    int groups = 0;
    int lastColon = text.lastIndexOf(':');
    if (lastColon >= 0 && Ipv4.parse(text.substring(lastColon + 1)).isPresent()) {
      rest = text.substring(0, lastColon + 1) + "0";
      groups = 1; // the dotted part stands for two groups
    }
    int gap = rest.indexOf("::");
    if (gap < 0) {
      return groups + count(rest) == GROUPS && valid(rest);
    }
    String left = rest.substring(0, gap);
    String right = rest.substring(gap + 2);
    boolean parts = (left.isEmpty() || valid(left)) && (right.isEmpty() || valid(right));
    return parts && groups + count(left) + count(right) < GROUPS;
  }

  private static int count(String groups) {
    return groups.isEmpty() ? 0 : groups.split(":", -1).length;
  }

  private static boolean valid(String groups) {
    return groups.matches("[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4})*");
  }
}
