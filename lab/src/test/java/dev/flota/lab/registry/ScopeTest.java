package dev.flota.lab.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScopeTest {
  @Test
  void readsTypeNameAndActions() {
    assertThat(Scope.parse("repository:library/alpine:pull,push"))
        .contains(new Scope("repository", "library/alpine", List.of("pull", "push")));
  }

  @Test
  void aNameMayContainAPort() {
    assertThat(Scope.parse("repository:example.org:5000/alpine:pull"))
        .contains(new Scope("repository", "example.org:5000/alpine", List.of("pull")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "repository", "repository:alpine", ":alpine:pull", "repository::pull"})
  void whatIsNoScopeIsEmpty(String text) {
    assertThat(Scope.parse(text)).isEmpty();
  }
}
