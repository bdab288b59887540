package dev.flota.cluster.ledger.raft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VotersTest {
  @ParameterizedTest
  @CsvSource({"1,1", "2,2", "3,3", "4,3", "5,5", "6,5", "40,5"})
  void theNumberIsOddAsSoonAsItCanBe(int hosts, int voters) {
    assertThat(Voters.number(hosts)).isEqualTo(voters);
  }

  @Test
  void theLivingVoteBeforeTheLost() {
    assertThat(
            Voters.choose(
                List.of("a", "b", "c", "d"), Set.of("a", "b", "c"), Set.of("a", "c", "d"), "a"))
        .containsExactlyInAnyOrder("a", "c", "d");
  }

  @Test
  void whoVotesGoesOnVotingAndTheLeaderFirstOfAll() {
    assertThat(
            Voters.choose(
                List.of("a", "b", "c", "d"),
                Set.of("a", "b", "c", "d"),
                Set.of("a", "b", "c", "d"),
                "d"))
        .containsExactlyInAnyOrder("a", "b", "d");
    assertThat(
            Voters.choose(
                List.of("a", "b", "c", "d"),
                Set.of("b", "c", "d"),
                Set.of("a", "b", "c", "d"),
                null))
        .containsExactlyInAnyOrder("b", "c", "d");
  }
}
