package dev.flota.lab.harness;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Containers, volumes, networks and tags that went into being before the spy's eyes; removes what is left.
 */
final class Leftovers {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern TAGGED =
      Pattern.compile("/images/.+/tag\\?repo=([^&]*)&tag=([^&]*)");

  private final Api api;
  private final Set<String> paths = new LinkedHashSet<>();

  Leftovers(Api api) {
    this.api = api;
  }

  void accept(Exchange exchange) {
    if (!exchange.method().equals("POST") || exchange.status() != 201) {
      return;
    }
    if (exchange.path().endsWith("/containers/create")) {
      add("/containers/" + field(exchange.body(), "Id") + "?force=1&v=1");
    } else if (exchange.path().endsWith("/volumes/create")) {
      add("/volumes/" + field(exchange.body(), "Name") + "?force=1");
    } else if (exchange.path().endsWith("/networks/create")) {
      add("/networks/" + field(exchange.body(), "Id"));
    } else {
      Matcher tag = TAGGED.matcher(exchange.path() + "?" + exchange.query());
      if (tag.find()) {
        add("/images/" + decoded(tag.group(1)) + ":" + decoded(tag.group(2)));
      }
    }
  }

  private synchronized void add(String path) {
    paths.add(path);
  }

  /** Removes, the last thing first: containers before the volumes and images they use. */
  void remove() {
    for (String path : taken().reversed()) {
      int status = api.send("DELETE", "/v1.50" + path).status();
      if (status >= 500) {
        throw new AssertionError("cannot clean up: DELETE " + path + " answers " + status);
      }
    }
  }

  private synchronized List<String> taken() {
    List<String> taken = new ArrayList<>(paths);
    paths.clear();
    return taken;
  }

  private static String field(String body, String name) {
    try {
      return JSON.readTree(body).path(name).asText();
    } catch (JsonProcessingException failure) {
      throw new AssertionError("not JSON: " + body, failure);
    }
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
