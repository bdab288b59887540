package dev.flota.api.docker;

import dev.flota.engine.EngineException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a prune spares: whatever is younger than {@code until}, lacks a {@code label} or has a
 * {@code label!}.
 */
public final class PruneFilter {
  private final Filters filters;
  private final @Nullable Instant until;

  private PruneFilter(Filters filters, @Nullable Instant until) {
    this.filters = filters;
    this.until = until;
  }

  /**
   * What the filters ask for.
   *
   * @param now from which {@code until=24h} counts back
   * @throws EngineException INVALID
   */
  public static PruneFilter of(Filters filters, Instant now) {
    if (filters.all("until").size() > 1) {
      throw EngineException.invalid("more than one until filter specified");
    }
    Instant until =
        filters.all("until").stream()
            .map(value -> Rfc3339.parseRelative(value, now))
            .findFirst()
            .orElse(null);
    return new PruneFilter(filters, until);
  }

  /** Whether an object of this age and with these labels may go. */
  public boolean fits(@Nullable Instant created, @Nullable Map<String, String> labels) {
    Map<String, String> known = labels == null ? Map.of() : labels;
    boolean old = until == null || created == null || created.isBefore(until);
    return old && filters.labels("label", known) && filters.withoutLabels("label!", known);
  }
}
