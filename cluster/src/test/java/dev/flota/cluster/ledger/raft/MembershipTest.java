package dev.flota.cluster.ledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftConfiguration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MembershipTest {
  private static final Peer A = new Peer("a", "127.0.0.1", 1);
  private static final Peer B = new Peer("b", "127.0.0.2", 1);
  private static final Peer C = new Peer("c", "127.0.0.3", 1);
  private static final Peer D = new Peer("d", "127.0.0.4", 1);

  /** As Ratis has it while the members change: both are in force. */
  private record Changing(Membership before, Membership now) implements RaftConfiguration {
    private static Collection<RaftPeer> of(Membership members, RaftPeerRole role) {
      return role == RaftPeerRole.LISTENER ? members.raftListeners() : members.raftVoters();
    }

    @Override
    public @Nullable RaftPeer getPeer(RaftPeerId id, RaftPeerRole... roles) {
      return Stream.of(roles)
          .flatMap(role -> getAllPeers(role).stream())
          .filter(peer -> peer.getId().equals(id))
          .findFirst()
          .orElse(null);
    }

    @Override
    public Collection<RaftPeer> getAllPeers(RaftPeerRole role) {
      return Stream.concat(getCurrentPeers(role).stream(), getPreviousPeers(role).stream())
          .distinct()
          .toList();
    }

    @Override
    public Collection<RaftPeer> getCurrentPeers(RaftPeerRole role) {
      return of(now, role);
    }

    @Override
    public Collection<RaftPeer> getPreviousPeers(RaftPeerRole role) {
      return of(before, role);
    }

    @Override
    public long getLogEntryIndex() {
      return 1;
    }
  }

  private static Membership members(List<Peer> voters, List<Peer> listeners) {
    return new Membership(voters, listeners);
  }

  @Test
  void aListenerThatIsToVoteIsAVoterAndNotBoth() {
    Membership before = members(List.of(A, B, D), List.of(C));
    Membership now = members(List.of(A, B, C), List.of());

    assertThat(Membership.of(new Changing(before, now)))
        .isEqualTo(members(List.of(A, B, C, D), List.of()));
  }

  @Test
  void aVoterThatIsToListenIsAListenerAndNotBoth() {
    Membership before = members(List.of(A, B, C, D), List.of());
    Membership now = members(List.of(A, B, D), List.of(C));

    assertThat(Membership.of(new Changing(before, now))).isEqualTo(now);
  }

  @Test
  void whoIsAboutToGoIsStillThere() {
    Membership before = members(List.of(A, B), List.of());
    Membership now = members(List.of(A), List.of());

    assertThat(Membership.of(new Changing(before, now))).isEqualTo(before);
  }
}
