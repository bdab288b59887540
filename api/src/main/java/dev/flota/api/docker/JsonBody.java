package dev.flota.api.docker;

import akka.http.javadsl.model.HttpEntity;
import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A JSON body, read as strictly as Go's encoding/json: names in any case, but no number where a
 * string belongs. Refused in Docker's words.
 */
public final class JsonBody {
  private static final JsonMapper STRICT = strict();
  private static final Pattern CHARACTER =
      Pattern.compile("^(?:Unexpected character \\(|Unrecognized token )'(.)");

  private final ByteString bytes;

  JsonBody(ByteString bytes) {
    this.bytes = bytes;
  }

  private static JsonMapper strict() {
    JsonMapper mapper =
        Json.DOCKER
            .rebuild()
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_PROPERTIES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .build();
    mapper
        .coercionConfigFor(LogicalType.Textual)
        .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
        .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail);
    return mapper;
  }

  /**
   * Refuses a body that does not say it is JSON; no body needs no type.
   *
   * @throws EngineException INVALID
   */
  static void checkContentType(HttpEntity entity) {
    String type = entity.getContentType().toString();
    String media = type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    // akka-http's names for a missing header.
    boolean unknown = media.equals("none/none") || media.equals("application/octet-stream");
    if (unknown && entity.isKnownEmpty()) {
      return;
    }
    if (!media.equals("application/json")) {
      throw EngineException.invalid(
          unknown
              ? "malformed Content-Type header (): mime: no media type"
              : "unsupported Content-Type header (%s): must be 'application/json'".formatted(type));
    }
  }

  /** Whether there is no body. */
  public boolean isEmpty() {
    return bytes.isEmpty();
  }

  /** Reads the body; none is {@code otherwise}. */
  public <T> T readOr(Class<T> type, T otherwise) {
    return isEmpty() ? otherwise : read(type).orElse(otherwise);
  }

  /**
   * Reads the body. {@code null} as a body is empty.
   *
   * @throws EngineException INVALID if it is missing or malformed
   */
  public <T> Optional<T> read(Class<T> type) {
    try (JsonParser parser = STRICT.createParser(bytes.toArray())) {
      return read(parser, type);
    } catch (IOException e) {
      throw EngineException.system("reading the request's body", e);
    }
  }

  /** A failure is put into words while the parser is open: it knows what it found. */
  private static <T> Optional<T> read(JsonParser parser, Class<T> type) throws IOException {
    try {
      if (parser.nextToken() == null) {
        throw EngineException.invalid("invalid JSON: got EOF while reading request body");
      }
      T value = STRICT.readValue(parser, type);
      if (parser.nextToken() != null) {
        throw EngineException.invalid("unexpected content after JSON");
      }
      return Optional.ofNullable(value);
    } catch (JsonProcessingException e) {
      throw new EngineException(ErrorKind.INVALID, "invalid JSON: " + reason(e), e);
    }
  }

  /** What Go's encoding/json says of it. */
  private static String reason(JsonProcessingException failure) {
    return switch (failure) {
      case JsonEOFException end -> "unexpected EOF";
      case JsonParseException malformed -> malformed(malformed);
      case MismatchedInputException mismatch -> mismatch(mismatch);
      case JsonMappingException mapping
          when mapping.getCause() instanceof JsonProcessingException cause ->
          reason(cause);
      case JsonProcessingException other -> other.getOriginalMessage();
    };
  }

  private static String malformed(JsonParseException failure) {
    Matcher character = CHARACTER.matcher(failure.getOriginalMessage());
    return character.find()
        ? "invalid character '%s' looking for beginning of value".formatted(character.group(1))
        : failure.getOriginalMessage();
  }

  private static String mismatch(MismatchedInputException failure) {
    List<String> names = new ArrayList<>();
    for (JsonMappingException.Reference reference : failure.getPath()) {
      if (reference.getFieldName() != null) {
        names.add(reference.getFieldName());
      }
    }
    return "json: cannot unmarshal %s into Go %s of type %s"
        .formatted(
            foundKind(failure),
            names.isEmpty() ? "value" : "struct field ." + String.join(".", names),
            goType(failure.getTargetType()));
  }

  private static String foundKind(MismatchedInputException failure) {
    if (!(failure.getProcessor() instanceof JsonParser parser) || parser.currentToken() == null) {
      return "value";
    }
    return switch (parser.currentToken()) {
      case VALUE_STRING -> "string";
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "number";
      case VALUE_TRUE, VALUE_FALSE -> "bool";
      case START_ARRAY, END_ARRAY -> "array";
      case START_OBJECT, END_OBJECT, FIELD_NAME -> "object";
      case VALUE_NULL -> "null";
      case VALUE_EMBEDDED_OBJECT, NOT_AVAILABLE -> "value";
    };
  }

  private static String goType(Class<?> type) {
    if (type == String.class) {
      return "string";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "bool";
    }
    if (type == long.class || type == Long.class) {
      return "int64";
    }
    if (type == int.class || type == Integer.class) {
      return "int";
    }
    if (Collection.class.isAssignableFrom(type)) {
      return "[]string";
    }
    return Map.class.isAssignableFrom(type) ? "map[string]string" : type.getSimpleName();
  }
}
