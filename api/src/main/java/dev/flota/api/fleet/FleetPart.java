package dev.flota.api.fleet;

import akka.actor.setup.ActorSystemSetup;
import akka.stream.Materializer;
import dev.flota.api.config.DaemonSettings;
import dev.flota.api.http.HttpServer;
import dev.flota.api.http.PeerClient;
import dev.flota.api.tls.FleetKeys;
import dev.flota.cluster.custody.Custodian;
import dev.flota.cluster.custody.Lead;
import dev.flota.cluster.custody.LeaseKeeper;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.fence.FenceFiles;
import dev.flota.cluster.host.FleetMember;
import dev.flota.cluster.host.Registries;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.LedgerVolumes;
import dev.flota.cluster.ledger.VolumeEntry;
import dev.flota.cluster.ledger.raft.Peer;
import dev.flota.cluster.ledger.raft.RaftLedger;
import dev.flota.cluster.ledger.raft.RaftLedgerSettings;
import dev.flota.cluster.membership.FleetActors;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.cluster.membership.MembershipActor;
import dev.flota.cluster.network.FleetNetworking;
import dev.flota.cluster.placement.Placement;
import dev.flota.cluster.placement.Strategy;
import dev.flota.cluster.teleport.Moves;
import dev.flota.engine.EngineException;
import dev.flota.engine.image.Digest;
import dev.flota.engine.image.LayerStream;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.network.Networks;
import dev.flota.engine.network.PredefinedNetworks;
import dev.flota.engine.runtime.ContainerPaths;
import dev.flota.engine.runtime.ContainerRuntime;
import dev.flota.engine.volume.VolumeInfo;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This host's part in its fleet: who it is, its keys, its replica of the ledger. */
public final class FleetPart implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FleetPart.class);

  /** A daemon that is ended on purpose is expected back in this time. */
  private static final Duration ABSENCE = Duration.ofMinutes(2);

  /** What a fencer may need to wake up and to end a host's containers. */
  private static final Duration FENCING_WITHIN = Duration.ofSeconds(3);

  private final HostIdentity identity;
  private final FleetKeys keys;
  private final RaftLedger ledger;
  private final PeerClient peers;
  private final DaemonSettings settings;
  private final Materializer materializer;
  private final FleetNetworking networking;
  private final Custodian custodian;

  /** Outlives the actors: what they move goes on while others take their place. */
  private final Moves moves = new Moves();

  private final LedgerVolumes volumes;
  private final LayerClaims layerClaims = new LayerClaims();

  /** Null until the engine is open. */
  private final AtomicReference<@Nullable Directory> directory = new AtomicReference<>();

  private FleetPart(
      HostIdentity identity,
      FleetKeys keys,
      RaftLedger ledger,
      PeerClient peers,
      DaemonSettings settings,
      Materializer materializer) {
    this.materializer = materializer;
    this.identity = identity;
    this.keys = keys;
    this.ledger = ledger;
    this.peers = peers;
    this.settings = settings;
    volumes = new LedgerVolumes(ledger, identity.hostId());
    networking = FleetNetworking.open(ledger, place(identity, settings));
    custodian = custodian(identity, ledger, settings);
    custodian.start();
  }

  private static Custodian custodian(
      HostIdentity identity, RaftLedger ledger, DaemonSettings settings) {
    FenceFiles fence = fence(settings);
    LeaseKeeper.Terms terms =
        new LeaseKeeper.Terms(settings.fleet().lease(), ABSENCE, FENCING_WITHIN);
    return new Custodian(
        ledger,
        identity.hostId(),
        fence,
        new LeaseKeeper(ledger, identity.hostId(), fence, terms, ContainerRuntime::end),
        new ContainerPaths(settings.engine())::cgroup,
        settings.fleet().reschedule());
  }

  static FenceFiles fence(DaemonSettings settings) {
    return FenceFiles.in(settings.engine().runDir());
  }

  private static FleetNetworking.Place place(HostIdentity identity, DaemonSettings settings) {
    return new FleetNetworking.Place(
        identity.hostId(),
        Ipv4.parse(identity.address())
            .orElseThrow(() -> EngineException.invalid(identity.address() + " is no IPv4 address")),
        settings.fleet().vxlanPort(),
        settings.engine().bridge().mtu(),
        networkNotes(settings),
        PredefinedNetworks.defaultNetwork(settings.engine().bridge(), Instant.EPOCH));
  }

  /** Opened; empty when this host belongs to no fleet. */
  public static Optional<FleetPart> open(DaemonSettings settings, HttpServer server) {
    return new IdentityFile(directory(settings))
        .read()
        .map(
            identity -> {
              FleetKeys keys = keys(settings);
              FleetKeys.Proof proof = keys.proof();
              return new FleetPart(
                  identity,
                  keys,
                  RaftLedger.open(ledger(settings, identity, proof)),
                  server.peerClient(proof.tls()),
                  settings,
                  server.materializer());
            });
  }

  static Path directory(DaemonSettings settings) {
    return settings.engine().stateDir().resolve("cluster");
  }

  static FleetKeys keys(DaemonSettings settings) {
    return new FleetKeys(directory(settings), Clock.systemUTC());
  }

  static Path ledgerDirectory(DaemonSettings settings) {
    return settings.engine().stateDir().resolve("ledger");
  }

  static Path networkNotes(DaemonSettings settings) {
    return directory(settings).resolve("networks.json");
  }

  static RaftLedgerSettings ledger(
      DaemonSettings settings, HostIdentity identity, FleetKeys.Proof proof) {
    return RaftLedgerSettings.of(
        identity.fleetId(),
        new Peer(identity.hostId(), identity.address(), identity.ports().ledger()),
        ledgerDirectory(settings),
        new RaftLedgerSettings.Identity(proof.key(), proof.certificate(), proof.authority()),
        RaftLedgerSettings.Timing.of(settings.fleet().election()));
  }

  /** Who this host is. */
  public HostIdentity identity() {
    return identity;
  }

  /** Its keys. */
  public FleetKeys keys() {
    return keys;
  }

  /** What the whole fleet has decided. */
  public RaftLedger ledger() {
    return ledger;
  }

  /** How the other daemons are reached. */
  public PeerClient peers() {
    return peers;
  }

  /** What this host's ActorSystem is made with. */
  public ActorSystemSetup actors() {
    return new FleetActors(
            identity,
            keys.directory(),
            settings.fleet().downing(),
            settings.fleet().stableAfter(),
            settings.fleet().silence(),
            new LedgerFellows(ledger)::isGone)
        .setup();
  }

  /** Who decides what is the same on all hosts. */
  public Registries registries() {
    return new Registries(
        networking.registry(),
        networking.wire(),
        custodian,
        volumes,
        this::open,
        Map.of("node.name", identity.name()));
  }

  private Optional<LayerStream> open(Digest diffId, Set<String> without)
      throws InterruptedIOException {
    Directory known = directory.get();
    return known == null ? Optional.empty() : layers(known).open(diffId, without);
  }

  private PeerLayers layers(Directory known) {
    return new PeerLayers(peers, known, layerClaims, materializer);
  }

  /** Which host brings which layer, as far as this host keeps the claims. */
  LayerClaims layerClaims() {
    return layerClaims;
  }

  /** Once the engine is open: its networks and volumes follow the fleet from now on. */
  public void follow(Networks networks, Supplier<List<VolumeInfo>> here, Directory containers) {
    directory.set(containers);
    networking.follow(networks, containers, () -> volumes.settle(here));
    Runnable _ = containers.onReturn(ledger::reconnect); // for as long as both last
  }

  /** Before the engine is closed: its networks stay as they are. */
  public void unfollow() {
    networking.close();
  }

  /** See {@link FleetNetworking#standAlone}. */
  List<NetworkDefinition> standAlone() {
    return networking.standAlone();
  }

  /** What the actors need to know. */
  public FleetMember member(Directory directory, long run, String version) {
    return new FleetMember(
        identity,
        run,
        version,
        directory,
        new LedgerFellows(ledger),
        new Placement(Strategy.parse(settings.fleet().placement())),
        this::isDrained,
        layers(directory),
        custodian,
        new LedgerLead(ledger, identity.hostId()),
        moves,
        keys.pageTransport(identity.address()),
        host -> new PeerDestination(peers, directory, materializer, host));
  }

  private record LedgerLead(RaftLedger ledger, String hostId) implements Lead {
    @Override
    public boolean here() {
      return ledger.leader().equals(Optional.of(hostId));
    }

    @Override
    public void rebalance(Set<String> living) {
      var _ =
          ledger
              .rebalance(living)
              .whenComplete(
                  (members, failure) -> {
                    if (failure != null) {
                      LOG.warn("the ledger's voters stay as they are for now", failure);
                    }
                  });
    }
  }

  private boolean isDrained(String hostId) {
    return ledger
        .state()
        .hosts()
        .byId(hostId)
        .filter(host -> host.availability() == HostEntry.Availability.DRAIN)
        .isPresent();
  }

  private record LedgerFellows(RaftLedger ledger) implements MembershipActor.Fellows {
    @Override
    public Map<String, String> addresses() {
      return ledger.state().hosts().all().stream()
          .collect(Collectors.toMap(HostEntry::id, HostEntry::address));
    }

    @Override
    public Map<String, String> names() {
      return ledger.state().hosts().all().stream()
          .collect(Collectors.toMap(HostEntry::id, HostEntry::name));
    }

    @Override
    public boolean isGone(String hostId) {
      return ledger.state().hosts().gone().contains(hostId);
    }

    @Override
    public Optional<String> leader() {
      return ledger.leader();
    }

    @Override
    public Map<String, String> labels(String hostId) {
      return ledger.state().hosts().byId(hostId).map(HostEntry::labels).orElse(Map.of());
    }

    @Override
    public Map<String, String> volumes() {
      return ledger.state().volumes().all().stream()
          .collect(Collectors.toMap(VolumeEntry::name, VolumeEntry::hostId));
    }
  }

  /** Ends it; this host stays a member. */
  @Override
  public void close() {
    custodian.close();
    ledger.close();
  }
}
