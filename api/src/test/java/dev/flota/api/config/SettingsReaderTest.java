package dev.flota.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsReaderTest {
  @TempDir Path directory;

  private Path file(String text) throws Exception {
    return Files.writeString(directory.resolve("flota.conf"), text);
  }

  private static SettingsReader reader() {
    return new SettingsReader(Map.of());
  }

  @Test
  void theReferenceAloneIsValid() {
    DaemonSettings settings = reader().read(null, List.of());

    assertThat(settings.hosts())
        .containsExactly(new DaemonSettings.Listen.Unix(Path.of("/run/flota/flota.sock")));
    assertThat(settings.engine().bridge().gateway()).isEqualTo("172.17.0.1");
    assertThat(settings.engine().hostName()).isNotEmpty();
  }

  @Test
  void theFileWinsOverTheReferenceAndTheEnvironmentOverBoth() throws Exception {
    Path file = file("flota { bridge.mtu = 9000, registry.mirrors = [\"http://a:1\"] }");
    SettingsReader reader =
        new SettingsReader(
            Map.of("FLOTA_BRIDGE_MTU", "1300", "FLOTA_REGISTRY_INSECURE", "a:1, b:2"));

    DaemonSettings settings = reader.read(file, List.of());

    assertThat(settings.engine().bridge().mtu()).isEqualTo(1300);
    assertThat(settings.engine().registry().mirrors()).containsExactly("http://a:1");
    assertThat(settings.engine().registry().insecure()).containsExactly("a:1", "b:2");
  }

  @Test
  void everyKeyOfTheReferenceIsFollowedByItsVariable() throws Exception {
    String text = Files.readString(Path.of("../conf/flota.conf"));

    assertThat(SettingsReader.keys(SettingsReader.reference()))
        .isNotEmpty()
        .allSatisfy(key -> assertThat(text).contains("${?" + SettingsReader.variable(key) + "}"));
  }

  @Test
  void tcpIsPlainOnLoopbackOnlyAndOnlyWhenAllowed() throws Exception {
    Path allowed =
        file(
            "flota { allow-plain-tcp-on-loopback = true,"
                + " hosts = [\"tcp://127.0.0.1:2375\", \"tcp://0.0.0.0:2376\"] }");

    assertThat(reader().read(allowed, List.of()).hosts())
        .containsExactly(
            new DaemonSettings.Listen.PlainLoopback("127.0.0.1", 2375),
            new DaemonSettings.Listen.Tls("0.0.0.0", 2376));
    assertThat(reader().read(null, List.of("tcp://127.0.0.1:2375")).hosts())
        .containsExactly(new DaemonSettings.Listen.Tls("127.0.0.1", 2375));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "flota.bridge.mtu = lots|flota.bridge.mtu",
        "flota.bridge.mtu = 7|flota.bridge.mtu: 7 is not between 576 and 65535",
        "flota.brigde.mtu = 1500|flota.brigde.mtu: no such key",
        "flota.hosts = []|flota.hosts: is empty",
        "flota.hosts = [\"http://x\"]|flota.hosts: \"http://x\" is neither",
        "flota.hosts = [\"tcp://x\"]|flota.hosts: \"tcp://x\" needs a host and a port",
        "flota.hosts = [\"tcp://bad host:1\"]|flota.hosts: \"tcp://bad host:1\" is no address",
        "flota.default-runtime = kata|flota.default-runtime: \"kata\" is none of",
        "flota.state-dir = here|flota.state-dir: \"here\" must be an absolute path",
        "flota { hosts = [|flota.conf"
      })
  void aBadSettingIsNamed(String text, String message) throws Exception {
    Path file = file(text);

    assertThatThrownBy(() -> reader().read(file, List.of()))
        .isInstanceOf(InvalidSettingException.class)
        .hasMessageContaining(message);
  }
}
