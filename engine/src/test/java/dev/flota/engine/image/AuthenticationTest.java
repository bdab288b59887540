package dev.flota.engine.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AuthenticationTest extends ImagesTestBase {
  private final TestImage made = new TestImage().layer(tar("a", "x"));
  private Images direct;
  private Reference name;

  @BeforeEach
  void pushAndGoDirectly() {
    registry.push("app", "latest", made);
    direct = images(List.of());
    name = Reference.parse(registry.host() + "/app");
  }

  private RegistryAuth password(String user, String password) {
    return new RegistryAuth(user, password, null, null, registry.host());
  }

  private Image pullAs(@Nullable RegistryAuth auth) {
    return direct.pull(name, Platform.parse("linux/amd64"), auth, ProgressListener.NONE);
  }

  @Test
  void fetchesATokenForAnybody() {
    registry.demandToken("t1");
    assertThat(pullAs(null).id()).isEqualTo(made.id());
    assertThat(registry.requests())
        .anyMatch(each -> each.equals("GET /token?service=here&scope=repository%3Ax%3Apull"))
        .anyMatch(each -> each.startsWith("GET /v2/app/blobs/") && each.endsWith(" Bearer t1"));
    assertThat(registry.count("GET /token")).isEqualTo(1);
  }

  @Test
  void showsThePasswordToTheTokenServerOnly() {
    registry.demandPassword("me", "secret");
    String basic = String.valueOf(registry.basic);
    registry.demandToken("t1");
    registry.basic = basic;
    pullAs(password("me", "secret"));
    assertThat(registry.requests())
        .filteredOn(each -> each.contains(basic))
        .isNotEmpty()
        .allMatch(each -> each.startsWith("GET /token") && each.contains("account=me"));
  }

  @Test
  void usesARefreshTokenInPlaceOfThePassword() {
    registry.demandToken("t1");
    pullAs(new RegistryAuth("me", null, "refresh/me", null, null));
    assertThat(registry.requests())
        .contains(
            "FORM grant_type=refresh_token&service=here&client_id=docker"
                + "&scope=repository%3Ax%3Apull&refresh_token=refresh%2Fme");
  }

  @Test
  void usesARegistryTokenAsItIs() {
    registry.demandToken("given");
    pullAs(new RegistryAuth(null, null, null, "given", null));
    assertThat(registry.count("/token")).isZero();
  }

  @Test
  void fetchesAnotherTokenWhenTheFirstOneRunsOut() {
    registry.demandToken("t1");
    registry.fault(
        made.layerDigest(0),
        (exchange, content) -> {
          registry.bearer = "t2";
          exchange
              .getResponseHeaders()
              .set("WWW-Authenticate", registry.challenge + ",error=\"invalid_token\"");
          BadRegistry.status(401, "").answer(exchange, content);
        });
    assertThat(pullAs(null).id()).isEqualTo(made.id());
    assertThat(registry.count("Bearer t2")).isPositive();
  }

  @Test
  void saysThatThePasswordIsWrong() {
    registry.demandPassword("me", "secret");
    String basic = String.valueOf(registry.basic);
    registry.demandToken("t1");
    registry.basic = basic;
    assertThatThrownBy(() -> pullAs(password("me", "guess")))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.SYSTEM))
        .hasMessage(
            "Head \"http://"
                + registry.host()
                + "/v2/app/manifests/latest\": unauthorized: incorrect username or password");
  }

  @Test
  void saysThatTheRepositoryIsClosed() {
    registry.demandToken("t1");
    String refusal = registry.challenge + ",error=\"insufficient_scope\"";
    registry.fault(
        "/manifests/latest",
        (exchange, content) -> {
          exchange.getResponseHeaders().set("WWW-Authenticate", refusal);
          BadRegistry.status(401, "").answer(exchange, content);
        });
    assertThatThrownBy(() -> pullAs(null))
        .hasMessage(
            "pull access denied for "
                + registry.host()
                + "/app, repository does not exist or may require 'docker login': denied:"
                + " requested access to the resource is denied");
  }

  @Test
  void answersABasicChallenge() {
    registry.demandPassword("me", "secret");
    assertThat(pullAs(password("me", "secret")).id()).isEqualTo(made.id());
    assertThatThrownBy(() -> pullAs(null))
        .hasMessage(
            "Head \"http://"
                + registry.host()
                + "/v2/app/manifests/latest\": no basic auth credentials");
  }

  @Test
  void keepsCredentialsFromAnotherHost() throws IOException {
    try (BadRegistry storage = new BadRegistry()) {
      String blob = made.layerDigest(0);
      storage.blob("app", blob, made.blob(blob));
      registry.demandToken("t1");
      registry.fault(blob, BadRegistry.redirect(storage.url() + "/v2/app/blobs/" + blob));
      assertThat(pullAs(null).id()).isEqualTo(made.id());
      assertThat(storage.requests()).containsExactly("GET /v2/app/blobs/" + blob);
    }
  }

  @Test
  void keepsCredentialsFromMirrors() throws IOException {
    TestImage other = new TestImage().layer(tar("b", "y"));
    registry.push("library/app", "latest", other);
    registry.demandPassword("me", "secret");
    assertThatThrownBy(
            () ->
                images.pull(
                    Reference.parse("app"), null, password("me", "secret"), ProgressListener.NONE))
        .isInstanceOf(EngineException.class);
    assertThat(registry.count("Basic")).isZero();
  }

  @Test
  void followsNoCircleOfRedirects() {
    for (int i = 0; i < 20; i++) {
      registry.fault("/v2/app/manifests/latest", BadRegistry.redirect("/v2/app/manifests/latest"));
    }
    assertThatThrownBy(() -> pullAs(null)).hasMessage("stopped after 10 redirects");
  }

  @Test
  void refusesRedirectsToOtherSchemes() {
    registry.fault("/v2/app/manifests/latest", BadRegistry.redirect("file:///etc/passwd"));
    assertThatThrownBy(() -> pullAs(null)).hasMessage("invalid redirect to \"file:///etc/passwd\"");
  }

  @Test
  void logsInWithAPassword() {
    registry.demandPassword("me", "secret");
    assertThat(direct.login(password("me", "secret")))
        .isEqualTo(new AuthResult("Login Succeeded", ""));
    assertThatThrownBy(() -> direct.login(password("me", "guess")))
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.UNAUTHORIZED))
        .hasMessage(
            "login attempt to http://"
                + registry.host()
                + "/v2/ failed with status: 401 Unauthorized");
  }

  @Test
  void logsInForAnIdentityToken() {
    registry.demandPassword("me", "secret");
    String basic = String.valueOf(registry.basic);
    registry.demandToken("t1");
    registry.basic = basic;
    assertThat(direct.login(password("me", "secret")))
        .isEqualTo(new AuthResult("Login Succeeded", "again"));
    assertThat(registry.count("offline_token=true&client_id=docker&account=me")).isEqualTo(1);
    assertThatThrownBy(() -> direct.login(password("me", "guess")))
        .hasMessage(
            "Get \"http://"
                + registry.host()
                + "/v2/\": unauthorized: incorrect username or password");
  }

  @Test
  void neverShowsASecret() {
    assertThat(password("me", "secret")).asString().doesNotContain("secret");
  }
}
