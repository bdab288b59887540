package dev.flota.cluster.teleport;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.cluster.directory.HostStatus;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SuitabilityTest {
  private static final long MEMORY = 1_000_000_000;

  private static HostStatus host(String name, String features) {
    return host(name, features, "6.18");
  }

  private static HostStatus host(String name, String features, String kernel) {
    return new HostStatus(
        name,
        name,
        "10.0.0.1",
        1,
        2,
        "1",
        kernel,
        features.isEmpty() ? List.of() : Arrays.asList(features.split(" ")),
        Map.of(),
        new HostStatus.Resources(2, 0, 3 * MEMORY, 2 * MEMORY));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cgroup=v1 criu=4.2.1|cgroup=v1 criu=4.2.1|",
        "cgroup=v1 criu=4.2.1|cgroup=v1 criu=4.10|",
        "cgroup=v1 criu=4.10|cgroup=v1 criu=4.9|b has CRIU 4.9, older than 4.10 on a: upgrade it",
        "cgroup=v1 criu=4.2|cgroup=v1|b has no CRIU: install criu there",
        "cgroup=v1|cgroup=v1 criu=4.2|a has no CRIU: install criu there",
        "cgroup=v1 criu=4.2|cgroup=v2 criu=4.2|a has control groups v1, b has v2: stop it first",
        "cgroup=v1||"
      })
  void bothHaveToFit(String from, String to, String obstacle) {
    List<String> obstacles =
        Suitability.of(host("a", from), host("b", to == null ? "" : to), true, MEMORY);

    assertThat(obstacles).isEqualTo(obstacle == null ? List.of() : List.of(obstacle));
  }

  @Test
  void memoryHasToFit() {
    assertThat(Suitability.of(host("a", ""), host("b", ""), true, MEMORY + 1_000_000))
        .containsExactly(
            "b has 1GB of memory to spare, 1.001GB are needed: choose another host, or make room");
    assertThat(Suitability.of(host("a", "cgroup=v1"), host("b", "cgroup=v2"), false, 0)).isEmpty();
  }

  @Test
  void anOlderKernelIsNoted() {
    HostStatus old = host("a", "", "6.2.1");
    HostStatus young = host("b", "", "6.12.9");

    assertThat(Suitability.note(young, old, true))
        .contains(
            "a has kernel 6.2.1, older than 6.12.9 on b: what only that has cannot be restored there");
    assertThat(Suitability.note(young, old, false)).isEmpty();
    assertThat(Suitability.note(old, young, true)).isEmpty();
    assertThat(Suitability.note(old, old, true)).isEmpty();
  }

  @Test
  void instructionsThatProgramsMayUseHaveToBeThere() {
    List<String> there =
        Instructions.of(List.of("processor : 0", "flags\t\t: fpu avx2 sse4_2 nx smep avx512f"));
    assertThat(there).containsExactly("avx2", "avx512f", "sse4_2");
    assertThat(Suitability.missing(there, List.of("sse4_2", "avx2"))).containsExactly("avx512f");
    assertThat(Instructions.of(List.of("Features : fp asimd"))).isEmpty();
  }
}
