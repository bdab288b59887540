package dev.flota.engine.runtime;

import dev.flota.engine.EngineException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * How criu sends memory to criu on another host: TCP with mutual TLS, {@code --page-server} and
 * {@code --tls} in {@code man 8 criu}. It outlives the daemon on either side.
 *
 * @param address of this host, where the others reach it
 * @param authority certificate (PEM) by which the other side is judged
 * @param certificate of this host (PEM)
 * @param key of it (PEM, as SEC1 writes it)
 */
public record PageTransport(String address, Path authority, Path certificate, Path key) {

  /** A place where memory is to be had, or to be brought. */
  public record Place(String address, int port) {}

  /** A free place on this host; free until somebody takes it. */
  Place free() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
      return new Place(address, socket.getLocalPort());
    } catch (IOException e) {
      throw EngineException.system("no port is free at " + address + ": " + e.getMessage(), e);
    }
  }

  /** Of one that is asked; criu would look for its own address in the other side's certificate. */
  List<String> serving(Place place) {
    List<String> options = new ArrayList<>(asking(place));
    options.add("--tls-no-cn-verify");
    return options;
  }

  /** Of one that asks, and takes only the host at that address for an answer. */
  List<String> asking(Place place) {
    return List.of(
        "--address",
        place.address(),
        "--port",
        Integer.toString(place.port()),
        "--tls",
        "--tls-cacert",
        authority.toString(),
        "--tls-cert",
        certificate.toString(),
        "--tls-key",
        key.toString());
  }
}
