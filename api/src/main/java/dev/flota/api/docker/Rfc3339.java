package dev.flota.api.docker;

import dev.flota.engine.EngineException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Times as Go's time package writes and Docker's clients send them. */
public final class Rfc3339 {
  /** Go's zero time: what Docker shows for "never". */
  public static final String NEVER = "0001-01-01T00:00:00Z";

  private static final DateTimeFormatter NANO =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendLiteral('Z')
          .toFormatter()
          .withZone(ZoneOffset.UTC);
  private static final Pattern SECONDS = Pattern.compile("(-?[0-9]{1,12})(?:\\.([0-9]{0,9}))?");

  private static final Pattern DATE =
      Pattern.compile("([0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9]{2}(?::[0-9]{2}){0,2}(?:\\.[0-9]+)?)?");

  private Rfc3339() {}

  /** In UTC with as many digits of the second as there are. */
  public static String format(@Nullable Instant time) {
    return time == null ? NEVER : NANO.format(time);
  }

  /**
   * A point in time as clients send it: seconds of the epoch with up to nine decimals, or RFC 3339.
   * Empty is {@code null}.
   *
   * @throws EngineException INVALID
   */
  public static @Nullable Instant parse(String text) {
    if (text.isEmpty()) {
      return null;
    }
    Matcher seconds = SECONDS.matcher(text);
    try {
      return seconds.matches()
          ? epoch(seconds.group(1), seconds.group(2))
          : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeParseException e) {
      throw EngineException.invalid(
          "strconv.ParseInt: parsing \"%s\": invalid syntax".formatted(text));
    } catch (DateTimeException e) {
      throw EngineException.invalid(
          "strconv.ParseInt: parsing \"%s\": value out of range".formatted(text));
    }
  }

  /**
   * Like {@link #parse}, but also a duration in Go's notation ("1h30m") before {@code now}, and a
   * date or time without a zone, which is taken as UTC.
   *
   * @throws EngineException INVALID
   */
  public static Instant parseRelative(String text, Instant now) {
    Duration ago = GoDuration.parse(text);
    if (ago != null) {
      return now.minus(ago);
    }
    Instant local = local(text);
    Instant time = local == null ? parse(text) : local;
    if (time == null) {
      throw EngineException.invalid("failed to parse value as time or duration: \"\"");
    }
    return time;
  }

  private static @Nullable Instant local(String text) {
    Matcher date = DATE.matcher(text);
    if (!date.matches()) {
      return null;
    }
    String time = date.group(2);
    String padded = time == null ? "T00:00:00" : time + ":00".repeat(2 - colons(time));
    return OffsetDateTime.parse(date.group(1) + padded + "Z").toInstant();
  }

  private static int colons(String text) {
    return (int) text.chars().filter(character -> character == ':').count();
  }

  private static Instant epoch(String whole, @Nullable String decimals) {
    long nanos =
        decimals == null || decimals.isEmpty()
            ? 0
            : Long.parseLong(decimals + "0".repeat(9 - decimals.length()));
    return Instant.ofEpochSecond(Long.parseLong(whole), nanos);
  }
}
