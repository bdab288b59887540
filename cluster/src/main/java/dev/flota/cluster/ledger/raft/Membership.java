package dev.flota.cluster.ledger.raft;

import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;

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

  static Membership of(RaftConfiguration configuration) {
    return new Membership(
        configuration.getAllPeers(RaftPeerRole.FOLLOWER).stream().map(Peer::of).toList(),
        configuration.getAllPeers(RaftPeerRole.LISTENER).stream().map(Peer::of).toList());
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

  Set<RaftPeerId> ids() {
    return all().stream()
        .map(peer -> RaftPeerId.valueOf(peer.hostId()))
        .collect(Collectors.toSet());
  }

  /** With a peer more, in place of one of the same host; who votes is chosen anew. */
  Membership with(Peer peer, Set<String> living) {
    return voting(
        Stream.concat(
                all().stream().filter(other -> !other.hostId().equals(peer.hostId())),
                Stream.of(peer))
            .toList(),
        living);
  }

  /** Without a host; who votes is chosen anew. */
  Membership without(String hostId, Set<String> living) {
    return voting(all().stream().filter(peer -> !peer.hostId().equals(hostId)).toList(), living);
  }

  /** The same with as many voters as there should be, the living first. */
  Membership balanced(Set<String> living) {
    return voting(all(), living);
  }

  private Membership voting(List<Peer> peers, Set<String> living) {
    Set<String> now = voters.stream().map(Peer::hostId).collect(Collectors.toSet());
    Set<String> chosen = Voters.choose(peers.stream().map(Peer::hostId).toList(), now, living);
    var sides =
        peers.stream()
            .collect(
                Collectors.partitioningBy(
                    peer -> chosen.contains(peer.hostId()),
                    Collectors.mapping(Function.identity(), Collectors.toList())));
    return new Membership(
        sides.getOrDefault(true, List.of()), sides.getOrDefault(false, List.of()));
  }
}
