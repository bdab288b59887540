package dev.flota.api.docker;

import java.time.Duration;

/** Durations in words, as docker/go-units' {@code HumanDuration} puts them. */
public final class HumanDuration {
  private HumanDuration() {}

  /** About how long: "Less than a second", "5 minutes", "About an hour", "2 weeks". */
  public static String of(Duration duration) {
    long seconds = duration.toSeconds();
    long minutes = duration.toMinutes();
    long hours = duration.plusMinutes(30).toHours();
    if (seconds < 1) {
      return "Less than a second";
    }
    if (seconds == 1) {
      return "1 second";
    }
    if (seconds < 60) {
      return seconds + " seconds";
    }
    if (minutes == 1) {
      return "About a minute";
    }
    if (minutes < 60) {
      return minutes + " minutes";
    }
    return hours == 1 ? "About an hour" : ofHours(hours, duration);
  }

  private static String ofHours(long hours, Duration duration) {
    if (hours < 48) {
      return hours + " hours";
    }
    if (hours < 24 * 7 * 2) {
      return hours / 24 + " days";
    }
    if (hours < 24 * 30 * 2) {
      return hours / 24 / 7 + " weeks";
    }
    if (hours < 24 * 365 * 2) {
      return hours / 24 / 30 + " months";
    }
    return duration.toHours() / 24 / 365 + " years";
  }
}
