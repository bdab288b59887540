package dev.flota.cluster.container;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class WaitsTest {
  private static final ExitStatus END = new ExitStatus(3, "");

  private final ActorTestKit kit = ActorTestKit.create();
  private final Waits waits = new Waits();
  private final TestProbe<ExitStatus> collector = kit.createTestProbe();

  @AfterEach
  void close() {
    kit.shutdownTestKit();
  }

  @Test
  void anEndBeforeAnybodyCollectsIsKept() {
    long wait = waits.register(WaitCondition.NEXT_EXIT, null);
    waits.settle(condition -> true, END);

    waits.collect(wait, collector.ref());

    collector.expectMessage(END);
  }

  @Test
  void theFirstEndCounts() {
    long wait = waits.register(WaitCondition.NEXT_EXIT, null);
    waits.settle(condition -> true, END);
    waits.settle(condition -> true, new ExitStatus(4, ""));

    waits.collect(wait, collector.ref());

    collector.expectMessage(END);
  }

  @Test
  void whoeverWaitsForAnotherConditionWaitsOn() {
    long wait = waits.register(WaitCondition.REMOVED, null);
    waits.collect(wait, collector.ref());

    waits.settle(condition -> condition != WaitCondition.REMOVED, END);
    collector.expectNoMessage();

    waits.settle(condition -> true, END);
    collector.expectMessage(END);
  }

  @Test
  void anAnswerComesOnce() {
    long wait = waits.register(WaitCondition.NOT_RUNNING, END);
    waits.collect(wait, collector.ref());
    collector.expectMessage(END);

    waits.collect(wait, collector.ref());
    waits.settle(condition -> true, END);

    collector.expectNoMessage();
  }
}
