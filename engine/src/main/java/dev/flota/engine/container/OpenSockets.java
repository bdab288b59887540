package dev.flota.engine.container;

import dev.flota.engine.EngineException;
import dev.flota.engine.linux.SocketTable;
import dev.flota.engine.network.Detour;
import dev.flota.engine.network.Flow;
import dev.flota.engine.network.Protocol;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The sockets of a container's network, by {@code /proc/PID/net}: proc_pid_net(5).
 *
 * @param ends {@code PROTOCOL LOCAL-PORT REMOTE-PORT}, the remote one 0 for a socket that sends to
 *     many
 */
record OpenSockets(Set<String> ends) {
  /** Of the container with those processes; none when they have ended. */
  static OpenSockets of(Collection<Integer> processes) {
    Set<String> ends = new HashSet<>();
    for (Protocol protocol : List.of(Protocol.TCP, Protocol.UDP)) {
      for (String version : List.of("", "6")) {
        processes.stream()
            .findFirst()
            .map(process -> Path.of("/proc/" + process + "/net/" + protocol + version))
            .filter(Files::exists)
            .ifPresent(table -> ends.addAll(read(protocol, table)));
      }
    }
    return new OpenSockets(ends);
  }

  private static List<String> read(Protocol protocol, Path table) {
    try {
      return parse(protocol, Files.readAllLines(table, StandardCharsets.US_ASCII));
    } catch (IOException e) {
      throw EngineException.system("sockets cannot be looked at: " + e, e);
    }
  }

  static List<String> parse(Protocol protocol, List<String> lines) {
    return SocketTable.parse(lines).entries().stream()
        .map(socket -> end(protocol, socket.localPort(), socket.remotePort()))
        .toList();
  }

  private static String end(Protocol protocol, int local, int remote) {
    return "%s %d %d".formatted(protocol, local, remote);
  }

  /** Those that there is a socket for; of those of one flow the first. */
  List<Detour> carrying(List<Detour> detours) {
    Map<Flow, Detour> carried = new LinkedHashMap<>();
    for (Detour detour : detours) {
      if (carries(detour.flow())) {
        carried.putIfAbsent(detour.flow(), detour);
      }
    }
    return List.copyOf(carried.values());
  }

  private boolean carries(Flow flow) {
    return ends.contains(end(flow.protocol(), flow.fromPort(), flow.toPort()))
        || ends.contains(end(flow.protocol(), flow.fromPort(), 0));
  }
}
