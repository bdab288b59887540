package dev.flota.api.docker.container;

import dev.flota.api.docker.HumanDuration;
import dev.flota.engine.spec.RunState;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The STATUS column of {@code docker ps}, as moby's {@code State.String} words it. */
final class StatusText {
  private StatusText() {}

  /** What a host that cannot be reached does with its containers is not known. */
  static String of(RunState state, @Nullable Site site, Instant now) {
    if (site == null || !state.status().alive()) {
      return of(state, now);
    }
    return switch (site.state()) {
      case READY -> of(state, now);
      case UNREACHABLE -> "Unreachable";
      case LOST -> "Host lost";
    };
  }

  private static String of(RunState state, Instant now) {
    return switch (state.status()) {
      case CREATED -> "Created";
      case RUNNING -> "Up " + since(state.startedAt(), now);
      case PAUSED -> "Up " + since(state.startedAt(), now) + " (Paused)";
      case RESTARTING ->
          "Restarting (%d) %s ago".formatted(state.exitCode(), since(state.finishedAt(), now));
      case REMOVING -> "Removal In Progress";
      case DEAD -> "Dead";
      case EXITED -> ended(state, now);
    };
  }

  /** A start that failed leaves a container that never ran, which Docker shows as created. */
  private static String ended(RunState state, Instant now) {
    return state.startedAt() == null && state.finishedAt() == null
        ? "Created"
        : "Exited (%d) %s ago".formatted(state.exitCode(), since(state.finishedAt(), now));
  }

  private static String since(@Nullable Instant then, Instant now) {
    return HumanDuration.of(then == null ? Duration.ZERO : Duration.between(then, now));
  }
}
