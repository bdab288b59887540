package dev.flota.cluster.ledger.raft;

import org.apache.ratis.protocol.RaftPeer;

/**
 * A host's replica of the ledger.
 *
 * @param hostId 64 hex digits
 * @param address in the network between the hosts; its certificate names it
 */
public record Peer(String hostId, String address, int port) {
  RaftPeer toRaft() {
    return RaftPeer.newBuilder().setId(hostId).setAddress(address + ":" + port).build();
  }

  static Peer of(RaftPeer peer) {
    String text = peer.getAddress();
    int colon = text.lastIndexOf(':');
    return new Peer(
        peer.getId().toString(),
        text.substring(0, colon),
        Integer.parseInt(text.substring(colon + 1)));
  }
}
