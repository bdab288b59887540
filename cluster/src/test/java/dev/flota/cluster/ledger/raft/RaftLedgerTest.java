package dev.flota.cluster.ledger.raft;

import static dev.flota.cluster.ledger.LedgerSamples.container;
import static dev.flota.cluster.ledger.LedgerSamples.found;
import static dev.flota.cluster.ledger.LedgerSamples.host;
import static dev.flota.cluster.ledger.LedgerSamples.hostId;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.cluster.ledger.Answer;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.LedgerSamples;
import dev.flota.cluster.ledger.LedgerState;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** They wait for elections most of the time, so they do it together. */
@Execution(ExecutionMode.CONCURRENT)
class RaftLedgerTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final RaftLedgerSettings.Timing QUICK =
      new RaftLedgerSettings.Timing(
          Duration.ofMillis(400), Duration.ofMillis(700), Duration.ofSeconds(5));

  @TempDir Path directory;

  private final Map<Integer, RaftLedger> running = new TreeMap<>();
  private final Map<Integer, Peer> peers = new TreeMap<>();
  private TestAuthority authority;

  @BeforeEach
  void makeAuthority() throws GeneralSecurityException {
    authority = TestAuthority.create();
  }

  @AfterEach
  void closeAll() {
    running.values().parallelStream().forEach(RaftLedger::close);
  }

  private Peer peer(int number) {
    return peers.computeIfAbsent(
        number, n -> new Peer(LedgerSamples.hostId(n), "127.0.0.1", freePort()));
  }

  private static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private RaftLedgerSettings settings(int number, TestAuthority trusted) {
    try {
      return new RaftLedgerSettings(
          "fleet",
          peer(number),
          directory.resolve("host-" + number),
          trusted.host(hostId(number)),
          QUICK,
          20);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private RaftLedger open(int number) {
    RaftLedger ledger = RaftLedger.open(settings(number, authority));
    running.put(number, ledger);
    return ledger;
  }

  private RaftLedger at(int number) {
    return Objects.requireNonNull(running.get(number));
  }

  private void close(int number) {
    at(number).close();
    running.remove(number);
  }

  private RaftLedger fleetOf(int hosts) {
    RaftLedger first = RaftLedger.found(settings(1, authority), found());
    running.put(1, first);
    done(first.submit(host(1)));
    for (int number = 2; number <= hosts; number++) {
      RaftLedger joining = open(number);
      done(first.submit(host(number)));
      done(first.admit(peer(number), living()));
      joining.awaitReady(PATIENCE);
    }
    return first;
  }

  private Set<String> living() {
    return Set.copyOf(running.keySet().stream().map(LedgerSamples::hostId).toList());
  }

  private static <T> T done(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  private int leader() {
    String id = running.values().iterator().next().leader().orElseThrow();
    return running.keySet().stream().filter(n -> hostId(n).equals(id)).findFirst().orElseThrow();
  }

  @Test
  void ofHostsThatRaceForANameOneWins() {
    fleetOf(3);
    List<CompletableFuture<Answer.Created>> races = new ArrayList<>();
    for (int round = 0; round < 20; round++) {
      for (int host = 1; host <= 3; host++) {
        races.add(
            at(host)
                .submit(container("c" + host + "-" + round, "name-" + round, host))
                .toCompletableFuture());
      }
    }
    CompletableFuture.allOf(races.toArray(CompletableFuture[]::new))
        .exceptionally(e -> null)
        .join();
    for (int round = 0; round < 20; round++) {
      List<CompletableFuture<Answer.Created>> race = races.subList(round * 3, round * 3 + 3);
      assertThat(race).filteredOn(result -> !result.isCompletedExceptionally()).hasSize(1);
      String winner =
          race.stream()
              .filter(result -> !result.isCompletedExceptionally())
              .map(result -> result.join().container().id())
              .findFirst()
              .orElseThrow();
      String text =
          "Conflict. The container name \"/name-%d\" is already in use by container \"%s\"."
              .formatted(round, winner);
      assertThat(race)
          .filteredOn(CompletableFuture::isCompletedExceptionally)
          .allSatisfy(
              loser -> {
                EngineException refusal = (EngineException) loser.exceptionNow();
                assertThat(refusal.kind()).isEqualTo(ErrorKind.CONFLICT);
                assertThat(refusal.text()).startsWith(text);
              });
    }
    assertAllEqual();
  }

  private void assertAllEqual() {
    List<LedgerState> states = running.values().stream().map(l -> done(l.sync())).toList();
    assertThat(Set.copyOf(states)).hasSize(1);
  }

  @Test
  void theOthersGoOnWithoutTheLeader() {
    fleetOf(3);
    done(at(1).submit(container("a", "before", 1)));
    int leader = leader();
    close(leader);
    int other = running.keySet().iterator().next();
    done(at(other).submit(container("b", "after", other)));
    assertThat(at(other).leader()).isPresent().get().isNotEqualTo(hostId(leader));
    open(leader).awaitReady(PATIENCE);
    assertThat(at(leader).state().containers().byName("after")).isPresent();
    assertAllEqual();
  }

  @Test
  void nothingIsLostWhenAllStartAnew() {
    fleetOf(3);
    IntStream.range(0, 30).forEach(i -> done(at(2).submit(container("c" + i, "name-" + i, 2))));
    LedgerState before = done(at(1).sync());
    closeAll();
    running.clear();
    Stream.of(3, 1, 2).forEach(this::open);
    running.values().forEach(ledger -> ledger.awaitReady(PATIENCE));
    assertThat(at(2).state()).isEqualTo(before);
    done(at(3).submit(container("later", "later", 3)));
    assertAllEqual();
  }

  @Test
  void aFourthLearnsAndAFifthMakesFiveVoters() {
    RaftLedger first = fleetOf(3);
    IntStream.range(0, 50).forEach(i -> done(first.submit(container("c" + i, "name-" + i, 1))));
    RaftLedger fourth = open(4);
    done(first.submit(host(4)));
    // Any member may admit; this one most likely does not lead.
    Membership four = done(at(2).admit(peer(4), living()));
    fourth.awaitReady(PATIENCE);
    assertThat(four.voters())
        .extracting(Peer::hostId)
        .containsExactly(hostId(1), hostId(2), hostId(3));
    assertThat(four.listeners()).containsExactly(peer(4));
    assertThat(fourth.state().containers().byName("name-49")).isPresent();
    done(fourth.submit(container("d", "from-a-listener", 4)));

    RaftLedger fifth = open(5);
    done(fourth.submit(host(5)));
    Membership five = done(fourth.admit(peer(5), living()));
    fifth.awaitReady(PATIENCE);
    assertThat(five.voters()).hasSize(5);
    done(fifth.submit(container("e", "from-the-fifth", 5)));

    close(1);
    Membership left = done(fifth.remove(hostId(1), living()));
    assertThat(left.all()).extracting(Peer::hostId).doesNotContain(hostId(1)).hasSize(4);
    assertThat(left.voters()).hasSize(3);
    assertAllEqual();
  }

  @Test
  void aLivingListenerVotesInPlaceOfALostVoter() {
    fleetOf(4);
    close(2);
    Membership now = done(at(4).rebalance(living()));
    assertThat(now.voters()).extracting(Peer::hostId).contains(hostId(4)).doesNotContain(hostId(2));
    open(2).awaitReady(PATIENCE);
    assertThat(at(2).membership().listeners()).containsExactly(peer(2));
  }

  /** Whoever left is told nothing any more, not even that it left. */
  @Test
  void aHostLeavesByItself() {
    fleetOf(4);
    for (int leaving : List.of(4, leader() == 3 ? 2 : 3)) {
      done(at(leaving).submit(new Change.RemoveHost(hostId(leaving), true)));
      Membership left = done(at(leaving).remove(hostId(leaving), living()));
      assertThat(left.all()).extracting(Peer::hostId).doesNotContain(hostId(leaving));
      close(leaving);
      assertThat(done(at(1).rebalance(living()))).isEqualTo(left);
    }
    done(at(1).submit(container("a", "after", 1)));
  }

  /** Its certificate is valid, and its replica takes itself for a member. */
  @Test
  void aHostThatWasRemovedIsNotHeard() {
    RaftLedger first = fleetOf(3);
    done(at(3).submit(container("a", "before", 1)));
    done(first.submit(new Change.RemoveHost(hostId(3), true)));
    done(first.remove(hostId(3), living()));

    assertThatThrownBy(() -> done(at(3).submit(container("b", "after", 1))))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE));
    awaitToldThatItIsNoMember(at(3));
    assertThat(done(first.sync()).containers().byName("after")).isEmpty();
    done(at(2).submit(container("c", "goes-on", 1)));
  }

  @Test
  void aHostThatWasRemovedWhileItWasAwayIsTold() {
    RaftLedger first = fleetOf(3);
    close(3);
    done(first.submit(new Change.RemoveHost(hostId(3), true)));
    done(first.remove(hostId(3), living()));

    awaitToldThatItIsNoMember(open(3));
    done(at(2).submit(container("a", "goes-on", 1)));
  }

  /** It never stands for election, by which the others are told. */
  @Test
  void aListenerThatWasRemovedWhileItWasAwayIsTold() {
    RaftLedger first = fleetOf(4);
    assertThat(first.membership().listeners()).containsExactly(peer(4));
    close(4);
    done(first.submit(new Change.RemoveHost(hostId(4), true)));
    done(first.remove(hostId(4), living()));

    awaitToldThatItIsNoMember(open(4));
    done(at(2).submit(container("a", "goes-on", 1)));
  }

  /** By then a voter has started anew some times, to find out. */
  private static void awaitToldThatItIsNoMember(RaftLedger ledger) {
    assertThatThrownBy(() -> ledger.awaitReady(PATIENCE))
        .hasMessageEndingWith("the other hosts do not take it for a member");
  }

  @Test
  void withoutAMajorityAChangeIsRefusedWithTheReason() {
    RaftLedger first = fleetOf(2);
    close(2);
    assertThatThrownBy(() -> done(first.submit(container("a", "a", 1))))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
        .hasMessageStartingWith("the fleet has no majority")
        .hasMessageContaining("host-2");
    assertThat(first.state().hosts().byName("host-2")).isPresent();
    open(2).awaitReady(PATIENCE);
    Answer.Created repeated = done(first.submit(container("a", "a", 1)));
    assertThat(repeated.container().epoch()).isEqualTo(1);
  }

  @Test
  void whoIsNotOfTheFleetIsNotHeard() throws GeneralSecurityException {
    RaftLedger first = fleetOf(1);
    RaftLedger stranger = RaftLedger.open(settings(9, TestAuthority.create()));
    running.put(9, stranger);
    assertThatThrownBy(() -> done(first.admit(peer(9), living())))
        .isInstanceOf(EngineException.class);
    assertThat(stranger.state()).isEqualTo(LedgerState.EMPTY);
    assertThatThrownBy(() -> done(stranger.submit(host(9))))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
        .hasMessage("this host is not a member of the fleet");
    done(first.submit(host(2)));
  }

  @Test
  void whoShowsNoCertificateOfTheFleetIsRefusedAtItsPort() throws Exception {
    RaftLedger first = fleetOf(1);
    LedgerState before = done(first.sync());
    Stranger stranger = new Stranger(peer(1).address(), peer(1).port());
    byte[] http2 = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    assertThat(stranger.isRefusedInPlainText(http2)).isTrue();
    assertThat(stranger.isRefusedWithoutCertificate(authority)).isTrue();
    assertThat(stranger.isRefusedWithForeignCertificate(authority)).isTrue();
    assertThat(stranger.isRefusedAsHost(authority)).isFalse();
    assertThat(done(first.sync())).isEqualTo(before);
  }

  @Test
  void aPortInUseIsAnErrorAndNotTheEnd() throws IOException {
    try (ServerSocket taken =
        new ServerSocket(peer(1).port(), 1, InetAddress.getLoopbackAddress())) {
      assertThat(taken.isBound()).isTrue();
      assertThatThrownBy(() -> open(1))
          .isInstanceOf(EngineException.class)
          .hasMessageStartingWith("cannot start the ledger");
    }
  }
}
