package dev.flota.engine.network.dns;

import dev.flota.engine.EngineException;
import dev.flota.engine.network.Ipv4;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Answers containers' questions for names, by UDP and TCP, on addresses that come and go. What
 * {@link NameSource} knows is answered at once by the thread that received the question; for
 * everything else a virtual thread waits for an upstream server. Thread-safe.
 */
public final class NameServer implements AutoCloseable {
  /** Where name servers are expected. */
  public static final int PORT = 53;

  private final int port;
  private final Limits limits;
  private final Responder responder;
  private final Quota connections;
  private final ExecutorService executor =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("dns-", 0).factory());
  private final Map<Ipv4, Listener> listeners = new ConcurrentHashMap<>();

  /** Listens nowhere yet. */
  public NameServer(NameSource names, Clients clients, int port, Limits limits) {
    this.port = port;
    this.limits = limits;
    this.responder = new Responder(names, clients, limits, this::isOurselves);
    this.connections = new Quota(limits.connectionsPerClient(), limits.connections());
  }

  private boolean isOurselves(InetSocketAddress server) {
    return server.getPort() == port
        && listeners.keySet().stream()
            .anyMatch(address -> inetAddress(address).equals(server.getAddress()));
  }

  /**
   * Listens on an address of this host; harmless when it does.
   *
   * @throws EngineException the address is taken or not there, or this is closed
   */
  public synchronized void listen(Ipv4 address) {
    if (executor.isShutdown()) {
      throw EngineException.system("the name server is closed");
    }
    if (!listeners.containsKey(address)) {
      Listener listener =
          new Listener(
              new InetSocketAddress(inetAddress(address), port),
              responder,
              executor,
              connections,
              (int) limits.idle().toMillis());
      listeners.put(address, listener);
      listener.start();
    }
  }

  /**
   * Listens on an address no more; harmless when it does not. The port is free when it returns. Not
   * to be called by {@link NameSource} or {@link Clients}.
   */
  public synchronized void ignore(Ipv4 address) {
    Listener listener = listeners.remove(address);
    if (listener != null) {
      listener.close();
    }
  }

  /** Where it listens. */
  public Set<Ipv4> listening() {
    return Set.copyOf(listeners.keySet());
  }

  private static InetAddress inetAddress(Ipv4 address) {
    try {
      return InetAddress.getByAddress(address.bytes());
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // never with four bytes
    }
  }

  /** Frees all ports; questions under way get no answer. */
  @Override
  public void close() {
    synchronized (this) {
      listeners.values().forEach(Listener::close);
      listeners.clear();
      executor.shutdownNow();
    }
    executor.close();
  }
}
