package dev.flota.api.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import akka.actor.typed.ActorSystem;
import akka.actor.typed.PostStop;
import akka.actor.typed.javadsl.Behaviors;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LastingActorsTest {
  private static final long PATIENCE = 30;

  private final BlockingQueue<ActorSystem<String>> made = new LinkedBlockingQueue<>();

  private static ActorSystem<String> system() {
    return ActorSystem.create(
        Behaviors.receiveMessage(
            message -> message.equals("end") ? Behaviors.stopped() : Behaviors.same()),
        "lasting");
  }

  private ActorSystem<String> newcomer() throws InterruptedException {
    ActorSystem<String> system = made.poll(PATIENCE, TimeUnit.SECONDS);
    assertThat(system).isNotNull();
    return system;
  }

  @Test
  void actorsThatEndAreReplacedUntilItIsClosed() throws InterruptedException {
    ActorSystem<String> last;
    try (var _ = new LastingActors<>(LastingActorsTest::system, made::add, () -> {})) {
      ActorSystem<String> first = newcomer();
      first.tell("end");
      last = newcomer();
      assertThat(last).isNotSameAs(first);
      assertThat(first.getWhenTerminated().toCompletableFuture()).isDone();
    }

    assertThat(last.getWhenTerminated().toCompletableFuture()).isDone();
    assertThat(made).isEmpty();
  }

  @Test
  void whatKeepsActorsFromTheirEndIsCutLoose() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    try (var _ = new LastingActors<>(() -> heldBy(held), made::add, held::countDown)) {
      ActorSystem<String> first = newcomer();
      first.terminate();

      assertThat(newcomer()).isNotSameAs(first);
    }
  }

  private static ActorSystem<String> heldBy(CountDownLatch latch) {
    return ActorSystem.create(
        Behaviors.receive(String.class)
            .onSignal(
                PostStop.class,
                signal -> {
                  latch.await();
                  return Behaviors.same();
                })
            .build(),
        "held");
  }
}
