package dev.flota.cluster.ledger;

import dev.flota.cluster.Outcome;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.EndpointRecord;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole ledger at one moment; immutable, so any thread may read it as long as it likes.
 *
 * <p>{@link #apply} is the only way on. It depends on nothing but the state and the change, so that
 * replicas that apply the same changes in the same order are equal.
 *
 * @param clusterId empty before the fleet was founded
 */
public record LedgerState(
    String clusterId,
    HostBook hosts,
    TokenBook tokens,
    ContainerBook containers,
    NetworkBook networks,
    PortBook ports,
    VolumeBook volumes,
    ImageBook images) {

  private static final Logger LOG = LoggerFactory.getLogger(LedgerState.class);

  /** Before the first change. */
  public static final LedgerState EMPTY =
      new LedgerState(
          "",
          HostBook.EMPTY,
          TokenBook.EMPTY,
          ContainerBook.EMPTY,
          NetworkBook.EMPTY,
          PortBook.EMPTY,
          VolumeBook.EMPTY,
          ImageBook.EMPTY);

  private record Step(LedgerState state, Answer answer) {}

  /** The state after the change, and what it gave. */
  public Applied apply(Change<?> change) {
    try {
      Step step = step(change);
      return new Applied(step.state(), change, Outcome.ok(step.answer()));
    } catch (EngineException e) {
      return new Applied(this, change, new Outcome.Refused<>(e.kind(), e.text()));
    } catch (RuntimeException e) {
      // A fault strikes all replicas alike; thrown on, it would end them all, again at each start.
      LOG.error("The ledger cannot apply {}", change, e);
      return new Applied(this, change, new Outcome.Refused<>(ErrorKind.SYSTEM, e.toString()));
    }
  }

  private Step step(Change<?> change) {
    return switch (change) {
      case Change.AllOf all -> allOf(all);
      case Change.FoundCluster found -> done(found(found));
      case Change.AddHost add -> done(withHosts(hosts.add(add.host())));
      case Change.ChangeHost changed -> done(withHosts(hosts.change(changed)));
      case Change.RemoveHost remove -> done(removeHost(remove));
      case Change.IssueToken issue -> done(withTokens(tokens.issue(issue)));
      case Change.RevokeToken revoke -> done(withTokens(tokens.revoke(revoke.hash())));
      case Change.RedeemToken redeem ->
          done(withTokens(tokens.redeem(redeem.hash(), redeem.now(), redeem.hostId())));
      case Change.RenewLease renew -> renew(renew);
      case Change.TakeOver takeOver -> takeOver(takeOver);
      case Change.Move move -> move(move);
      case Change.SettleMove settle -> done(settle(settle));
      case Change.ReturnMove back -> {
        ContainerEntry moving = moving(back.containerId(), back.epoch());
        yield own(moving, String.valueOf(moving.movedFrom()));
      }
      case Change.Recall recall -> recall(recall);
      case Change.CreateContainer create -> create(create);
      case Change.UpdateContainer update -> done(withContainers(update(update)));
      case Change.RenameContainer rename ->
          done(withContainers(containers.rename(rename.id(), rename.name())));
      case Change.RemoveContainer remove -> done(remove(remove));
      case Change.CreateNetwork create -> createNetwork(create);
      case Change.RemoveNetwork remove ->
          done(withNetworks(networks.remove(remove.id(), hosts, containers)));
      case Change.TakeAddress take -> takeAddress(take.ownerId(), take.wish());
      case Change.GiveBackAddresses give ->
          done(withNetworks(networks.giveBack(give.networkId(), give.ownerId())));
      case Change.TakePorts take -> takePorts(take);
      case Change.ReleasePorts release -> done(withPorts(ports.release(release.containerId())));
      case Change.CreateVolume create -> createVolume(create.volume());
      case Change.RemoveVolume remove -> done(withVolumes(volumes.remove(remove.name())));
      case Change.TagImage tag -> done(withImages(images.tag(tag.image())));
      case Change.UntagImage untag -> done(withImages(images.untag(untag.reference())));
    };
  }

  private static Step done(LedgerState next) {
    return new Step(next, new Answer.Done());
  }

  private Step allOf(Change.AllOf all) {
    LedgerState next = this;
    List<Answer> answers = new ArrayList<>();
    for (Change<?> change : all.changes()) {
      Step step = next.step(change);
      next = step.state();
      answers.add(step.answer());
    }
    return new Step(next, new Answer.Answers(List.copyOf(answers)));
  }

  private LedgerState found(Change.FoundCluster found) {
    if (clusterId.equals(found.clusterId())) {
      return this;
    }
    if (!clusterId.isEmpty()) {
      throw EngineException.conflict("this ledger is of fleet " + clusterId + " already");
    }
    return new LedgerState(
        found.clusterId(),
        hosts,
        tokens,
        containers,
        networks.found(found),
        ports,
        volumes,
        images);
  }

  private LedgerState removeHost(Change.RemoveHost remove) {
    HostEntry host = hosts.require(remove.hostId());
    int owned = containers.ownedBy(host.id()).size();
    if (owned > 0 && !remove.forced()) {
      throw EngineException.conflict(
          "host %s still has %d containers: drain it first, or force its removal"
              .formatted(host.name(), owned));
    }
    return withHosts(hosts.remove(host.id(), owned > 0))
        .withNetworks(networks.giveBack(null, host.id()))
        .withVolumes(volumes.withoutHost(host.id()));
  }

  private Step renew(Change.RenewLease renew) {
    HostBook renewed = hosts.renew(renew.hostId(), renew.incarnation(), renew.millis());
    return new Step(
        withHosts(renewed), new Answer.Renewed(renewed.lease(renew.hostId()).renewal()));
  }

  private Step move(Change.Move move) {
    ContainerEntry container = containers.require(move.containerId(), move.expectedEpoch(), hosts);
    refuseMoving(container);
    hosts.require(move.toHost());
    if (container.ownerHostId().equals(move.toHost())) {
      throw EngineException.conflict(
          "container %s is on %s already"
              .formatted(container.name(), hosts.nameOf(container.ownerHostId())));
    }
    ContainerEntry moved = container.movedTo(move.toHost());
    return new Step(withContainers(containers.put(moved)), new Answer.Epoch(moved.epoch()));
  }

  private LedgerState settle(Change.SettleMove settle) {
    ContainerEntry moving = moving(settle.containerId(), settle.epoch());
    return withContainers(containers.put(moving.settled())).withVolumes(volumes.movedWith(moving));
  }

  private Step recall(Change.Recall recall) {
    ContainerEntry container = containers.require(recall.containerId(), recall.epoch(), hosts);
    refuseMoving(container);
    requireOwner(container, recall.hostId());
    return own(container, container.ownerHostId());
  }

  private void requireOwner(ContainerEntry container, String hostId) {
    if (!container.ownerHostId().equals(hostId)) {
      throw EngineException.conflict(
          "container %s is %s's"
              .formatted(container.name(), hosts.nameOf(container.ownerHostId())));
    }
  }

  private void refuseMoving(ContainerEntry container) {
    String from = container.movedFrom();
    if (from != null) {
      throw EngineException.conflict(
          "container %s is on its way from %s to %s"
              .formatted(
                  container.name(), hosts.nameOf(from), hosts.nameOf(container.ownerHostId())));
    }
  }

  private ContainerEntry moving(String id, long epoch) {
    ContainerEntry container = containers.require(id, epoch, hosts);
    if (!container.isMoving()) {
      throw EngineException.conflict("container " + container.name() + " is not being moved");
    }
    return container;
  }

  private Step takeOver(Change.TakeOver wish) {
    ContainerEntry container = containers.require(wish.containerId(), wish.expectedEpoch(), hosts);
    requireOwner(container, wish.fromHost());
    if (container.isMoving() && !container.isMovedFrom(wish.toHost())) {
      refuseMoving(container);
    }
    if (!container.isMoving() && !container.isPromised()) {
      throw EngineException.conflict(
          "container %s stays with %s: nothing ends it there"
              .formatted(container.name(), hosts.nameOf(wish.fromHost())));
    }
    if (hosts.lease(wish.fromHost()).renewal() != wish.expectedRenewal()) {
      throw EngineException.conflict(
          "host %s lives: its lease was renewed".formatted(hosts.nameOf(wish.fromHost())));
    }
    return own(container, wish.toHost());
  }

  private Step own(ContainerEntry container, String host) {
    hosts.require(host);
    ContainerEntry owned = container.ownedBy(host);
    return new Step(withContainers(containers.put(owned)), new Answer.Epoch(owned.epoch()));
  }

  private Step create(Change.CreateContainer create) {
    hosts.require(create.ownerHostId());
    LedgerState next =
        containers.byId(create.id()).filter(existing -> repeats(create, existing)).isPresent()
            ? this
            : enter(create);
    return new Step(
        next,
        new Answer.Created(
            next.containers.require(create.id()), next.addressesOf(create.id(), create)));
  }

  private static boolean repeats(Change.CreateContainer create, ContainerEntry existing) {
    return existing.name().equals(create.name())
        && existing.ownerHostId().equals(create.ownerHostId())
        && existing.epoch() == 1;
  }

  private LedgerState enter(Change.CreateContainer create) {
    NetworkBook taken = networks;
    for (AddressWish wish : create.addresses()) {
      taken = taken.take(create.id(), wish, false);
    }
    LedgerState addressed = withNetworks(taken);
    ContainerRecord record = addressed.addressed(create.record(), create);
    return addressed.withContainers(
        containers.create(
            new ContainerEntry(
                create.id(),
                create.name(),
                create.ownerHostId(),
                1,
                record.withName(create.name()))));
  }

  private List<Answer.AddressTaken> addressesOf(String id, Change.CreateContainer create) {
    return create.addresses().stream()
        .flatMap(wish -> networks.answer(id, wish.networkId()).stream())
        .toList();
  }

  private ContainerRecord addressed(ContainerRecord record, Change.CreateContainer create) {
    List<Answer.AddressTaken> taken = addressesOf(create.id(), create);
    return record.withEndpoints(
        record.endpoints().stream().map(endpoint -> addressed(endpoint, taken)).toList());
  }

  private static EndpointRecord addressed(
      EndpointRecord endpoint, List<Answer.AddressTaken> taken) {
    return taken.stream()
        .filter(address -> address.networkId().equals(endpoint.networkId()))
        .findFirst()
        .map(
            address ->
                new EndpointRecord(
                    endpoint.network(),
                    endpoint.networkId(),
                    endpoint.endpointId(),
                    address.address(),
                    address.prefixLength(),
                    address.gateway(),
                    address.mac(),
                    endpoint.aliases(),
                    endpoint.published(),
                    endpoint.slot(),
                    endpoint.driver(),
                    endpoint.internal(),
                    endpoint.wish()))
        .orElse(endpoint);
  }

  private ContainerBook update(Change.UpdateContainer update) {
    ContainerEntry container = containers.require(update.id(), update.epoch(), hosts);
    return containers.put(container.with(update.record()));
  }

  private LedgerState remove(Change.RemoveContainer remove) {
    ContainerEntry container = containers.require(remove.id(), remove.epoch(), hosts);
    refuseMoving(container);
    return withContainers(containers.remove(container))
        .withNetworks(networks.giveBack(null, container.id()))
        .withPorts(ports.release(container.id()));
  }

  private Step createNetwork(Change.CreateNetwork create) {
    NetworkBook created = networks.create(create);
    return new Step(
        withNetworks(created), new Answer.NetworkCreated(created.require(create.wish().id())));
  }

  private Step takeAddress(String ownerId, AddressWish wish) {
    NetworkBook taken = networks.take(ownerId, wish, hosts.byId(ownerId).isPresent());
    return new Step(withNetworks(taken), taken.answer(ownerId, wish.networkId()).orElseThrow());
  }

  private Step takePorts(Change.TakePorts take) {
    containers.require(take.containerId());
    PortBook taken = ports.take(take.containerId(), take.claims(), take.unusable());
    return new Step(withPorts(taken), new Answer.PortsTaken(taken.of(take.containerId())));
  }

  private Step createVolume(VolumeEntry volume) {
    boolean created = volumes.byName(volume.name()).isEmpty();
    VolumeBook next = volumes.create(volume);
    return new Step(
        withVolumes(next), new Answer.VolumeAt(next.byName(volume.name()).orElseThrow(), created));
  }

  private LedgerState withHosts(HostBook next) {
    return new LedgerState(clusterId, next, tokens, containers, networks, ports, volumes, images);
  }

  private LedgerState withTokens(TokenBook next) {
    return new LedgerState(clusterId, hosts, next, containers, networks, ports, volumes, images);
  }

  private LedgerState withContainers(ContainerBook next) {
    return new LedgerState(clusterId, hosts, tokens, next, networks, ports, volumes, images);
  }

  private LedgerState withNetworks(NetworkBook next) {
    return new LedgerState(clusterId, hosts, tokens, containers, next, ports, volumes, images);
  }

  private LedgerState withPorts(PortBook next) {
    return new LedgerState(clusterId, hosts, tokens, containers, networks, next, volumes, images);
  }

  private LedgerState withVolumes(VolumeBook next) {
    return new LedgerState(clusterId, hosts, tokens, containers, networks, ports, next, images);
  }

  private LedgerState withImages(ImageBook next) {
    return new LedgerState(clusterId, hosts, tokens, containers, networks, ports, volumes, next);
  }
}
