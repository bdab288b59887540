package dev.flota.cluster.placement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.cluster.placement.Expression.Kind;
import dev.flota.engine.EngineException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class PlacementExpressionTest {
  @ParameterizedTest
  @CsvSource({
    "node==host-1, node, true, false, host-1",
    "node!=host-1, node, false, false, host-1",
    "disk==~ssd, disk, true, true, ssd",
    "node.labels.disk!=~ssd, node.labels.disk, false, true, ssd",
    "' com.example.rack == a b ', com.example.rack, true, false, a b",
    "node==/host-[12]/, node, true, false, /host-[12]/",
    "operatingsystem==Debian*, operatingsystem, true, false, Debian*",
  })
  void readsKeyOperatorAndValue(
      String text, String key, boolean equal, boolean soft, String value) {
    assertThat(Expression.parse(Kind.CONSTRAINT, text))
        .isEqualTo(new Expression(Kind.CONSTRAINT, key, equal, soft, value, text.strip()));
  }

  @Test
  void standsInLabelsAndInTheEnvironment() {
    List<Expression> expressions =
        Expression.of(
            Map.of(
                "flota.constraint",
                "node.labels.disk==ssd, region!=eu",
                "flota.constraint.1",
                "rack==/^a{1,2}$/",
                "flota.affinity",
                "container==web",
                "com.docker.swarm.constraints",
                "[\"node==host-1\"]",
                "com.docker.swarm.affinities",
                "[\"image==redis\"]",
                "flota.constrainted",
                "no expression"),
            List.of(
                "PATH=/bin",
                "constraint:node==host-2",
                "affinity:container!=~web",
                "constraint=x"));
    assertThat(expressions)
        .extracting(expression -> expression.kind() + " " + expression)
        .containsExactly(
            "affinity image==redis",
            "constraint node==host-1",
            "affinity container==web",
            "constraint node.labels.disk==ssd",
            "constraint region!=eu",
            "constraint rack==/^a{1,2}$/",
            "constraint node==host-2",
            "affinity container!=~web");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "node=host-1|invalid constraint \"node=host-1\": write node==host-1",
        "ssd|invalid constraint \"ssd\": write KEY==VALUE or KEY!=VALUE, such as node==host-1",
        "disk==|invalid constraint \"disk==\": write KEY==VALUE or KEY!=VALUE, such as node==host-1",
        "node.label.disk==ssd|invalid constraint \"node.label.disk==ssd\": no such key as"
            + " node.label.disk; there are node, node.id, node.hostname, node.labels.NAME,"
            + " node.platform.os, node.platform.arch and engine.labels.NAME",
        "node.labels.==ssd|invalid constraint \"node.labels.==ssd\": no such key as node.labels.;"
            + " there are node, node.id, node.hostname, node.labels.NAME, node.platform.os,"
            + " node.platform.arch and engine.labels.NAME",
        "rack==/a{1|invalid constraint \"rack==/a{1\": a value that begins with / is a regular"
            + " expression and ends with / too; one with a comma goes into a label of its own,"
            + " flota.constraint.1",
        "rack==/(/|invalid constraint \"rack==/(/\": the regular expression is wrong: Unclosed group",
      })
  void saysWhatToWriteInstead(String text, String message) {
    assertThatThrownBy(() -> Expression.of(Map.of(), List.of("constraint:" + text)))
        .isInstanceOf(EngineException.class)
        .hasMessage(message);
  }

  @Test
  void aWrongAffinityIsCalledOne() {
    assertThatThrownBy(() -> Expression.of(Map.of("flota.affinity", "web"), List.of()))
        .hasMessage(
            "invalid affinity \"web\": write KEY==VALUE or KEY!=VALUE, such as container==web");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"node==host-1", "[null]", "null", "{}"})
  void aClassicLabelThatIsNoArrayIsRefused(String value) {
    assertThatThrownBy(
            () -> Expression.of(Map.of("com.docker.swarm.constraints", value), List.of()))
        .isInstanceOf(EngineException.class)
        .hasMessage(
            "invalid label com.docker.swarm.constraints="
                + value
                + ": write a JSON array of strings, such as [\"node==host-1\"]");
  }

  @Test
  void theReservationIsOfTheCommandLinesOptions() {
    assertThat(Wishes.json("{}", "{\"NanoCpus\":1500000000,\"Memory\":1024}").reservation())
        .isEqualTo(new Reservation(1_500_000_000, 1024));
    assertThat(
            Wishes.json("{}", "{\"CpuQuota\":50000,\"Memory\":1024,\"MemoryReservation\":512}")
                .reservation())
        .isEqualTo(new Reservation(500_000_000, 512));
    assertThat(Wishes.json("{}", "{\"CpuQuota\":-1,\"CpuPeriod\":1000}").reservation())
        .isEqualTo(Reservation.NONE);
  }

  @Test
  void aWishTakesVolumesAndPeersFromTheRequest() {
    Wish wish =
        Wishes.json(
            "{\"Image\":\"redis\",\"Labels\":{\"flota.constraint\":\"disk==ssd\"}}",
            """
            {"Binds":["data:/data:ro","/etc:/etc"],
             "Mounts":[{"Type":"volume","Source":"more","Target":"/x"},
                       {"Type":"volume","Target":"/y"},{"Type":"bind","Source":"/z","Target":"/z"}],
             "VolumesFrom":["db:ro","logs"],"NetworkMode":"container:web","PidMode":"host",
             "IpcMode":"container:db","Runtime":"runc"}
            """);
    assertThat(wish.volumes()).containsExactly("data", "more");
    assertThat(wish.peers()).containsExactly("db", "logs", "web");
    assertThat(wish.image()).isEqualTo("redis:latest");
    assertThat(wish.runtime()).isEqualTo("runc");
    assertThat(wish.expressions()).hasToString("[disk==ssd]");
  }
}
