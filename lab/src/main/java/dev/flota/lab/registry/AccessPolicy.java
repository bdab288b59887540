package dev.flota.lab.registry;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/**
 * Who may do what, as on Docker Hub: everybody pulls the {@code library/} repositories, the lab's
 * user does everything.
 */
record AccessPolicy(String user, String password) {
  private static final String PUBLIC_PREFIX = "library/";
  private static final List<String> PULL_ONLY = List.of("pull");

  /** Someone who asks for a token: nobody in particular, or the lab's user. */
  sealed interface Caller permits Anonymous, User {}

  /** A client that sent no credentials. */
  record Anonymous() implements Caller {}

  /** A client whose credentials were right. */
  record User(String name) implements Caller {}

  boolean accepts(String givenUser, String givenPassword) {
    return sameText(user + ":" + password, givenUser + ":" + givenPassword);
  }

  /**
   * What of the wanted scopes the caller gets. A scope of which nothing is granted is left out, and
   * the registry then refuses the request itself: that is how the protocol says no.
   */
  List<Scope> grant(Caller caller, List<Scope> wanted) {
    return wanted.stream()
        .map(scope -> scope.withActions(grantedActions(caller, scope)))
        .filter(scope -> !scope.actions().isEmpty())
        .toList();
  }

  private static List<String> grantedActions(Caller caller, Scope scope) {
    return switch (caller) {
      case User ignored -> scope.actions();
      case Anonymous ignored -> isPublic(scope) ? intersect(scope.actions(), PULL_ONLY) : List.of();
    };
  }

  private static boolean isPublic(Scope scope) {
    return scope.type().equals("repository") && scope.name().startsWith(PUBLIC_PREFIX);
  }

  private static List<String> intersect(List<String> wanted, List<String> allowed) {
    return wanted.stream().filter(allowed::contains).toList();
  }

  private static boolean sameText(String expected, String given) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), given.getBytes(StandardCharsets.UTF_8));
  }
}
