package dev.flota.api.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FiltersTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"status\":{\"exited\":true,\"dead\":true}}",
        "{\"status\":[\"exited\",\"dead\"]}"
      })
  void readsBothForms(String text) {
    assertThat(Filters.parse(text).all("status")).containsExactly("exited", "dead");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "\"x\"", "{\"status\":3}", "{\"status\":[3]}", "nonsense"})
  void refusesWhatIsNoFilter(String text) {
    assertThatThrownBy(() -> Filters.parse(text)).hasMessage("invalid filter");
  }

  @Test
  void refusesNamesThatTheOperationDoesNotKnow() {
    assertThatThrownBy(() -> Filters.parse("{\"colour\":[\"red\"]}").allowing(Set.of("name")))
        .hasMessage("invalid filter 'colour'");
  }

  @Test
  void namesArePatternsAndAlternatives() {
    Filters filters = Filters.parse("{\"name\":[\"^web\",\"db\"]}");
    assertThat(filters.pattern("name", "web-1")).isTrue();
    assertThat(filters.pattern("name", "my-db-2")).isTrue();
    assertThat(filters.pattern("name", "my-web")).isFalse();
    assertThat(Filters.parse("{\"name\":[\"a(\"]}").pattern("name", "a(")).isTrue();
    assertThat(Filters.parse("{\"name\":[\"a(\"]}").pattern("name", "ba(")).isFalse();
  }

  @Test
  void labelsMustAllBeThere() {
    Map<String, String> labels = Map.of("stage", "test", "team", "a=b");
    assertThat(Filters.parse("{\"label\":[\"stage\",\"team=a=b\"]}").labels("label", labels))
        .isTrue();
    assertThat(Filters.parse("{\"label\":[\"stage\",\"team=c\"]}").labels("label", labels))
        .isFalse();
    assertThat(Filters.parse("{\"label!\":[\"stage=prod\"]}").withoutLabels("label!", labels))
        .isTrue();
    assertThat(Filters.parse("{\"label!\":[\"stage\"]}").withoutLabels("label!", labels)).isFalse();
  }

  @Test
  void readsOneBoolean() {
    assertThat(Filters.parse("{\"dangling\":[\"1\"]}").flag("dangling", false)).isTrue();
    assertThat(Filters.parse("{\"dangling\":[\"false\"]}").flag("dangling", true)).isFalse();
    assertThat(Filters.parse("").flag("dangling", true)).isTrue();
    assertThatThrownBy(() -> Filters.parse("{\"dangling\":[\"maybe\"]}").flag("dangling", true))
        .hasMessage("invalid filter 'dangling=[maybe]'");
  }
}
