package dev.flota.engine.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceTest {
  private static final String HEX =
      "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

  @ParameterizedTest
  @CsvSource({
    "alpine,                      docker.io/library/alpine,            alpine",
    "alpine:3.20,                 docker.io/library/alpine:3.20,       alpine:3.20",
    "user/app,                    docker.io/user/app,                  user/app",
    "docker.io/alpine,            docker.io/library/alpine,            alpine",
    "index.docker.io/alpine,      docker.io/library/alpine,            alpine",
    "docker.io/library/a/b,       docker.io/library/a/b,               library/a/b",
    "localhost/app,               localhost/app,                       localhost/app",
    "localhost:5000/app:1,        localhost:5000/app:1,                localhost:5000/app:1",
    "ghcr.io/a/b_c.d-e:v1,        ghcr.io/a/b_c.d-e:v1,                ghcr.io/a/b_c.d-e:v1",
    "[2001:db8::1]:5000/app,      [2001:db8::1]:5000/app,              [2001:db8::1]:5000/app",
    "Host/app,                    Host/app,                            Host/app",
    "a__b/c---d,                  docker.io/a__b/c---d,                a__b/c---d",
  })
  void normalisesWhatUsersWrite(String text, String full, String familiar) {
    Reference reference = Reference.parse(text);
    assertThat(reference).hasToString(full);
    assertThat(reference.familiar()).isEqualTo(familiar);
  }

  @Test
  void readsTagAndDigestTogether() {
    Reference reference = Reference.parse("alpine:3@sha256:" + HEX);
    assertThat(reference.tag()).isEqualTo("3");
    assertThat(reference.digest()).isEqualTo("sha256:" + HEX);
    assertThat(reference.orLatest()).isEqualTo(reference);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "a//b",
        "-a",
        "a-",
        "a/b/",
        ":tag",
        "alpine:",
        "alpine@",
        "alpine:-x",
        "a b",
        "alpine@sha256:ab",
        "a___b",
        "a..b",
        "localhost:port/a",
        "http://example.org/a",
        "\u00e4",
        "alpine:3:4",
        "[::1/app",
        "a:b@c:d"
      })
  void refusesWhatDoesNotFitTheGrammar(String text) {
    assertThatThrownBy(() -> Reference.parse(text))
        .isInstanceOf(EngineException.class)
        .hasMessage("invalid reference format");
  }

  @Test
  void saysThatNamesAreLowerCase() {
    assertThatThrownBy(() -> Reference.parse("Foo"))
        .hasMessage("invalid reference format: repository name (library/Foo) must be lowercase");
    assertThatThrownBy(() -> Reference.parse("ghcr.io/a/Foo:Bar"))
        .hasMessage("invalid reference format: repository name (a/Foo) must be lowercase");
  }

  @Test
  void refusesAnIdAsName() {
    assertThatThrownBy(() -> Reference.parse(HEX))
        .hasMessage(
            "invalid repository name (" + HEX + "), cannot specify 64-byte hexadecimal strings");
  }

  @Test
  void refusesLongNamesAndBadDigests() {
    assertThatThrownBy(() -> Reference.parse("a".repeat(256)))
        .hasMessage("repository name must not be more than 255 characters");
    assertThatThrownBy(() -> Reference.parse("a@sha256:" + HEX.substring(2)))
        .hasMessage("invalid checksum digest length");
    assertThatThrownBy(() -> Reference.parse("a@sha255:" + HEX))
        .hasMessage("unsupported digest algorithm");
    assertThatThrownBy(() -> Reference.parse("a").withTag("b/c")).hasMessage("invalid tag format");
  }

  @Property
  void readsBackWhatItWrites(@ForAll("references") Reference reference) {
    assertThat(Reference.parse(reference.toString())).isEqualTo(reference);
    // Docker Hub has no user with a dot in the name: the familiar form would mean a host.
    boolean ambiguous = reference.familiarName().matches("[^/:]*\\.[^/]*/.*");
    if (reference.domain().equals(Reference.DOCKER_HUB) && !ambiguous) {
      assertThat(Reference.parse(reference.familiar())).isEqualTo(reference);
    }
  }

  @Property
  void neverFailsOtherThanWithAnEngineException(@ForAll String text) {
    try {
      assertThat(Reference.parse(text).domain()).isNotEmpty();
    } catch (EngineException e) {
      assertThat(e.kind().status()).isEqualTo(400);
    }
  }

  @Provide
  Arbitrary<Reference> references() {
    Arbitrary<String> word = Arbitraries.strings().withCharRange('a', 'z').numeric().ofLength(5);
    Arbitrary<String> separator = Arbitraries.of(".", "_", "__", "-", "---");
    Arbitrary<String> component =
        Combinators.combine(word, separator, word).as((one, mark, two) -> one + mark + two);
    Arbitrary<String> path =
        component.list().ofMinSize(1).ofMaxSize(3).map(parts -> String.join("/", parts));
    Arbitrary<String> domain =
        Arbitraries.of("docker.io", "localhost", "localhost:5000", "ghcr.io", "[::1]:80", "UP");
    Arbitrary<String> tag =
        Combinators.combine(word, Arbitraries.of(".", "-", "_", ""), word)
            .as((one, mark, two) -> one + mark + two)
            .injectNull(0.3);
    Arbitrary<String> digest =
        Arbitraries.strings()
            .withChars("0123456789abcdef")
            .ofLength(64)
            .map(hex -> "sha256:" + hex)
            .injectNull(0.5);
    return Combinators.combine(domain, path, tag, digest)
        .as(
            (host, name, version, hash) ->
                new Reference(
                    host,
                    host.equals("docker.io") && name.indexOf('/') < 0 ? "library/" + name : name,
                    version,
                    hash));
  }
}
