package dev.flota.cluster.ledger.raft;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * Who has a replica of the ledger, by host id.
 *
 * @param voters decide
 * @param listeners only learn
 */
public record Membership(List<Peer> voters, List<Peer> listeners) {
  private static final Comparator<Peer> ORDER = Comparator.comparing(Peer::hostId);

  /** Sorted by host id, so that equal ones are equal. */
  public Membership {
    voters = voters.stream().sorted(ORDER).toList();
    listeners = listeners.stream().sorted(ORDER).toList();
  }

  /**
   * While the members change, a host may vote by one list and learn by the other: the new counts.
   */
  static Membership of(RaftConfiguration configuration) {
    return new Membership(
        inRole(configuration, RaftPeerRole.FOLLOWER, RaftPeerRole.LISTENER),
        inRole(configuration, RaftPeerRole.LISTENER, RaftPeerRole.FOLLOWER));
  }

  private static List<Peer> inRole(
      RaftConfiguration configuration, RaftPeerRole role, RaftPeerRole other) {
    Collection<RaftPeer> elsewhere = configuration.getCurrentPeers(other);
    return configuration.getAllPeers(role).stream()
        .filter(peer -> elsewhere.stream().noneMatch(now -> now.getId().equals(peer.getId())))
        .map(Peer::of)
        .toList();
  }

  /** All. */
  public List<Peer> all() {
    return Stream.concat(voters.stream(), listeners.stream()).sorted(ORDER).toList();
  }

  /** Whether a host has a replica that counts. */
  public boolean contains(String hostId) {
    return all().stream().anyMatch(peer -> peer.hostId().equals(hostId));
  }

  List<RaftPeer> raftVoters() {
    return voters.stream().map(Peer::toRaft).toList();
  }

  List<RaftPeer> raftListeners() {
    return listeners.stream().map(Peer::toRaft).toList();
  }

  /** With a voter more, in place of a peer of the same host. */
  Membership withVoter(Peer peer) {
    return new Membership(
        Stream.concat(voters.stream().filter(other -> !other.equals(peer)), Stream.of(peer))
            .toList(),
        listeners.stream().filter(other -> !other.hostId().equals(peer.hostId())).toList());
  }

  /** Without a host. */
  Membership without(String hostId) {
    return new Membership(
        voters.stream().filter(peer -> !peer.hostId().equals(hostId)).toList(),
        listeners.stream().filter(peer -> !peer.hostId().equals(hostId)).toList());
  }

  /** The same with as many voters as there should be: see {@link Voters#choose}. */
  Membership balanced(Set<String> living, @Nullable String leader) {
    List<String> hosts = all().stream().map(Peer::hostId).toList();
    Set<String> voting = voters.stream().map(Peer::hostId).collect(Collectors.toSet());
    Set<String> chosen = Voters.choose(hosts, voting, living, leader);
    return new Membership(
        all().stream().filter(peer -> chosen.contains(peer.hostId())).toList(),
        all().stream().filter(peer -> !chosen.contains(peer.hostId())).toList());
  }
}
