package dev.flota.api.docker;

import dev.flota.engine.EngineException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters behind the question mark, read as moby's httputils reads them. */
public final class Query {
  private final Map<String, List<String>> values;

  private Query(Map<String, List<String>> values) {
    this.values = values;
  }

  /** Reads the raw text behind the question mark. */
  public static Query parse(String raw) {
    Map<String, List<String>> values = new LinkedHashMap<>();
    for (String pair : raw.split("&", -1)) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        values
            .computeIfAbsent(PercentCoding.decodeQuery(name), _ -> new ArrayList<>())
            .add(PercentCoding.decodeQuery(value));
      }
    }
    return new Query(values);
  }

  /** Whether the parameter is there at all, be it empty. */
  public boolean has(String name) {
    return values.containsKey(name);
  }

  /** All values of a parameter. */
  public List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  /** The first value, or an empty string. */
  public String text(String name) {
    List<String> all = all(name);
    return all.isEmpty() ? "" : all.getFirst();
  }

  /** The first value, or {@code null} when it is missing or empty. */
  public @Nullable String textOrNull(String name) {
    String text = text(name);
    return text.isEmpty() ? null : text;
  }

  /** True unless the value is missing, empty, 0, no, false or none. */
  public boolean flag(String name) {
    return switch (text(name).strip().toLowerCase(Locale.ROOT)) {
      case "", "0", "no", "false", "none" -> false;
      default -> true;
    };
  }

  /**
   * A whole number, or {@code null} when it is missing or empty.
   *
   * @throws EngineException INVALID, in Go's words
   */
  public @Nullable Integer number(String name) {
    String text = textOrNull(name);
    return text == null ? null : GoNumbers.parseInt(text);
  }

  /** What {@code filters} asks for. */
  public Filters filters() {
    return Filters.parse(text("filters"));
  }
}
