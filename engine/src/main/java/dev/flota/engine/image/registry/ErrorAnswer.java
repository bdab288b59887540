package dev.flota.engine.image.registry;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.image.registry.RegistryException.Reason;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * Turns a registry's error into an exception (OCI distribution-spec 1.1, "Error Codes"; the texts
 * are those of the distribution project's client, which Docker shows).
 */
final class ErrorAnswer {
  private static final int SHOWN = 200;
  private static final String DENIED_MESSAGE = "requested access to the resource is denied";
  private static final String UNAUTHORIZED_MESSAGE = "authentication required";

  private ErrorAnswer() {}

  static RegistryException of(int status, List<String> challengeHeaders, byte[] body) {
    if (status >= 500) {
      return new RegistryException(
          Reason.PASSING,
          "received unexpected HTTP status: " + status + " " + StatusText.of(status));
    }
    for (Challenge challenge : Challenge.parse(challengeHeaders)) {
      String error = challenge.parameters().getOrDefault("error", "");
      if (challenge.scheme().equals("bearer") && error.equals("insufficient_scope")) {
        return described(Reason.DENIED, "denied", challenge, DENIED_MESSAGE);
      }
      if (challenge.scheme().equals("bearer") && error.equals("invalid_token")) {
        return described(Reason.UNAUTHORIZED, "unauthorized", challenge, UNAUTHORIZED_MESSAGE);
      }
    }
    return ofBody(status, body);
  }

  private static RegistryException described(
      Reason reason, String code, Challenge challenge, String otherwise) {
    String description = challenge.parameters().getOrDefault("error_description", "");
    return new RegistryException(
        reason, code + ": " + (description.isEmpty() ? otherwise : description));
  }

  private static RegistryException ofBody(int status, byte[] body) {
    JsonNode root;
    try {
      root = Json.PLAIN.readTree(body);
    } catch (IOException e) {
      return withoutBody(status, body);
    }
    JsonNode first = root == null ? null : root.path("errors").path(0);
    if (first == null || !first.has("code")) {
      return withoutBody(status, body);
    }
    String code = first.path("code").asText();
    String words = code.toLowerCase(Locale.ROOT).replace('_', ' ');
    String message = first.path("message").asText(words);
    return new RegistryException(
        reason(code), words + ": " + (message.isEmpty() ? words : message));
  }

  private static Reason reason(String code) {
    return switch (code) {
      case "UNAUTHORIZED" -> Reason.UNAUTHORIZED;
      case "DENIED" -> Reason.DENIED;
      case "MANIFEST_UNKNOWN" -> Reason.MANIFEST_UNKNOWN;
      case "NAME_UNKNOWN" -> Reason.NAME_UNKNOWN;
      case "BLOB_UNKNOWN" -> Reason.BLOB_UNKNOWN;
      default -> Reason.OTHER;
    };
  }

  private static RegistryException withoutBody(int status, byte[] body) {
    return switch (status) {
      case 401 ->
          new RegistryException(Reason.UNAUTHORIZED, "unauthorized: " + UNAUTHORIZED_MESSAGE);
      case 403 -> new RegistryException(Reason.DENIED, "denied: " + DENIED_MESSAGE);
      case 429 -> new RegistryException(Reason.OTHER, "toomanyrequests: too many requests");
      default ->
          new RegistryException(
              Reason.OTHER, "error parsing HTTP " + status + " response body: " + beginning(body));
    };
  }

  private static String beginning(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    String shown = text.length() > SHOWN ? text.substring(0, SHOWN) + "…" : text;
    return text.isEmpty() ? "unexpected end of JSON input: \"\"" : "no JSON: \"" + shown + "\"";
  }
}
