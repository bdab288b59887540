package dev.flota.api.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.actor.ActorSystem;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.http.javadsl.model.HttpResponse;
import akka.stream.Materializer;
import akka.stream.SystemMaterializer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.typesafe.config.ConfigFactory;
import dev.flota.api.fleet.FanOut.Lists;
import dev.flota.cluster.ledger.Submission;
import dev.flota.engine.EngineException;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FanOutTest {
  private static final ActorSystem SYSTEM =
      ActorSystem.create("fan-out", ConfigFactory.load("flota-http"));
  private static final Materializer MATERIALIZER = SystemMaterializer.get(SYSTEM).materializer();

  private final List<Integer> asked = new ArrayList<>();

  @AfterAll
  static void end() {
    SYSTEM.terminate();
    SYSTEM.getWhenTerminated().toCompletableFuture().join();
  }

  private Supplier<CompletionStage<HttpResponse>> host(int number, int status, String body) {
    return () -> {
      asked.add(number);
      return CompletableFuture.completedFuture(
          HttpResponse.create()
              .withStatus(status)
              .withEntity(HttpEntities.create(ContentTypes.APPLICATION_JSON, body)));
    };
  }

  private static HttpResponse answer(List<Supplier<CompletionStage<HttpResponse>>> calls) {
    return Submission.await(FanOut.of(Lists.ALL, calls, MATERIALIZER));
  }

  private static String body(HttpResponse response) {
    return Submission.await(response.entity().toStrict(10_000, MATERIALIZER))
        .getData()
        .utf8String();
  }

  @Test
  void allAnswersBecomeOne() {
    HttpResponse answer =
        answer(
            List.of(
                host(1, 200, "{\"ContainersDeleted\":[\"a\"],\"SpaceReclaimed\":5}"),
                host(2, 200, "{\"ContainersDeleted\":null,\"SpaceReclaimed\":0}"),
                host(3, 200, "{\"ContainersDeleted\":[\"b\",\"c\"],\"SpaceReclaimed\":7}")));

    assertThat(answer.status().intValue()).isEqualTo(200);
    assertThat(body(answer))
        .isEqualTo("{\"ContainersDeleted\":[\"a\",\"b\",\"c\"],\"SpaceReclaimed\":12}\n");
    assertThat(asked).containsExactly(1, 2, 3);
  }

  @Test
  void aRefusalIsTheAnswerAndNobodyElseIsAsked() {
    HttpResponse answer =
        answer(
            List.of(
                host(1, 200, "[]"), host(2, 409, "{\"message\":\"in use\"}"), host(3, 200, "[]")));

    assertThat(answer.status().intValue()).isEqualTo(409);
    assertThat(body(answer)).isEqualTo("{\"message\":\"in use\"}");
    assertThat(asked).containsExactly(1, 2);
  }

  @Test
  void whoCannotBeReachedEndsIt() {
    EngineException lost = EngineException.conflict("gone");
    List<Supplier<CompletionStage<HttpResponse>>> calls =
        List.of(() -> CompletableFuture.failedFuture(lost), host(2, 200, "[]"));

    assertThatThrownBy(() -> answer(calls)).isSameAs(lost);
    assertThat(asked).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1]|[2]|[1,2]",
        "null|[2]|[2]",
        "[1]|null|[1]",
        "null|null|null",
        "3000000000|4000000000|7000000000",
        "\"one\"|\"other\"|\"one\"",
        "{\"a\":1}|{\"b\":2}|{\"a\":1,\"b\":2}",
        "{\"a\":{\"b\":[1]}}|{\"a\":{\"b\":[2]}}|{\"a\":{\"b\":[1,2]}}"
      })
  void twoAnswersJoin(String one, String other, String joined) throws JsonProcessingException {
    assertThat(FanOut.join(Lists.ALL, Json.DOCKER.readTree(one), Json.DOCKER.readTree(other)))
        .isEqualTo(Json.DOCKER.readTree(joined));
  }

  private static JsonNode json(String text) throws IOException {
    return Json.DOCKER.readTree(text.replace('\'', '"'));
  }

  @Test
  void whatTwoHostsHaveRemovedIsToldOnce() throws IOException {
    assertThat(
            FanOut.join(
                Lists.UNION,
                json("[{'Untagged':'a:1'},{'Deleted':'x'}]"),
                json("[{'Untagged':'a:1'},{'Deleted':'x'},{'Deleted':'y'}]")))
        .isEqualTo(json("[{'Untagged':'a:1'},{'Deleted':'x'},{'Deleted':'y'}]"));
  }

  @Test
  void whatTwoHostsHaveOccupiesTwice() throws IOException {
    assertThat(
            FanOut.join(
                Lists.ALL,
                json("{'LayersSize':2,'Images':[{'Id':'a'}],'BuildCache':null}"),
                json("{'LayersSize':3,'Images':[{'Id':'a'}],'BuildCache':[]}")))
        .hasToString(
            "{'LayersSize':5,'Images':[{'Id':'a'},{'Id':'a'}],'BuildCache':[]}".replace('\'', '"'));
  }
}
