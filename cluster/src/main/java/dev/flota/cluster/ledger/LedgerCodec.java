package dev.flota.cluster.ledger;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.jsontype.NamedType;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import dev.flota.cluster.Outcome;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The ledger's things as CBOR (RFC 8949), each in an envelope with a version. Fields that a reader
 * does not know it ignores, so hosts of adjacent versions understand each other; what carries a
 * greater version than {@link #VERSION} it refuses.
 */
public final class LedgerCodec {
  /** Of the envelope; grows when an older reader would misunderstand what is inside. */
  private static final int VERSION = 1;

  private static final CBORMapper MAPPER =
      CBORMapper.builder()
          .addModule(new JavaTimeModule())
          .addModule(new Jdk8Module())
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .registerSubtypes(names(Change.class))
          .registerSubtypes(names(Answer.class))
          .build();

  private record ChangeEnvelope(int version, Change<?> change) {}

  private record OutcomeEnvelope(
      int version, @Nullable Answer answer, @Nullable ErrorKind refusal, @Nullable String text) {}

  private record SnapshotEnvelope(int version, LedgerSnapshot snapshot) {}

  private LedgerCodec() {}

  private static NamedType[] names(Class<?> sealed) {
    return Arrays.stream(sealed.getPermittedSubclasses())
        .map(type -> new NamedType(type, type.getSimpleName()))
        .toArray(NamedType[]::new);
  }

  /** A change as bytes. */
  public static byte[] encode(Change<?> change) throws IOException {
    return MAPPER.writeValueAsBytes(new ChangeEnvelope(VERSION, change));
  }

  /**
   * A change from bytes.
   *
   * @throws IOException when this version does not understand it
   */
  public static Change<?> decodeChange(byte[] bytes) throws IOException {
    ChangeEnvelope envelope = MAPPER.readValue(bytes, ChangeEnvelope.class);
    check(envelope.version());
    return envelope.change();
  }

  /** An outcome as bytes. */
  public static byte[] encode(Outcome<Answer> outcome) throws IOException {
    return MAPPER.writeValueAsBytes(
        switch (outcome) {
          case Outcome.Ok<Answer>(Answer answer) ->
              new OutcomeEnvelope(VERSION, answer, null, null);
          case Outcome.Refused<Answer>(ErrorKind kind, String text) ->
              new OutcomeEnvelope(VERSION, null, kind, text);
        });
  }

  /** The answer in an outcome's bytes; throws the refusal. */
  public static Answer decodeOutcome(byte[] bytes) throws IOException {
    OutcomeEnvelope envelope = MAPPER.readValue(bytes, OutcomeEnvelope.class);
    check(envelope.version());
    Answer answer = envelope.answer();
    if (answer != null) {
      return answer;
    }
    ErrorKind kind = envelope.refusal();
    String text = envelope.text();
    throw new EngineException(
        kind == null ? ErrorKind.SYSTEM : kind, text == null ? "refused by the ledger" : text);
  }

  /** Writes the whole state; the stream stays open. */
  public static void write(LedgerState state, OutputStream to) throws IOException {
    to.write(MAPPER.writeValueAsBytes(new SnapshotEnvelope(VERSION, LedgerSnapshot.of(state))));
  }

  /** Reads what {@link #write} wrote. */
  public static LedgerState read(InputStream from) throws IOException {
    SnapshotEnvelope envelope = MAPPER.readValue(from, SnapshotEnvelope.class);
    check(envelope.version());
    return envelope.snapshot().restore();
  }

  private static void check(int version) throws IOException {
    if (version > VERSION) {
      throw new IOException(
          "the fleet's ledger is of version %d, this host knows up to %d: update it"
              .formatted(version, VERSION));
    }
  }
}
