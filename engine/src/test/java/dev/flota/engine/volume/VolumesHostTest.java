package dev.flota.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.network.TestHost;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/** Volumes with a device as the kernel mounts them; needs root. */
@Tag("host")
@EnabledIfEnvironmentVariable(named = "FLOTA_HOST_TESTS", matches = "1")
final class VolumesHostTest {
  @TempDir Path directory;

  @Test
  void aDirectoryIsMountedOverTheVolumeOnce() throws Exception {
    Path data = Files.createDirectories(directory.resolve("data"));
    Path device = Files.createDirectories(directory.resolve("device"));
    Files.writeString(device.resolve("file"), "x");
    Map<String, String> options = Map.of("type", "none", "o", "bind", "device", device.toString());
    assertThat(
            TestHost.inNew(
                () -> {
                  DeviceMount.mount(data, options);
                  DeviceMount.mount(data, options);
                  assertThat(data.resolve("file")).hasContent("x");
                  DeviceMount.unmount(data);
                  DeviceMount.unmount(data);
                  return data.resolve("file").toFile().exists();
                }))
        .isFalse();
    assertThat(device.resolve("file")).hasContent("x");
  }

  @Test
  void aDeviceThatIsMissingIsNamed() throws Exception {
    Path data = Files.createDirectories(directory.resolve("data"));
    Map<String, String> options = Map.of("type", "ext4", "device", "/dev/no-such-device");
    assertThat(
            TestHost.inNew(
                () -> {
                  assertThatThrownBy(() -> DeviceMount.mount(data, options))
                      .hasMessageStartingWith("error while mounting volume '" + data + "'")
                      .hasMessageContaining("/dev/no-such-device");
                  return true;
                }))
        .isTrue();
  }
}
