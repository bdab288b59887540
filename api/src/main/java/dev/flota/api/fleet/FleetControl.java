package dev.flota.api.fleet;

import static dev.flota.cluster.ledger.Submission.await;

import dev.flota.api.config.DaemonSettings;
import dev.flota.api.tls.FleetKeys;
import dev.flota.api.tls.StrangerTls;
import dev.flota.cluster.directory.Directory;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.ContainerEntry;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.Inventory;
import dev.flota.cluster.ledger.raft.RaftLedger;
import dev.flota.cluster.membership.HostIdentity;
import dev.flota.cluster.network.NetworkNotes;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import dev.flota.engine.linux.DirectoryTree;
import dev.flota.engine.network.Ipv4;
import dev.flota.engine.network.LocalNetworkRegistry;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.spec.ContainerRecord;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.security.SecureRandom;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Founds, joins and leaves fleets. One such change at a time; each may take seconds. */
public final class FleetControl {
  private static final Logger LOG = LoggerFactory.getLogger(FleetControl.class);
  private static final Duration ANSWER_WITHIN = Duration.ofSeconds(60);
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(20);
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final int READY_ATTEMPTS = 3;
  private static final int ID_BYTES = 32;
  private static final int HIGHEST_PORT = 65_535;

  private final DaemonSettings settings;
  private final String version;
  private final Runnable reopen;
  private final Supplier<Optional<FleetPart>> part;
  private final Supplier<Directory> directory;
  private final SecureRandom random = new SecureRandom();

  /**
   * The membership of this host.
   *
   * @param reopen closes the engine and opens it anew, in the fleet of which the files tell
   */
  public FleetControl(
      DaemonSettings settings,
      String version,
      Runnable reopen,
      Supplier<Optional<FleetPart>> part,
      Supplier<Directory> directory) {
    this.settings = settings;
    this.version = version;
    this.reopen = reopen;
    this.part = part;
    this.directory = directory;
  }

  /**
   * This host's part in its fleet.
   *
   * @throws EngineException UNAVAILABLE when it has none
   */
  FleetPart required() {
    return part.get()
        .orElseThrow(
            () ->
                new EngineException(
                    ErrorKind.UNAVAILABLE,
                    "this host belongs to no fleet: 'flota init' makes one, 'flota join' joins one"));
  }

  /** What lets others in. */
  Admission admission() {
    FleetPart member = required();
    return new Admission(
        member.identity(), member.keys(), member.ledger(), version, Clock.systemUTC());
  }

  // ---- the first host

  /**
   * Makes a fleet of this host alone; containers it has go on.
   *
   * @param address by which others will reach it, null to choose
   */
  synchronized HostIdentity init(@Nullable String address, Map<String, String> labels) {
    refuseInFleet();
    String reached = checked(address == null ? chosenAddress() : address);
    HostIdentity identity = identity(randomId(), randomId(), reached);
    FleetKeys keys = FleetPart.keys(settings);
    try {
      clear();
      keys.found(identity.hostId(), List.of(identity.address(), identity.name()));
      FleetKeys.Proof proof = keys.proof();
      List<NetworkDefinition> networks = new LocalNetworkRegistry(settings.engine()).networks();
      try (RaftLedger ledger =
          RaftLedger.found(
              FleetPart.ledger(settings, identity, proof),
              new Change.FoundCluster(identity.fleetId(), networks))) {
        await(
            ledger.submit(
                new Change.AddHost(
                    new HostEntry(
                        identity.hostId(),
                        identity.name(),
                        identity.address(),
                        Admission.fingerprint(proof.certificate().getPublicKey().getEncoded()),
                        labels,
                        HostEntry.Availability.ACTIVE))));
        for (ContainerRecord container : directory.get().all()) {
          Inventory.of(container, identity.hostId(), networks)
              .forEach(change -> await(ledger.submit(change)));
        }
      }
      NetworkNotes.alone(networks).write(FleetPart.networkNotes(settings));
      new IdentityFile(FleetPart.directory(settings)).write(identity);
    } catch (RuntimeException e) {
      clear();
      throw e;
    }
    try {
      reopen.run();
    } catch (RuntimeException e) {
      standAlone(e);
      throw e;
    }
    return identity;
  }

  // ---- the others

  /**
   * Joins the fleet of another host.
   *
   * @param remote HOST:PORT of any host of the fleet
   * @param address by which others will reach this host, null to choose
   */
  synchronized HostIdentity join(
      String tokenText, String remote, @Nullable String address, Map<String, String> labels) {
    refuseInFleet();
    JoinToken token = JoinToken.parse(tokenText);
    if (!directory.get().all().isEmpty()) {
      throw EngineException.conflict(
          "this host has containers, whose names and addresses may be taken in the fleet: remove them first, or make this host the first of the fleet by 'flota init'");
    }
    InetSocketAddress door = door(remote);
    String reached = checked(address == null ? addressTowards(door) : address);
    FleetKeys keys = FleetPart.keys(settings);
    clear();
    String hostId = randomId();
    byte[] key = keys.newKey();
    JoinAnswer answer;
    try {
      answer =
          ask(
              door,
              new JoinRequest(
                  token.toString(),
                  hostId,
                  settings.engine().hostName(),
                  reached,
                  Base64.getEncoder().encodeToString(key),
                  Instant.now(),
                  version,
                  labels),
              token);
    } catch (RuntimeException e) {
      clear();
      throw e;
    }
    try {
      keys.accept(
          new FleetKeys.Authority(answer.authority(), answer.authorityKey()), answer.certificate());
      HostIdentity identity = identity(answer.fleetId(), hostId, reached);
      new IdentityFile(FleetPart.directory(settings)).write(identity);
      reopen.run();
      connect(door, keys, hostId);
      return identity;
    } catch (RuntimeException e) {
      withdraw(door, keys, hostId, e);
      standAlone(e);
      throw e;
    }
  }

  /**
   * The fleet has let this host in, which cannot come after all: nothing of it is to stay there.
   */
  private void withdraw(
      InetSocketAddress door, FleetKeys keys, String hostId, RuntimeException cause) {
    try {
      SSLContext tls = keys.proof().tls().context();
      call(door, tls, "DELETE", "/fleet/hosts/" + hostId + "?force=1", new byte[0]);
    } catch (RuntimeException e) {
      LOG.warn(
          "the fleet still lists this host: 'flota hosts rm --force {}' on {} removes it",
          settings.engine().hostName(),
          door);
      cause.addSuppressed(e);
    }
  }

  /** The engine could not be opened in the fleet, or has to leave it again. */
  private void standAlone(RuntimeException cause) {
    try {
      new IdentityFile(FleetPart.directory(settings)).remove();
      reopen.run();
      clear();
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
    }
  }

  /**
   * The new replica listens now: the fleet may count it in. A fleet that is slow may have done so
   * though it has not said it, and then waits for this host: so this is tried until it is certain.
   */
  private void connect(InetSocketAddress door, FleetKeys keys, String hostId) {
    SSLContext tls = keys.proof().tls().context();
    for (int attempt = 1; ; attempt++) {
      try {
        call(door, tls, "POST", "/fleet/members/" + hostId + "/ready", new byte[0]);
        break;
      } catch (EngineException e) {
        if (attempt == READY_ATTEMPTS) {
          throw e;
        }
        LOG.warn("not counted in yet: {}", e.text());
      }
    }
    required().ledger().awaitReady(READY_WITHIN);
  }

  private JoinAnswer ask(InetSocketAddress door, JoinRequest request, JoinToken token) {
    try {
      return Json.PLAIN.readValue(
          call(
              door,
              StrangerTls.trusting(token.authorityDigest()),
              "POST",
              "/fleet/members",
              Json.PLAIN.writeValueAsBytes(request)),
          JoinAnswer.class);
    } catch (IOException e) {
      throw EngineException.system(
          "the answer of " + door + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static byte[] call(
      InetSocketAddress door, SSLContext tls, String method, String path, byte[] body) {
    String host = door.getHostString() + ":" + door.getPort();
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(tls).connectTimeout(CONNECT_WITHIN).build()) {
      HttpResponse<byte[]> answer =
          client.send(
              HttpRequest.newBuilder(URI.create("https://" + host + path))
                  .timeout(ANSWER_WITHIN)
                  .header("Content-Type", "application/json")
                  .method(method, HttpRequest.BodyPublishers.ofByteArray(body))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() >= 300) {
        throw new EngineException(ErrorKind.of(answer.statusCode()), message(answer.body()));
      }
      return answer.body();
    } catch (SSLHandshakeException e) {
      throw refusedByTls(host, e);
    } catch (IOException e) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          "%s cannot be reached: %s; is it the address of a host of the fleet, and the port its peer-port?"
              .formatted(host, e.getMessage() == null ? e.toString() : e.getMessage()),
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw EngineException.system("interrupted", e);
    }
  }

  private static EngineException refusedByTls(String host, SSLHandshakeException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof StrangerTls.ForeignFleetException) {
        return new EngineException(
            ErrorKind.UNAUTHORIZED,
            "token: it was issued by another fleet than that of %s; 'flota token create' there prints one"
                .formatted(host),
            failure);
      }
      if (cause instanceof CertificateNotYetValidException
          || cause instanceof CertificateExpiredException) {
        return new EngineException(
            ErrorKind.INVALID,
            "the certificate of %s is not valid at %s, this host's time: set the clock by a time server (timedatectl set-ntp true), then join again"
                .formatted(host, Instant.now()),
            failure);
      }
    }
    return new EngineException(
        ErrorKind.UNAVAILABLE, host + " refuses TLS: " + failure.getMessage(), failure);
  }

  private static String message(byte[] body) {
    try {
      return Json.DOCKER.readTree(body).path("message").asText();
    } catch (IOException e) {
      LOG.debug("an answer that is not JSON", e);
      return "the other host gives no reason";
    }
  }

  // ---- leaving

  /**
   * Leaves the fleet; what runs here goes on as on a host that stands alone.
   *
   * @param force also with containers, and also when the rest of the fleet cannot be asked
   */
  synchronized void leave(boolean force) {
    FleetPart member = required();
    String self = member.identity().hostId();
    try {
      if (member.ledger().state().hosts().all().size() > 1) {
        release(member, self, force);
      }
    } catch (EngineException e) {
      if (!force || e.kind() != ErrorKind.UNAVAILABLE) {
        throw e;
      }
      LOG.warn("the fleet is left without its knowledge: {}", e.text());
    }
    List<NetworkDefinition> kept = member.standAlone();
    LocalNetworkRegistry.replace(settings.engine(), kept);
    new IdentityFile(FleetPart.directory(settings)).remove();
    reopen.run();
    clear();
  }

  private static void release(FleetPart member, String self, boolean force) {
    for (ContainerEntry own : member.ledger().state().containers().ownedBy(self)) {
      if (!force) {
        throw EngineException.conflict(
            "this host has containers (%s, …): remove them, or leave with --force and keep them here"
                .formatted(own.name()));
      }
      await(member.ledger().submit(new Change.RemoveContainer(own.id(), own.epoch())));
    }
    await(member.ledger().submit(new Change.GiveBackAddresses(null, self)));
    if (member.ledger().state().hosts().byId(self).isPresent()) { // else an earlier try came so far
      await(member.ledger().submit(new Change.RemoveHost(self, false)));
    }
    await(member.ledger().remove(self, java.util.Set.of()));
  }

  // ---- parts

  private void refuseInFleet() {
    if (part.get().isPresent()) {
      throw EngineException.conflict(
          "this host belongs to a fleet already; 'flota leave' takes it out");
    }
  }

  private HostIdentity identity(String fleetId, String hostId, String address) {
    return new HostIdentity(
        fleetId, hostId, settings.engine().hostName(), address, settings.fleet().ports());
  }

  private String randomId() {
    byte[] id = new byte[ID_BYTES];
    random.nextBytes(id);
    return HexFormat.of().formatHex(id);
  }

  /** Removes what an earlier membership, or one that failed half-way, has left. */
  private void clear() {
    new IdentityFile(FleetPart.directory(settings)).remove();
    FleetPart.fence(settings).leave();
    try {
      DirectoryTree.delete(FleetPart.directory(settings));
      DirectoryTree.delete(FleetPart.ledgerDirectory(settings));
    } catch (IOException e) {
      throw EngineException.system(
          "cannot remove what an earlier fleet has left: " + e.getMessage(), e);
    }
  }

  /** An address at which this host can listen for others. */
  private String checked(String address) {
    Ipv4 given =
        Ipv4.parse(address)
            .orElseThrow(
                () -> EngineException.invalid("address: \"" + address + "\" is no IPv4 address"));
    try {
      InetAddress own = InetAddress.getByAddress(given.bytes());
      if (NetworkInterface.getByInetAddress(own) == null) {
        throw EngineException.invalid(
            "address: %s is none of this host's, which are %s".formatted(address, ownAddresses()));
      }
      HostIdentity.Ports ports = settings.fleet().ports();
      checkFree(own, "peer-port", ports.peer());
      checkFree(own, "actor-port", ports.actors());
      checkFree(own, "ledger-port", ports.ledger());
    } catch (UnknownHostException | SocketException e) {
      throw EngineException.system("cannot list this host's addresses: " + e.getMessage(), e);
    }
    return address;
  }

  private static void checkFree(InetAddress own, String setting, int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(own, port));
    } catch (IOException e) {
      throw new EngineException(
          ErrorKind.CONFLICT,
          "%s: this host cannot listen on %s:%d (%s): end what does, or set another port on all hosts"
              .formatted(setting, own.getHostAddress(), port, e.getMessage()),
          e);
    }
  }

  private String chosenAddress() {
    if (!settings.fleet().address().isEmpty()) {
      return settings.fleet().address();
    }
    List<String> own = ownAddresses();
    if (own.size() != 1) {
      throw EngineException.invalid(
          "address: this host has %s; say by which of them the others reach it: --address"
              .formatted(own.isEmpty() ? "no IPv4 address" : "the addresses " + own));
    }
    return own.getFirst();
  }

  private List<String> ownAddresses() {
    try {
      return NetworkInterface.networkInterfaces()
          .filter(device -> !device.getName().equals(settings.engine().bridge().device()))
          .filter(device -> !device.getName().startsWith("br-"))
          .flatMap(NetworkInterface::inetAddresses)
          .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
          .map(address -> address.getHostAddress())
          .sorted()
          .toList();
    } catch (SocketException e) {
      throw EngineException.system("cannot list this host's addresses: " + e.getMessage(), e);
    }
  }

  private static InetSocketAddress door(String remote) {
    int colon = remote.lastIndexOf(':');
    boolean port = colon > 0 && remote.substring(colon + 1).matches("[1-9][0-9]{0,4}");
    if (!port || Integer.parseInt(remote.substring(colon + 1)) > HIGHEST_PORT) {
      throw EngineException.invalid(
          "remote: \"" + remote + "\" is no address; give HOST:PORT of a host of the fleet");
    }
    InetSocketAddress door =
        new InetSocketAddress(
            remote.substring(0, colon), Integer.parseInt(remote.substring(colon + 1)));
    if (door.isUnresolved()) {
      throw EngineException.invalid("remote: the name in \"" + remote + "\" is unknown");
    }
    return door;
  }

  private String addressTowards(InetSocketAddress door) {
    if (!settings.fleet().address().isEmpty()) {
      return settings.fleet().address();
    }
    try (Socket probe = new Socket()) {
      probe.connect(door, (int) CONNECT_WITHIN.toMillis());
      return probe.getLocalAddress().getHostAddress();
    } catch (IOException e) {
      throw new EngineException(
          ErrorKind.UNAVAILABLE,
          "%s:%d cannot be reached: %s"
              .formatted(door.getHostString(), door.getPort(), e.getMessage()),
          e);
    }
  }
}
