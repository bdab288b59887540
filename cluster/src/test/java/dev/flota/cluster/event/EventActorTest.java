package dev.flota.cluster.event;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.SinkQueueWithCancel;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** One actor of a host, and what the others tell it. */
class EventActorTest {
  private static final long PATIENCE = 30;

  private final ActorTestKit kit = ActorTestKit.create();
  private final EventLog log = new EventLog();
  private final ActorRef<EventActor.Command> actor = kit.spawn(EventActor.create("here", 1, log));
  private final TestProbe<EventActor.Command> other = kit.createTestProbe();

  @AfterEach
  void end() {
    kit.shutdownTestKit();
  }

  private static EventLog.Numbered event(long number) {
    return new EventLog.Numbered(
        number, new Event("container", "act-" + number, "id", Map.of(), Instant.now()));
  }

  private void tell(long run, long number) {
    actor.tell(new EventActor.Told("there", run, event(number), other.ref()));
  }

  private void answer(long run, long... numbers) {
    actor.tell(
        new EventActor.Past(
            "there", run, Arrays.stream(numbers).mapToObj(EventActorTest::event).toList()));
  }

  /** Returns once all that was told before has been taken in. */
  private void settle() {
    TestProbe<EventActor.Command> settled = kit.createTestProbe();
    actor.tell(new EventActor.Ask(1, settled.ref()));
    settled.expectMessageClass(EventActor.Past.class, Duration.ofSeconds(PATIENCE));
  }

  private List<String> past() throws Exception {
    settle();
    return log.stream(Instant.EPOCH, Instant.now())
        .map(Event::action)
        .runWith(Sink.seq(), kit.system())
        .toCompletableFuture()
        .get(PATIENCE, TimeUnit.SECONDS);
  }

  private void expectQuestion(long from) {
    assertThat(other.expectMessageClass(EventActor.Ask.class, Duration.ofSeconds(PATIENCE)).from())
        .isEqualTo(from);
  }

  @Test
  void whatOthersTellInOrderIsTakenUpWithoutAQuestion() throws Exception {
    tell(7, 1);
    tell(7, 2);
    tell(7, 3);

    assertThat(past()).containsExactly("act-1", "act-2", "act-3");
    other.expectNoMessage(Duration.ZERO);
  }

  @Test
  void aGapIsAskedForAndFilledOnce() throws Exception {
    tell(7, 1);
    tell(7, 4);
    expectQuestion(2);
    tell(7, 5);
    expectQuestion(2);

    answer(7, 2, 3, 4, 5);
    answer(7, 2, 3, 4, 5);
    tell(7, 5);

    assertThat(past()).containsExactly("act-1", "act-2", "act-3", "act-4", "act-5");
  }

  @Test
  void whatIsToldTwiceHappenedOnce() throws Exception {
    tell(7, 1);
    tell(7, 1);

    assertThat(past()).containsExactly("act-1");
  }

  @Test
  void aHostThatStartedAnewCountsAnew() throws Exception {
    tell(7, 1);
    tell(7, 2);
    tell(8, 1);

    assertThat(past()).containsExactly("act-1", "act-2", "act-1");
  }

  /** Else `docker events` would tell of yesterday when a host joins. */
  @Test
  void thePastOfAHostThatIsMetFirstIsNoNews() throws Exception {
    SinkQueueWithCancel<String> listener =
        log.stream(null, null).map(Event::action).runWith(Sink.queue(), kit.system());
    CompletableFuture<Optional<String>> next = listener.pull().toCompletableFuture();
    answer(7, 1, 2);
    tell(7, 3);

    assertThat(next.get(PATIENCE, TimeUnit.SECONDS)).contains("act-3");
    assertThat(past()).containsExactly("act-1", "act-2", "act-3");
    listener.cancel();
  }

  @Test
  void whoAsksGetsThisHostsOwnEventsFromThatNumberOn() {
    log.publish("container", "create", "id", Map.of());
    log.publish("container", "start", "id", Map.of());
    tell(7, 1);
    actor.tell(new EventActor.Ask(2, other.ref()));

    EventActor.Past past =
        other.expectMessageClass(EventActor.Past.class, Duration.ofSeconds(PATIENCE));
    assertThat(past.hostId()).isEqualTo("here");
    assertThat(past.run()).isEqualTo(1);
    assertThat(past.events()).extracting(EventLog.Numbered::number).containsExactly(2L);
    assertThat(past.events()).extracting(told -> told.event().action()).containsExactly("start");
  }

  /** Two hosts' actors, found by the receptionist as in a fleet. */
  @Test
  void hostsTellEachOther() throws Exception {
    EventLog second = new EventLog();
    second.publish("container", "before", "id", Map.of());
    kit.spawn(EventActor.create("second", 1, second));
    second.publish("container", "after", "id", Map.of());

    TestProbe<String> heard = kit.createTestProbe();
    heard.awaitAssert(
        Duration.ofSeconds(PATIENCE),
        () -> {
          assertThat(past()).containsExactly("before", "after");
          return null;
        });
    SinkQueueWithCancel<String> listener =
        log.stream(Instant.now(), null).map(Event::action).runWith(Sink.queue(), kit.system());
    CompletableFuture<Optional<String>> next = listener.pull().toCompletableFuture();
    second.publish("container", "now", "id", Map.of());
    assertThat(next.get(PATIENCE, TimeUnit.SECONDS)).contains("now");
    listener.cancel();
  }
}
