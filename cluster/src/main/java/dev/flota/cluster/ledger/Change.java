package dev.flota.cluster.ledger;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.flota.engine.network.NetworkDefinition;
import dev.flota.engine.spec.ContainerRecord;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One wish to change the ledger: all of it happens or none. It carries whatever varies between
 * hosts (times, random ids), because each replica applies it and all must come to the same result.
 *
 * <p>The simple names of the records are written to the log: they stay for ever. A component may be
 * added when it may be missing in what an older host wrote; a new kind of change may be submitted
 * only when every host of the fleet knows it.
 *
 * @param <A> what answers it
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Change<A extends Answer> {

  /** Several changes as one: all of them happen or, when one is refused, none. */
  record AllOf(List<Change<?>> changes) implements Change<Answer.Answers> {}

  /**
   * The first change of a fleet: its id and the networks of its first host, as they are. The same
   * again is harmless.
   *
   * @param networks the default one among them
   */
  record FoundCluster(String clusterId, List<NetworkDefinition> networks)
      implements Change<Answer.Done> {}

  /** A host joins. Refused when its id, name or address is another's. */
  record AddHost(HostEntry host) implements Change<Answer.Done> {}

  /** Changes what is not {@code null}. */
  record ChangeHost(
      String hostId,
      @Nullable String address,
      HostEntry.@Nullable Availability availability,
      @Nullable Map<String, String> labels)
      implements Change<Answer.Done> {}

  /**
   * A host leaves for good, with its volumes. Refused while it owns containers, unless forced: then
   * they stay with it until they are taken over or removed.
   */
  record RemoveHost(String hostId, boolean forced) implements Change<Answer.Done> {}

  /**
   * A token lets one host join.
   *
   * @param hash of the token, which itself is never written down
   */
  record IssueToken(String hash, Instant issuedAt, Instant expiresAt, String issuedBy)
      implements Change<Answer.Done> {}

  /** The token is worth nothing from now on. */
  record RevokeToken(String hash) implements Change<Answer.Done> {}

  /** A host uses a token; each lets one host in. */
  record RedeemToken(String hash, Instant now, String hostId) implements Change<Answer.Done> {}

  /**
   * A host lives. Counts its renewals; whoever watches measures with a clock of his own for how
   * long the count stands still.
   *
   * @param incarnation of the daemon, greater after each start; a smaller one than seen is refused
   * @param millis so long the lease lasts, from before it is asked for
   */
  record RenewLease(String hostId, long incarnation, long millis)
      implements Change<Answer.Renewed> {}

  /**
   * A container gets another owner because the old one is lost: only if the old one has promised
   * that its fencer ends it, and owner, epoch and renewals are still what the caller saw, else the
   * old one lives. One that was being moved goes back to the host that has it frozen.
   */
  record TakeOver(
      String containerId, long expectedEpoch, String fromHost, long expectedRenewal, String toHost)
      implements Change<Answer.Epoch> {}

  /**
   * A container gets another owner by consent of the old one, which has it frozen and may thaw it
   * only when it is the owner again.
   */
  record Move(String containerId, long expectedEpoch, String toHost)
      implements Change<Answer.Epoch> {}

  /** The new owner runs it, with its volumes: who has it frozen has to end it. */
  record SettleMove(String containerId, long epoch) implements Change<Answer.Done> {}

  /** The new owner has nothing of it that could run: it is the old one's again. */
  record ReturnMove(String containerId, long epoch) implements Change<Answer.Epoch> {}

  /** Its owner has thought better of a {@link Move} that it asked for and that was not decided. */
  record Recall(String containerId, long epoch, String hostId) implements Change<Answer.Epoch> {}

  /**
   * A container comes to be, at epoch 1, with its addresses. The same again is harmless.
   *
   * @param record complete but for the addresses wished for, which are filled into its endpoints
   */
  record CreateContainer(
      String id,
      String name,
      String ownerHostId,
      ContainerRecord record,
      List<AddressWish> addresses)
      implements Change<Answer.Created> {}

  /** Its owner writes its specification anew; name and addresses stay what the ledger says. */
  record UpdateContainer(String id, long epoch, ContainerRecord record)
      implements Change<Answer.Done> {}

  /** Another name. */
  record RenameContainer(String id, String name) implements Change<Answer.Done> {}

  /** A container ends, by its owner: name, addresses and ports are free again. */
  record RemoveContainer(String id, long epoch) implements Change<Answer.Done> {}

  /**
   * A network comes to be; what the wish leaves open {@link dev.flota.engine.network.NetworkPlan}
   * decides.
   *
   * @param avoid subnets in CIDR form that the host uses otherwise, not to be chosen
   */
  record CreateNetwork(NetworkDefinition wish, List<String> avoid)
      implements Change<Answer.NetworkCreated> {}

  /** A network ends. Refused while containers have addresses in it. */
  record RemoveNetwork(String id) implements Change<Answer.Done> {}

  /**
   * An address and an Ethernet address: the lowest free one for a container, the highest for a host
   * of the fleet. Whoever has one already in that network is told that one, unless he wishes for
   * another: then that one takes its place.
   *
   * @param ownerId of a container (it need not exist yet) or a host
   */
  record TakeAddress(String ownerId, AddressWish wish) implements Change<Answer.AddressTaken> {}

  /**
   * Addresses are free again.
   *
   * @param networkId {@code null}: in all networks
   */
  record GiveBackAddresses(@Nullable String networkId, String ownerId)
      implements Change<Answer.Done> {}

  /**
   * A container publishes ports on the whole fleet, in place of those it published before.
   *
   * @param unusable ports that its host cannot get, not to be chosen
   */
  record TakePorts(String containerId, List<PortClaim> claims, List<PortPlace> unusable)
      implements Change<Answer.PortsTaken> {}

  /** A container publishes nothing. */
  record ReleasePorts(String containerId) implements Change<Answer.Done> {}

  /** A volume on a host. The answer tells where it is when it exists already, maybe elsewhere. */
  record CreateVolume(VolumeEntry volume) implements Change<Answer.VolumeAt> {}

  /** A volume ends. */
  record RemoveVolume(String name) implements Change<Answer.Done> {}

  /** A reference means an image. */
  record TagImage(ImageEntry image) implements Change<Answer.Done> {}

  /** A reference means nothing. */
  record UntagImage(String reference) implements Change<Answer.Done> {}
}
