package dev.flota.cluster.ledger.raft;

import java.util.Collection;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who votes: one or two hosts all do; of three and four three do, of five and more five, so that
 * one or two may fail and no change waits for a crowd.
 */
final class Voters {
  private static final int FEW = 3;
  private static final int MANY = 5;

  private Voters() {}

  /**
   * The hosts that shall vote: the living before the others, among them the leader and those that
   * vote now, so that no more changes than must.
   *
   * @param leader id of the host that leads; {@code null}: none is known
   */
  static Set<String> choose(
      Collection<String> hosts, Set<String> voting, Set<String> living, @Nullable String leader) {
    return hosts.stream()
        .distinct()
        .sorted(
            Comparator.comparing((String host) -> !living.contains(host))
                .thenComparing(host -> !host.equals(leader))
                .thenComparing(host -> !voting.contains(host))
                .thenComparing(Comparator.naturalOrder()))
        .limit(number((int) hosts.stream().distinct().count()))
        .collect(Collectors.toUnmodifiableSet());
  }

  /** How many of so many hosts vote. */
  static int number(int hosts) {
    if (hosts < FEW) {
      return hosts;
    }
    return hosts < MANY ? FEW : MANY;
  }
}
