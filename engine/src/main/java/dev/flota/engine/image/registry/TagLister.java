package dev.flota.engine.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code GET /v2/NAME/tags/list}, one page of it.
 *
 * @param query where the page starts: {@code ""} for the first
 */
record TagLister(String repository, String query) implements RegistryCall<TagLister.Page> {
  private static final Pattern NEXT = Pattern.compile("<[^>]*\\?([^>]*)>\\s*;\\s*rel=\"?next\"?");

  /** Tags, and the query of the next page. */
  record Page(List<String> tags, Optional<String> next) {}

  @Override
  public String path() {
    return repository + "/tags/list" + (query.isEmpty() ? "" : "?" + query);
  }

  @Override
  public Page answer(HttpResponse<InputStream> response) throws IOException {
    JsonNode root;
    try (InputStream body = response.body()) {
      root = Json.PLAIN.readTree(body);
    }
    List<String> tags = new ArrayList<>();
    root.path("tags").forEach(each -> tags.add(each.asText()));
    return new Page(tags, response.headers().firstValue("Link").flatMap(TagLister::next));
  }

  private static Optional<String> next(String link) {
    Matcher matcher = NEXT.matcher(link);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }
}
