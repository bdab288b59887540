package dev.flota.cluster.membership;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.cluster.Member;
import akka.cluster.MemberStatus;
import akka.cluster.typed.Cluster;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several hosts' actors in one process, over mutual TLS; what the ledger says is the test's. */
class MembershipActorTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path directory;
  private TestHosts hosts;
  private final Map<Integer, ActorTestKit> running = new HashMap<>();
  private final Map<Integer, Map<String, HostState>> seen = new ConcurrentHashMap<>();
  private volatile Map<String, String> addresses = Map.of();
  private volatile Optional<String> leader = Optional.empty();

  @BeforeEach
  void prepare() {
    hosts = new TestHosts(directory);
  }

  @AfterEach
  void end() {
    TestHosts.end(running.values());
  }

  private String id(int number) {
    return hosts.identity(number).hostId();
  }

  private void fleetOf(int size) {
    Map<String, String> all = new HashMap<>();
    for (int number = 1; number <= size; number++) {
      all.put(id(number), hosts.identity(number).address());
    }
    addresses = all;
  }

  private void start(int number) {
    ActorTestKit kit = hosts.start(number);
    running.put(number, kit);
    kit.spawn(
        MembershipActor.create(
            hosts.identity(number),
            new MembershipActor.Fellows() {
              @Override
              public Map<String, String> addresses() {
                return addresses;
              }

              @Override
              public Map<String, String> names() {
                return Map.of();
              }

              @Override
              public boolean isGone(String hostId) {
                return hosts.isGone(hostId);
              }

              @Override
              public Optional<String> leader() {
                return leader;
              }

              @Override
              public Map<String, String> labels(String hostId) {
                return Map.of();
              }

              @Override
              public Map<String, String> volumes() {
                return Map.of();
              }
            },
            now -> seen.put(number, now)));
  }

  private ActorTestKit kit(int number) {
    return Objects.requireNonNull(running.get(number));
  }

  private void awaitSeen(int by, Map<Integer, HostState> expected) {
    Map<String, HostState> states = new HashMap<>();
    expected.forEach((number, state) -> states.put(id(number), state));
    kit(by)
        .createTestProbe()
        .awaitAssert(
            PATIENCE,
            () -> {
              assertThat(seen.get(by)).isEqualTo(states);
              return null;
            });
  }

  /** All in one cluster, not each in one of its own. */
  private void awaitTogether() {
    List<Long> all = running.values().stream().map(kit -> uid(own(kit))).toList();
    for (ActorTestKit kit : running.values()) {
      kit.createTestProbe()
          .awaitAssert(
              PATIENCE,
              () -> {
                assertThat(Cluster.get(kit.system()).state().getMembers())
                    .extracting(MembershipActorTest::uid)
                    .containsExactlyInAnyOrderElementsOf(all);
                return null;
              });
    }
  }

  private static Member own(ActorTestKit kit) {
    return Cluster.get(kit.system()).selfMember();
  }

  private static long uid(Member member) {
    return member.uniqueAddress().longUid();
  }

  @Test
  void theLedgersLeaderBeginsAndTheOthersJoinHim() {
    fleetOf(3);
    leader = Optional.of(id(2));
    start(1);
    start(2);
    start(3);

    Map<Integer, HostState> all =
        Map.of(1, HostState.READY, 2, HostState.READY, 3, HostState.READY);
    awaitSeen(1, all);
    awaitSeen(2, all);
    awaitSeen(3, all);
    awaitTogether();
  }

  @Test
  void withoutALeaderNobodyBegins() {
    fleetOf(2);
    start(1);
    start(2);
    awaitSeen(1, Map.of());
    awaitSeen(2, Map.of());
    assertThat(own(kit(1)).status()).isEqualTo(MemberStatus.removed());

    leader = Optional.of(id(1));

    awaitSeen(2, Map.of(1, HostState.READY, 2, HostState.READY));
    awaitTogether();
  }

  @Test
  void aHostThatIsNewJoins() {
    fleetOf(1);
    leader = Optional.of(id(1));
    start(1);
    awaitSeen(1, Map.of(1, HostState.READY));

    fleetOf(2);
    start(2);

    awaitSeen(1, Map.of(1, HostState.READY, 2, HostState.READY));
    awaitTogether();
  }

  @Test
  void aHostThatIsGoneIsLost() {
    fleetOf(2);
    leader = Optional.of(id(1));
    start(1);
    start(2);
    awaitSeen(1, Map.of(1, HostState.READY, 2, HostState.READY));

    TestHosts.end(List.of(kit(2)));

    kit(1)
        .createTestProbe()
        .awaitAssert(
            PATIENCE,
            () -> {
              assertThat(Objects.requireNonNull(seen.get(1)).get(id(2)))
                  .isNotEqualTo(HostState.READY);
              return null;
            });
  }

  @Test
  void whoWasRemovedAndStaysIsDowned() throws Exception {
    fleetOf(2);
    leader = Optional.of(id(1));
    start(1);
    start(2);
    awaitSeen(1, Map.of(1, HostState.READY, 2, HostState.READY));

    hosts.remove(2);

    awaitSeen(1, Map.of(1, HostState.READY));
    awaitEnd(2);
  }

  /** Its ledger names a leader who is not in its cluster: the majority goes on elsewhere. */
  @Test
  void aHostThatWasLeftBehindEndsItsActors() throws Exception {
    fleetOf(2);
    leader = Optional.of(id(1));
    start(1);
    awaitSeen(1, Map.of(1, HostState.READY));

    leader = Optional.of(id(2));

    awaitEnd(1);
  }

  private void awaitEnd(int number) throws Exception {
    try {
      kit(number)
          .system()
          .getWhenTerminated()
          .toCompletableFuture()
          .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new AssertionError("the actors live on", e);
    }
  }
}
