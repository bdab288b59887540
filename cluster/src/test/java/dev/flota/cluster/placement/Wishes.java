package dev.flota.cluster.placement;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.flota.engine.image.Platform;
import dev.flota.engine.json.Json;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import java.util.List;
import java.util.Map;

/** Wishes for tests. */
final class Wishes {
  private Wishes() {}

  /** By the JSON of a create request's two configurations. */
  static Wish json(String config, String hostConfig) {
    try {
      return Wish.of(
          "0123456789abcdef",
          "wish",
          Json.DOCKER.readValue(config, ContainerConfig.class),
          Json.DOCKER.readValue(hostConfig, HostConfig.class),
          null,
          null);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(config + hostConfig, e);
    }
  }

  static Wish plain() {
    return reserving(Reservation.NONE);
  }

  static Wish reserving(Reservation reservation) {
    return named("wish", reservation, Map.of());
  }

  static Wish named(String name, Reservation reservation, Map<String, String> labels) {
    return new Wish(
        "id-of-" + name,
        name,
        labels,
        reservation,
        "redis:7.2",
        "sha256:" + "a".repeat(64),
        List.of(),
        List.of(),
        null,
        null,
        Expression.of(labels, List.of()));
  }

  /** With expressions as in the environment: {@code constraint:disk==ssd}. */
  static Wish with(String... environment) {
    return asking(plain(), environment);
  }

  /** The same with other expressions. */
  static Wish asking(Wish plain, String... environment) {
    return new Wish(
        plain.id(),
        plain.name(),
        plain.labels(),
        plain.reservation(),
        plain.image(),
        plain.imageId(),
        plain.volumes(),
        plain.peers(),
        null,
        null,
        Expression.of(Map.of(), List.of(environment)));
  }

  static Wish on(Platform platform) {
    Wish plain = plain();
    return new Wish(
        plain.id(),
        plain.name(),
        plain.labels(),
        plain.reservation(),
        plain.image(),
        plain.imageId(),
        List.of(),
        List.of(),
        null,
        platform,
        List.of());
  }
}
