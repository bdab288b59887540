package dev.flota.cluster.ledger;

import dev.flota.engine.network.NetworkDefinition;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePSet;
import org.pcollections.TreePMap;

/**
 * The ledger as it is written to a file: what it knows, without what follows from that.
 *
 * @param goneHosts {@code null} in files of before it was written down
 */
record LedgerSnapshot(
    String clusterId,
    List<HostEntry> hosts,
    Map<String, Lease> leases,
    @Nullable Set<String> goneHosts,
    List<TokenEntry> tokens,
    List<ContainerEntry> containers,
    List<NetworkDefinition> networks,
    List<AddressEntry> addresses,
    int nextVni,
    List<PortEntry> ports,
    int lastDynamicPort,
    List<VolumeEntry> volumes,
    List<ImageEntry> images) {

  static LedgerSnapshot of(LedgerState state) {
    return new LedgerSnapshot(
        state.clusterId(),
        List.copyOf(state.hosts().all()),
        state.hosts().leases(),
        state.hosts().gone(),
        List.copyOf(state.tokens().all()),
        List.copyOf(state.containers().all()),
        List.copyOf(state.networks().all()),
        state.networks().addresses().values().stream()
            .flatMap(book -> book.all().stream())
            .toList(),
        state.networks().nextVni(),
        state.ports().all(),
        state.ports().lastDynamic(),
        List.copyOf(state.volumes().all()),
        List.copyOf(state.images().all()));
  }

  LedgerState restore() {
    return new LedgerState(
        clusterId,
        new HostBook(
            hosts.stream().collect(TreePMap.toTreePMap(HostEntry::id, host -> host)),
            TreePMap.from(leases),
            HashTreePSet.from(Objects.requireNonNullElse(goneHosts, Set.of()))),
        new TokenBook(tokens.stream().collect(TreePMap.toTreePMap(TokenEntry::hash, t -> t))),
        new ContainerBook(
            containers.stream().collect(TreePMap.toTreePMap(ContainerEntry::id, c -> c)),
            containers.stream()
                .collect(TreePMap.toTreePMap(ContainerEntry::name, ContainerEntry::id))),
        NetworkBook.of(networks, addresses, nextVni),
        PortBook.of(ports, lastDynamicPort),
        new VolumeBook(volumes.stream().collect(TreePMap.toTreePMap(VolumeEntry::name, v -> v))),
        new ImageBook(images.stream().collect(TreePMap.toTreePMap(ImageEntry::reference, i -> i))));
  }
}
