package dev.flota.cluster.directory;

import dev.flota.cluster.membership.HostState;
import dev.flota.engine.EngineException;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.network.HostNameServers;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.NetworkListener;
import dev.flota.engine.network.Networks;
import dev.flota.engine.network.dns.Limits;
import dev.flota.engine.network.dns.NameServer;
import dev.flota.engine.spec.ContainerRecord;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers the containers of this host's networks for the names of all containers of the fleet, on
 * the gateway of each network while it is on this host. Where something else has its port, it is
 * tried again until it is free: containers run meanwhile.
 */
public final class NameService implements NetworkListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NameService.class);
  private static final int RETRY_SECONDS = 5;

  private final Directory directory;
  private final ContainerNaming naming;
  private final NameServer server;
  private final Set<Ipv4> wanted = new HashSet<>();
  private final Set<Ipv4> failed = new HashSet<>();
  private final ScheduledExecutorService retries =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("dns-retry").factory());

  private NameService(Directory directory) {
    this.directory = directory;
    naming =
        new ContainerNaming(
            host -> directory.state(host) == HostState.READY, new HostNameServers()::now);
    server = new NameServer(naming, naming, Networks.NAME_SERVER_PORT, Limits.STANDARD);
  }

  /** Answers from now on. */
  public static NameService open(Directory directory, ContainerIndex own, Networks networks) {
    NameService service = new NameService(directory);
    own.subscribe(service.new OwnContainers());
    directory.subscribe(service.new OtherContainers());
    directory.all().forEach(record -> service.refresh(record.id()));
    networks.watch(service);
    var _ =
        service.retries.scheduleWithFixedDelay(
            service::retry, RETRY_SECONDS, RETRY_SECONDS, TimeUnit.SECONDS);
    return service;
  }

  private final class OwnContainers implements ContainerIndex.Listener {
    @Override
    public void changed(ContainerRecord record) {
      refresh(record.id());
    }

    @Override
    public void removed(ContainerRecord record) {
      refresh(record.id());
    }
  }

  private final class OtherContainers implements Directory.Listener {
    @Override
    public void changed(Placed container) {
      refresh(container.record().id());
    }

    @Override
    public void gone(Placed container) {
      refresh(container.record().id());
    }
  }

  /** What is told may come in another order than it happened; what is looked up is the latest. */
  private void refresh(String containerId) {
    synchronized (naming) {
      naming.put(containerId, directory.byId(containerId));
    }
  }

  @Override
  public synchronized void opened(NetworkDefinition network) {
    naming.opened(network);
    wanted.add(network.gatewayAddress());
    listen(network.gatewayAddress());
  }

  @Override
  public synchronized void closed(NetworkDefinition network) {
    naming.closed(network);
    Ipv4 gateway = network.gatewayAddress();
    wanted.remove(gateway);
    failed.remove(gateway);
    server.ignore(gateway);
  }

  private synchronized void retry() {
    wanted.forEach(this::listen);
  }

  private void listen(Ipv4 gateway) {
    try {
      server.listen(gateway);
      if (failed.remove(gateway)) {
        LOG.info("names are answered on {} now", gateway);
      }
    } catch (EngineException e) {
      if (failed.add(gateway)) {
        LOG.warn("containers find no names at {}: {}; to be tried again", gateway, e.text());
      }
    }
  }

  /** Answers no more; containers keep running. */
  @Override
  public void close() {
    retries.shutdownNow();
    server.close();
  }
}
