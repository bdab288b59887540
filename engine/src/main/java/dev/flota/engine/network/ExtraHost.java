package dev.flota.engine.network;

import dev.flota.engine.EngineException;

/**
 * {@code --add-host NAME:IP}, also with an equals sign.
 *
 * @param address IPv4 or IPv6 (only a line in a file), or {@code host-gateway}
 */
record ExtraHost(String name, String address) {
  private static final String HOST_GATEWAY = "host-gateway";

  /** Reads one in Docker's form. */
  static ExtraHost parse(String text) {
    int separator = text.indexOf('=') < 0 ? text.indexOf(':') : text.indexOf('=');
    if (separator <= 0) {
      throw EngineException.invalid("bad format for add-host: \"" + text + "\"");
    }
    String address = text.substring(separator + 1);
    if (address.startsWith("[") && address.endsWith("]")) {
      address = address.substring(1, address.length() - 1);
    }
    if (!address.equals(HOST_GATEWAY) && !isAddress(address)) {
      throw EngineException.invalid("invalid IP address in add-host: \"" + address + "\"");
    }
    return new ExtraHost(text.substring(0, separator), address);
  }

  private static boolean isAddress(String text) {
    return Ipv4.parse(text).isPresent() || Ipv6Text.isAddress(text);
  }

  /** The line of {@code /etc/hosts}. */
  String line(Ipv4 gateway) {
    return (address.equals(HOST_GATEWAY) ? gateway.toString() : address) + "\t" + name + "\n";
  }
}
