package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.json.Json;
import dev.flota.engine.runtime.Observed;
import dev.flota.engine.spec.ContainerRecord;
import dev.flota.engine.spec.RunState;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AdoptionTest {
  private static final Instant BEFORE = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant NOW = Instant.parse("2026-01-02T00:00:00Z");

  private static ContainerRecord container(RunState state) throws Exception {
    ContainerRecord record =
        Json.PLAIN.readValue(
            """
            {"schemaVersion":1,"epoch":0,"id":"c","name":"n","created":"2026-01-01T00:00:00Z",
             "image":"i","imageId":"sha256:i","config":{},"hostConfig":{},"networkingConfig":{},
             "runtime":"crun","wanted":"RUNNING","endpoints":[],"mounts":[],"logs":[],"exits":[],
             "restartCount":0}
            """,
            ContainerRecord.class);
    return record.withState(state);
  }

  private static RunState running(int pid) {
    return new RunState(RunState.Status.RUNNING, pid, 0, false, "", BEFORE, null);
  }

  @Test
  void aProcessThatTheRecordDoesNotKnowIsTakenIn() throws Exception {
    ContainerRecord adopted =
        Adoption.seen(container(RunState.created()), new Observed.Running(7), NOW);

    assertThat(adopted.state())
        .isEqualTo(new RunState(RunState.Status.RUNNING, 7, 0, false, "", NOW, null));
  }

  @Test
  void aFrozenOneIsPaused() throws Exception {
    assertThat(Adoption.seen(container(running(7)), new Observed.Paused(7), NOW).state())
        .isEqualTo(new RunState(RunState.Status.PAUSED, 7, 0, false, "", BEFORE, null));
  }

  @Test
  void anEndIsLeftToBeTakenIn() throws Exception {
    ContainerRecord known = container(running(7));

    assertThat(Adoption.seen(known, new Observed.Exited(3, NOW, false), NOW)).isEqualTo(known);
    assertThat(Adoption.seen(known, new Observed.Gone(), NOW)).isEqualTo(known);
  }
}
