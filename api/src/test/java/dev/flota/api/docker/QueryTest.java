package dev.flota.api.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTest {
  @Property
  void decodesWhatClientsEncode(@ForAll String text) {
    // A lone surrogate has no UTF-8 form, so no client can send one.
    String sendable = new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    String encoded = URLEncoder.encode(sendable, StandardCharsets.UTF_8);
    assertThat(Query.parse("a=1&x=" + encoded + "&b").text("x")).isEqualTo(sendable);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "no", "false", "none", "None", " FALSE "})
  void knowsWhatMobyTakesForFalse(String value) {
    assertThat(Query.parse("x=" + value.replace(' ', '+')).flag("x")).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "true", "yes", "anything"})
  void takesAllElseForTrue(String value) {
    assertThat(Query.parse("x=" + value).flag("x")).isTrue();
  }

  @Test
  void keepsAllValuesOfAName() {
    Query query = Query.parse("names=a&names=b%2Fc&&empty=&bare");
    assertThat(query.all("names")).containsExactly("a", "b/c");
    assertThat(query.textOrNull("empty")).isNull();
    assertThat(query.has("bare")).isTrue();
  }

  @Test
  void refusesWhatIsNoNumberInGosWords() {
    assertThat(Query.parse("t=-1").number("t")).isEqualTo(-1);
    assertThat(Query.parse("").number("t")).isNull();
    assertThatThrownBy(() -> Query.parse("t=soon").number("t"))
        .hasMessage("strconv.Atoi: parsing \"soon\": invalid syntax");
    assertThatThrownBy(() -> Query.parse("t=99999999999").number("t"))
        .hasMessage("strconv.Atoi: parsing \"99999999999\": value out of range");
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "%2", "%zz", "a%e"})
  void refusesHalfAnEscape(String text) {
    assertThatThrownBy(() -> Query.parse("x=" + text)).hasMessageStartingWith("invalid URL escape");
  }

  @Test
  void aPlusSignIsASpaceOnlyInTheQuery() {
    assertThat(PercentCoding.decodePath("/a+b%20c")).isEqualTo("/a+b c");
    assertThat(PercentCoding.decodeQuery("a+b%2Bc")).isEqualTo("a b+c");
  }
}
