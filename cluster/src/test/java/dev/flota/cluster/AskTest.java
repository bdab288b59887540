package dev.flota.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.javadsl.Behaviors;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AskTest {
  private record Question(ActorRef<String> replyTo) {}

  private final ActorTestKit kit = ActorTestKit.create();

  @AfterEach
  void close() {
    kit.shutdownTestKit();
  }

  private String ask(Behavior<Question> behavior, Duration patience) throws Exception {
    CompletableFuture<String> answer =
        Ask.of(kit.system(), kit.spawn(behavior), Question::new, patience).toCompletableFuture();
    return answer.get(30, TimeUnit.SECONDS);
  }

  @Test
  void anAnswerComesAsItIs() throws Exception {
    Behavior<Question> answering =
        Behaviors.receiveMessage(
            question -> {
              question.replyTo().tell("yes");
              return Behaviors.same();
            });

    assertThat(ask(answering, Ask.FOREVER)).isEqualTo("yes");
  }

  @Test
  void silenceIsARefusalInPlainWords() {
    assertThatThrownBy(() -> ask(Behaviors.ignore(), Duration.ofMillis(50)))
        .cause()
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAVAILABLE))
        .hasMessageStartingWith("the engine has not answered")
        .hasMessageNotContaining("akka");
  }

  @ParameterizedTest
  @CsvSource({"0, 300", "10, 310", "3600, 3900", "-1, 17280000", "2147483647, 17280000"})
  void patienceOutlastsTheStop(int seconds, long patience) {
    assertThat(Ask.patience(seconds)).isEqualTo(Duration.ofSeconds(patience));
  }
}
