package dev.flota.cluster.host;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.flota.cluster.Outcome;
import dev.flota.cluster.container.Created;
import dev.flota.cluster.directory.Placed;
import dev.flota.cluster.membership.FleetMessage;
import dev.flota.engine.ErrorKind;
import java.util.function.Function;

/** What became of a container that another host was to make. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
@JsonSubTypes({
  @JsonSubTypes.Type(value = CreateReply.Made.class, name = "made"),
  @JsonSubTypes.Type(value = CreateReply.Refused.class, name = "refused")
})
public sealed interface CreateReply extends FleetMessage {
  /** It is there; whoever asked knows it before the directory tells. */
  record Made(Created created, Placed placed) implements CreateReply {}

  /** It is not; the text is for the user. */
  record Refused(ErrorKind kind, String text) implements CreateReply {}

  /** That outcome as a message. */
  static CreateReply of(Outcome<Created> outcome, Function<String, Placed> placed) {
    return switch (outcome) {
      case Outcome.Ok<Created>(Created created) -> new Made(created, placed.apply(created.id()));
      case Outcome.Refused<Created>(ErrorKind kind, String text) -> new Refused(kind, text);
    };
  }

  /** This message as an outcome. */
  default Outcome<Created> outcome() {
    return switch (this) {
      case Made made -> Outcome.ok(made.created());
      case Refused(ErrorKind kind, String text) -> new Outcome.Refused<>(kind, text);
    };
  }
}
