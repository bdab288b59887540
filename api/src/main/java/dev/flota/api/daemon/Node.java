package dev.flota.api.daemon;

import akka.actor.BootstrapSetup;
import akka.actor.setup.ActorSystemSetup;
import akka.actor.typed.ActorSystem;
import com.typesafe.config.ConfigFactory;
import dev.flota.api.config.DaemonSettings;
import dev.flota.api.fleet.FleetPart;
import dev.flota.api.http.HttpServer;
import dev.flota.cluster.Fleet;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.directory.NameService;
import dev.flota.cluster.host.FleetMember;
import dev.flota.cluster.host.HostActor;
import dev.flota.cluster.host.LocalHost;
import dev.flota.cluster.ledger.ContainerBook;
import dev.flota.engine.linux.OwnConnections;
import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engine of this host with its actors and its part in a fleet, as far as it has one. When the
 * host joins or leaves a fleet another node takes its place, in the same process.
 */
final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  private final LocalHost host;
  private final NameService names;
  private final Optional<FleetPart> part;
  private final LastingActors<HostActor.Command> actors;
  private final AtomicReference<@Nullable Fleet> fleet = new AtomicReference<>();

  private Node(DaemonSettings settings, Version version, Optional<FleetPart> part) {
    this.part = part;
    host = LocalHost.open(settings.engine(), part.map(FleetPart::registries));
    Directory directory =
        new Directory(
            host.index(),
            part.map(member -> member.identity().hostId()).orElse(""),
            () ->
                part.map(member -> member.ledger().state().containers())
                    .orElse(ContainerBook.EMPTY));
    names = NameService.open(directory, host.index(), host.networks());
    part.ifPresent(here -> here.follow(host.networks(), host.volumes()::list, directory));
    ActorSystemSetup setup = part.map(FleetPart::actors).orElseGet(Node::actorsOfOneHost);
    @Nullable FleetMember member =
        part.map(here -> here.member(directory, System.currentTimeMillis(), version.version()))
            .orElse(null);
    actors =
        new LastingActors<>(
            () -> ActorSystem.create(HostActor.create(host, member), "flota", setup),
            system -> fleet.set(new Fleet(system, host, directory, member)),
            () -> part.ifPresent(Node::cutActorsLoose));
  }

  private static ActorSystemSetup actorsOfOneHost() {
    return ActorSystemSetup.create(BootstrapSetup.create(ConfigFactory.load("flota-actors")));
  }

  private static void cutActorsLoose(FleetPart member) {
    try {
      int ended = OwnConnections.end(member.identity().ports().actors());
      LOG.info("the actors do not end: {} connections to others were ended", ended);
    } catch (IOException e) {
      LOG.error("the connections that keep the actors from their end cannot be ended", e);
    }
  }

  /** Finds what is on this host, and to which fleet it belongs. */
  static Node open(DaemonSettings settings, Version version, HttpServer server) {
    Optional<FleetPart> part = FleetPart.open(settings, server);
    try {
      return new Node(settings, version, part);
    } catch (RuntimeException e) {
      part.ifPresent(FleetPart::close);
      throw e;
    }
  }

  Fleet fleet() {
    return Objects.requireNonNull(fleet.get(), "set before the constructor ends");
  }

  Optional<FleetPart> part() {
    return part;
  }

  /** Lets go of the containers, which run on. */
  @Override
  public void close() {
    try {
      actors.close();
      part.ifPresent(FleetPart::unfollow);
    } finally {
      try {
        names.close();
        host.close();
      } finally {
        part.ifPresent(FleetPart::close);
      }
    }
  }
}
