package dev.flota.engine.image.registry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.EngineSettings;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndpointsTest {
  private static Endpoints endpoints(List<String> mirrors, List<String> insecure) {
    return new Endpoints(
        new EngineSettings.Registry(mirrors, insecure, Path.of("/nowhere"), 3, 1, 1));
  }

  private static List<String> bases(List<Endpoint> endpoints) {
    return endpoints.stream().map(each -> each.base() + (each.verified() ? "" : " ?")).toList();
  }

  @Test
  void triesMirrorsForDockerHubOnly() {
    Endpoints endpoints =
        endpoints(List.of("http://127.0.0.1:5000/", "https://10.1.2.3"), List.of());
    assertThat(bases(endpoints.forPull("docker.io")))
        .containsExactly(
            "http://127.0.0.1:5000 ?", "https://10.1.2.3", "https://registry-1.docker.io");
    assertThat(bases(endpoints.forPull("10.9.9.9:5000"))).containsExactly("https://10.9.9.9:5000");
    assertThat(bases(endpoints.direct("docker.io")))
        .containsExactly("https://registry-1.docker.io");
  }

  @Test
  void triesPlainHttpAtInsecureRegistriesAfterTls() {
    Endpoints endpoints = endpoints(List.of(), List.of("10.2.0.0/16", "10.3.0.1:5000", "fd00::/8"));
    for (String each :
        List.of("10.2.9.9:80", "10.3.0.1:5000", "127.3.4.5", "[::1]:5000", "[fd00::2]:1")) {
      assertThat(bases(endpoints.direct(each)))
          .containsExactly("https://" + each + " ?", "http://" + each + " ?");
    }
    for (String each : List.of("10.3.0.1:5001", "10.4.0.1", "128.0.0.1", "[fe00::1]:5000")) {
      assertThat(bases(endpoints.direct(each))).containsExactly("https://" + each);
    }
  }

  @Test
  void loginUnderstandsDockerHubsOddAddress() {
    assertThat(LoginCheck.domain("https://index.docker.io/v1/")).isEqualTo("docker.io");
    assertThat(LoginCheck.domain("")).isEqualTo("docker.io");
    assertThat(LoginCheck.domain(null)).isEqualTo("docker.io");
    assertThat(LoginCheck.domain("https://example.org:5000/v2/")).isEqualTo("example.org:5000");
    assertThat(LoginCheck.domain("example.org")).isEqualTo("example.org");
  }
}
