package dev.flota.cluster.ledger;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.flota.engine.network.NetworkDefinition;
import java.util.List;

/** What a change gave that was not refused. The simple names travel between hosts: they stay. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
public sealed interface Answer {

  /** It was done. */
  record Done() implements Answer {}

  /** Of several changes, in their order. */
  record Answers(List<Answer> answers) implements Answer {}

  /** How often the host's lease was renewed. */
  record Renewed(long renewal) implements Answer {}

  /** The epoch from now on. */
  record Epoch(long epoch) implements Answer {}

  /**
   * The container as it was entered, and its addresses in the order of the wishes; without those
   * that it gave back meanwhile, when the change was repeated.
   */
  record Created(ContainerEntry container, List<AddressTaken> addresses) implements Answer {}

  /** The network as it was entered. */
  record NetworkCreated(NetworkDefinition network) implements Answer {}

  /** An address in a network. */
  record AddressTaken(
      String networkId, String address, int prefixLength, String gateway, String mac)
      implements Answer {}

  /** The ports chosen, in the order of the claims. */
  record PortsTaken(List<PortEntry> ports) implements Answer {}

  /** The volume under that name, and whether it was created just now. */
  record VolumeAt(VolumeEntry volume, boolean created) implements Answer {}
}
