package dev.flota.cluster.event;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.SinkQueueWithCancel;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

class EventLogTest {
  private static final ActorTestKit KIT = ActorTestKit.create();

  private final EventLog log = new EventLog();

  @AfterAll
  static void shutDown() {
    KIT.shutdownTestKit();
  }

  private void publish(String action) {
    log.publish("container", action, "id", Map.of());
  }

  @Test
  void thePastIsToldUpToNow() throws Exception {
    Instant before = Instant.now();
    publish("create");
    publish("start");

    List<Event> told =
        log.stream(before, Instant.now())
            .runWith(Sink.seq(), KIT.system())
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);

    assertThat(told).extracting(Event::action).containsExactly("create", "start");
  }

  @Test
  void whatComesFollowsThePastWithoutAGap() throws Exception {
    Instant before = Instant.now();
    publish("create");
    SinkQueueWithCancel<Event> told = log.stream(before, null).runWith(Sink.queue(), KIT.system());
    assertThat(next(told)).isEqualTo("create");

    publish("die");

    assertThat(next(told)).isEqualTo("die");
    told.cancel();
  }

  @Test
  void onlyTheLastOnesAreRemembered() throws Exception {
    Instant before = Instant.now();
    for (int i = 0; i <= EventLog.REMEMBERED; i++) {
      publish("event-" + i);
    }

    List<Event> told =
        log.stream(before, Instant.now())
            .runWith(Sink.seq(), KIT.system())
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);

    assertThat(told).hasSize(EventLog.REMEMBERED);
    assertThat(told.getFirst().action()).isEqualTo("event-1");
  }

  @Test
  void aStreamEndsAtItsTime() throws Exception {
    List<Event> told =
        log.stream(null, Instant.now().plus(Duration.ofMillis(50)))
            .runWith(Sink.seq(), KIT.system())
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);

    assertThat(told).isEmpty();
  }

  private static String next(SinkQueueWithCancel<Event> told) throws Exception {
    return told.pull().toCompletableFuture().get(10, TimeUnit.SECONDS).orElseThrow().action();
  }
}
