package dev.flota.api.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.http.javadsl.model.ContentType;
import akka.http.javadsl.model.ContentTypes;
import akka.http.javadsl.model.HttpEntities;
import akka.util.ByteString;
import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.spec.ContainerConfig;
import dev.flota.engine.spec.HostConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonBodyTest {
  private static JsonBody body(String text) {
    return new JsonBody(ByteString.fromString(text));
  }

  @Test
  void namesMayBeInAnyCase() {
    HostConfig config =
        body("{\"memory\":5,\"NETWORKMODE\":\"host\"}").read(HostConfig.class).orElseThrow();
    assertThat(config.memory()).isEqualTo(5);
    assertThat(config.network()).isEqualTo("host");
  }

  @Test
  void oneStringIsAListOfOne() {
    ContainerConfig config =
        body("{\"Cmd\":\"ls\",\"Entrypoint\":null}").read(ContainerConfig.class).orElseThrow();
    assertThat(config.cmd()).containsExactly("ls");
    assertThat(config.entrypoint()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | invalid JSON: got EOF while reading request body",
        "{ | invalid JSON: unexpected EOF",
        "{\"Memory\": | invalid JSON: unexpected EOF",
        "hello | invalid JSON: invalid character 'h' looking for beginning of value",
        "{} {} | unexpected content after JSON",
        "{\"Memory\":\"much\"} | invalid JSON: json: cannot unmarshal string into Go struct field .Memory of type int64",
        "{\"Binds\":\"a:b\"} | invalid JSON: json: cannot unmarshal string into Go struct field .Binds of type []string",
        "{\"Privileged\":1} | invalid JSON: json: cannot unmarshal number into Go struct field .Privileged of type bool",
        "{\"NetworkMode\":5} | invalid JSON: json: cannot unmarshal number into Go struct field .NetworkMode of type string",
        "[] | invalid JSON: json: cannot unmarshal array into Go value of type HostConfig"
      })
  void refusesInTheWordsOfGo(String text, String message) {
    assertThatThrownBy(() -> body(text == null ? "" : text).read(HostConfig.class))
        .isInstanceOfSatisfying(
            EngineException.class,
            refused -> {
              assertThat(refused.text()).isEqualTo(message);
              assertThat(refused.kind()).isEqualTo(ErrorKind.INVALID);
            });
  }

  @Test
  void nullIsNothing() {
    assertThat(body("null").read(ContainerConfig.class)).isEmpty();
    assertThat(body("").readOr(String.class, "none")).isEqualTo("none");
  }

  @Test
  void wantsToBeCalledJson() {
    ByteString content = ByteString.fromString("{}");
    assertThatCode(
            () ->
                JsonBody.checkContentType(
                    HttpEntities.create(ContentTypes.APPLICATION_JSON, content)))
        .doesNotThrowAnyException();
    assertThatCode(() -> JsonBody.checkContentType(HttpEntities.EMPTY)).doesNotThrowAnyException();
    ContentType text = ContentTypes.TEXT_PLAIN_UTF8;
    assertThatThrownBy(() -> JsonBody.checkContentType(HttpEntities.create(text, content)))
        .hasMessageStartingWith("unsupported Content-Type header (text/plain")
        .hasMessageEndingWith(": must be 'application/json'");
  }
}
