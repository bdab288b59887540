package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.DockerJavaOverTls;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Output;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The API over TCP: only for who shows a certificate of the engine's own authority. */
@EndToEnd
class TlsTest {
  private static final String DIRECTORY = "/var/lib/flota/tls/";

  private final Docker docker;
  private final LabHost host;
  @TempDir private Path certificates;
  private String endpoint = "";

  TlsTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void fetchCertificates() throws IOException {
    docker.need("busybox");
    endpoint = host.address() + ":2376";
    for (String file : List.of("ca.pem", "cert.pem", "key.pem")) {
      Files.writeString(certificates.resolve(file), host.ok("cat " + DIRECTORY + file) + "\n");
    }
  }

  private List<String> overTls(String... words) {
    List<String> command = new ArrayList<>(List.of("docker", "-H", "tcp://" + endpoint));
    command.add("--tlsverify");
    for (String file : List.of("ca", "cert", "key")) {
      command.add("--tls%s=%s".formatted(file.equals("ca") ? "cacert" : file, pem(file)));
    }
    command.addAll(List.of(words));
    return command;
  }

  private Path pem(String name) {
    return certificates.resolve(name + ".pem");
  }

  private Output run(List<String> command) {
    return host.startOnItsNetwork(command).endInput().await();
  }

  @Test
  void theCommandLineWorksOverTcp() {
    assertThat(run(overTls("run", "--rm", "busybox", "sh", "-c", "echo far; exit 7")).exited(7))
        .extracting(Output::text)
        .isEqualTo("far");
  }

  @Test
  void eachDirectionEndsOnItsOwn() {
    byte[] words = "a\nb\n".getBytes(StandardCharsets.UTF_8);

    Output sorted =
        host.startOnItsNetwork(overTls("run", "--rm", "-i", "busybox", "sort", "-r"))
            .type(words)
            .endInput()
            .await()
            .exited(0);

    assertThat(sorted.text()).isEqualTo("b\na");
  }

  @Test
  void nobodyGetsInWithoutACertificate() {
    Output refused =
        run(
            List.of(
                "curl",
                "--silent",
                "--show-error",
                "--cacert",
                pem("ca").toString(),
                "https://" + endpoint + "/_ping"));
    Output plain =
        run(List.of("curl", "--silent", "--show-error", "http://" + endpoint + "/_ping"));

    assertThat(refused.exit()).isNotZero();
    assertThat(refused.err()).containsIgnoringCase("certificate required");
    assertThat(plain.exit()).isNotZero();
    assertThat(plain.out()).doesNotContain("OK");
  }

  @Test
  void dockerJavaWorksOverTcp() {
    Output done = run(DockerJavaOverTls.command("tcp://" + endpoint, certificates)).exited(0);

    assertThat(done.out()).contains("answered: got words", "exit code: 5");
  }
}
