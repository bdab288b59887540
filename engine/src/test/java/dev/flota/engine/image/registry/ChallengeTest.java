package dev.flota.engine.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.NotEmpty;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ChallengeTest {
  @Test
  void readsABearerChallenge() {
    assertThat(
            Challenge.parse(
                List.of(
                    "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\","
                        + "scope=\"repository:library/alpine:pull,push\"")))
        .containsExactly(
            new Challenge(
                "bearer",
                Map.of(
                    "realm", "https://auth.docker.io/token",
                    "service", "registry.docker.io",
                    "scope", "repository:library/alpine:pull,push")));
  }

  @Test
  void readsSeveralChallengesOfOneAndOfMoreHeaders() {
    assertThat(
            Challenge.parse(
                List.of("Negotiate, basic Realm = \"a \\\"b\\\"\" , Bearer realm=x/y", "Digest")))
        .containsExactly(
            new Challenge("negotiate", Map.of()),
            new Challenge("basic", Map.of("realm", "a \"b\"")),
            new Challenge("bearer", Map.of("realm", "x/y")),
            new Challenge("digest", Map.of()));
  }

  @Test
  void passesOverWhatItCannotRead() {
    assertThat(Challenge.parse(List.of("", ",,", "Bearer realm=\"never ends")))
        .containsExactly(new Challenge("bearer", Map.of("realm", "never ends")));
  }

  @Property
  void readsBackAnyQuotedValue(
      @ForAll @AlphaChars @NotEmpty String scheme,
      @ForAll @Size(max = 4) Map<@AlphaChars @NotEmpty String, String> parameters) {
    Map<String, String> lower = new HashMap<>();
    StringBuilder header = new StringBuilder(scheme).append(' ');
    parameters.forEach(
        (name, value) -> {
          lower.putIfAbsent(name.toLowerCase(Locale.ROOT), value);
          String escaped = value.replace("\\", "\\\\").replace("\"", "\\\"");
          header.append(name).append("=\"").append(escaped).append("\", ");
        });
    assertThat(Challenge.parse(List.of(header.toString())))
        .containsExactly(new Challenge(scheme.toLowerCase(Locale.ROOT), lower));
  }

  @Property
  void endsOnAnyHeader(@ForAll List<String> headers) {
    assertThat(Challenge.parse(headers)).allSatisfy(each -> assertThat(each.scheme()).isNotEmpty());
  }
}
