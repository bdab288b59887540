package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
  private static List<String> requested(List<String> add, List<String> drop) {
    return Capabilities.requested(add, drop, false);
  }

  @Test
  void givesTheDefaultsUnasked() {
    assertThat(requested(List.of(), List.of())).isEqualTo(Capabilities.DEFAULT).hasSize(14);
  }

  @Test
  void takesNamesInAnyCaseWithOrWithoutPrefix() {
    assertThat(requested(List.of("net_admin", "Cap_Sys_Time"), List.of("chown")))
        .contains("CAP_NET_ADMIN", "CAP_SYS_TIME")
        .doesNotContain("CAP_CHOWN");
  }

  @Test
  void addingAllLeavesOutOnlyWhatIsDropped() {
    assertThat(requested(List.of("ALL"), List.of("SYS_ADMIN")))
        .hasSize(Capabilities.ALL.size() - 1)
        .doesNotContain("CAP_SYS_ADMIN");
  }

  @Test
  void droppingAllLeavesOnlyWhatIsAdded() {
    assertThat(requested(List.of("chown"), List.of("all"))).containsExactly("CAP_CHOWN");
    assertThat(requested(List.of(), List.of("ALL"))).isEmpty();
  }

  @Test
  void addingWinsOverDropping() {
    assertThat(requested(List.of("CHOWN"), List.of("CHOWN"))).contains("CAP_CHOWN");
  }

  @Test
  void privilegedHasAll() {
    assertThat(Capabilities.requested(List.of(), List.of("ALL"), true))
        .isEqualTo(Capabilities.ALL)
        .hasSize(41);
  }

  @Test
  void refusesUnknownNamesInDockersWords() {
    assertThatThrownBy(() -> requested(List.of("foo"), List.of()))
        .isInstanceOfSatisfying(
            EngineException.class,
            failure -> assertThat(failure.kind()).isEqualTo(ErrorKind.INVALID))
        .hasMessage("invalid CapAdd: unknown capability: \"CAP_FOO\"");
    assertThatThrownBy(() -> requested(List.of(), List.of("CAP_ALL")))
        .hasMessage("invalid CapDrop: unknown capability: \"CAP_ALL\"");
  }

  @Provide
  Arbitrary<List<String>> names() {
    return Arbitraries.of(Capabilities.ALL).list().ofMaxSize(8);
  }

  @Property
  void neverGivesWhatTheMachineLacks(
      @ForAll("names") List<String> add,
      @ForAll("names") List<String> drop,
      @ForAll("names") List<String> machine) {
    List<String> given = Capabilities.available(requested(add, drop), Set.copyOf(machine));
    assertThat(machine).containsAll(given);
    assertThat(given).doesNotHaveDuplicates();
  }
}
