package dev.flota.lab.contract;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.flota.lab.contract.SchemaCheck.Breach;
import dev.flota.lab.harness.Exchange;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Checks every JSON answer that goes by against Docker's description, and remembers the breaches.
 */
public final class ObservedContract {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Answers in older forms go by older files. */
  private static final Pattern OTHER_VERSION = Pattern.compile("^/v(?!1\\.50/)[0-9.]+/.*");

  private final ApiDescription description = ApiDescription.load();
  private final SchemaCheck check = new SchemaCheck(description);
  private final Map<String, TreeSet<String>> breaches = new TreeMap<>();
  private final Map<String, Integer> seen = new TreeMap<>();

  /** Takes an answer in. */
  public void accept(Exchange exchange) {
    if (OTHER_VERSION.matcher(exchange.path()).matches()) {
      return;
    }
    Optional<String> template = description.template(exchange.method(), exchange.path());
    if (template.isEmpty()) {
      return;
    }
    String operation = exchange.method() + " " + template.get() + " " + exchange.status();
    note(operation);
    if (!description.knows(exchange.method(), template.get(), exchange.status())) {
      breach(operation, "the status is not in the description");
    }
    Optional<JsonNode> schema =
        description.schema(exchange.method(), template.get(), exchange.status());
    if (schema.isPresent()) {
      checkBody(operation, schema.get(), exchange);
    }
  }

  private void checkBody(String operation, JsonNode schema, Exchange exchange) {
    if (!exchange.contentType().startsWith("application/json")) {
      breach(operation, "content type '" + exchange.contentType() + "' instead of JSON");
      return;
    }
    // Streams such as /events are one document after the other.
    try (JsonParser documents = JSON.createParser(exchange.body())) {
      while (documents.nextToken() != null) {
        JsonNode document = documents.readValueAsTree();
        for (Breach breach : check.check(schema, document)) {
          if (!RealDocker.doesSo(operation, breach)) {
            breach(operation, breach.place() + " " + breach.problem());
          }
        }
      }
    } catch (JsonProcessingException malformed) {
      breach(operation, "malformed JSON: " + malformed.getOriginalMessage());
    } catch (IOException failure) {
      breach(operation, failure.toString());
    }
  }

  private synchronized void note(String operation) {
    seen.merge(operation, 1, Integer::sum);
  }

  private synchronized void breach(String operation, String what) {
    breaches.computeIfAbsent(operation, key -> new TreeSet<>()).add(what);
  }

  /** How often each operation and status was seen. */
  public synchronized Map<String, Integer> seen() {
    return Map.copyOf(seen);
  }

  /** What was wrong with an operation's answers; empty if nothing. */
  public synchronized Set<String> breachesOf(String operation) {
    return Set.copyOf(breaches.getOrDefault(operation, new TreeSet<>()));
  }
}
