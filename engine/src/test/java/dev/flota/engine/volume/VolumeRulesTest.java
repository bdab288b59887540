package dev.flota.engine.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.ErrorKind;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class VolumeRulesTest {
  @ParameterizedTest
  @ValueSource(strings = {"ab", "data.1", "my_vol-2", "0x", "A."})
  void ordinaryNamesPass(String name) {
    assertThatCode(() -> VolumeRules.checkName(name)).doesNotThrowAnyException();
  }

  @Test
  void otherNamesAreRefusedInDockersWords() {
    assertThatThrownBy(() -> VolumeRules.checkName("a/b"))
        .hasMessage(
            "create a/b: \"a/b\" includes invalid characters for a local volume name, only"
                + " \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host"
                + " directory, use absolute path")
        .hasFieldOrPropertyWithValue("kind", ErrorKind.INVALID);
    assertThatThrownBy(() -> VolumeRules.checkName("a"))
        .hasMessage(
            "create a: volume name is too short, names should be at least two alphanumeric"
                + " characters");
  }

  @Property
  void noNameThatPassesLeavesTheDirectoryOfVolumes(@ForAll @StringLength(min = 1) String name) {
    try {
      VolumeRules.checkName(name);
    } catch (dev.flota.engine.EngineException e) {
      return;
    }
    assertThat(name).matches("[a-zA-Z0-9][a-zA-Z0-9_.-]+").isNotIn(".", "..");
  }

  @Test
  void onlyTheLocalDriverIsThere() {
    assertThatThrownBy(() -> VolumeRules.checkDriver("v", "flocker"))
        .hasMessage(
            "create v: error looking up volume plugin flocker: plugin \"flocker\" not found")
        .hasFieldOrPropertyWithValue("kind", ErrorKind.NOT_FOUND);
  }

  @Test
  void optionsNeedEachOther() {
    assertThatCode(
            () ->
                VolumeRules.checkOptions(
                    "v", Map.of("type", "tmpfs", "device", "tmpfs", "o", "size=1m")))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> VolumeRules.checkOptions("v", Map.of("odd", "1")))
        .hasMessage("create v: invalid option: \"odd\"");
    assertThatThrownBy(() -> VolumeRules.checkOptions("v", Map.of("type", "nfs")))
        .hasMessage("create v: missing required option: \"device\"");
    assertThatThrownBy(() -> VolumeRules.checkOptions("v", Map.of("size", "1g")))
        .hasMessage("create v: quota size requested but no quota support");
  }
}
