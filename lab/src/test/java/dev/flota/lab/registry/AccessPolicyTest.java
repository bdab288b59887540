package dev.flota.lab.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.registry.AccessPolicy.Anonymous;
import dev.flota.lab.registry.AccessPolicy.User;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessPolicyTest {
  private static final Scope PUBLIC =
      new Scope("repository", "library/alpine", List.of("pull", "push"));
  private static final Scope PRIVATE = new Scope("repository", "secret/app", List.of("pull"));

  private final AccessPolicy policy = new AccessPolicy("flota", "right");

  @Test
  void anybodyPullsALibraryImageButPushesNone() {
    assertThat(policy.grant(new Anonymous(), List.of(PUBLIC)))
        .containsExactly(new Scope("repository", "library/alpine", List.of("pull")));
  }

  @Test
  void nobodyInParticularGetsNothingElse() {
    Scope catalogue = new Scope("registry", "catalog", List.of("*"));

    assertThat(policy.grant(new Anonymous(), List.of(PRIVATE, catalogue))).isEmpty();
  }

  @Test
  void theUserGetsWhatTheUserWants() {
    assertThat(policy.grant(new User("flota"), List.of(PUBLIC, PRIVATE)))
        .containsExactly(PUBLIC, PRIVATE);
  }

  @Test
  void acceptsTheRightPasswordAlone() {
    assertThat(policy.accepts("flota", "right")).isTrue();
    assertThat(policy.accepts("flota", "wrong")).isFalse();
    assertThat(policy.accepts("other", "right")).isFalse();
    assertThat(policy.accepts("flota", "")).isFalse();
  }
}
