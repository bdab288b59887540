package dev.flota.cluster.host;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.flota.cluster.Outcome;
import dev.flota.cluster.container.Created;
import dev.flota.cluster.membership.FleetMessage;
import dev.flota.engine.ErrorKind;

/** What became of a container that another host was to make. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = CreateReply.Made.class, name = "made"),
  @JsonSubTypes.Type(value = CreateReply.Refused.class, name = "refused")
})
public sealed interface CreateReply extends FleetMessage {
  /** It is there. */
  record Made(Created created) implements CreateReply {}

  /** It is not; the text is for the user. */
  record Refused(ErrorKind kind, String text) implements CreateReply {}

  /** That outcome as a message. */
  static CreateReply of(Outcome<Created> outcome) {
    return switch (outcome) {
      case Outcome.Ok<Created>(Created created) -> new Made(created);
      case Outcome.Refused<Created>(ErrorKind kind, String text) -> new Refused(kind, text);
    };
  }

  /** This message as an outcome. */
  default Outcome<Created> outcome() {
    return switch (this) {
      case Made(Created created) -> Outcome.ok(created);
      case Refused(ErrorKind kind, String text) -> new Outcome.Refused<>(kind, text);
    };
  }
}
