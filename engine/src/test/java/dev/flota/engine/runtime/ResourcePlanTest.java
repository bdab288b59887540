package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.flota.engine.EngineException;
import dev.flota.engine.spec.HostConfig;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ResourcePlanTest {
  private static final HostFacts HOST = SpecPlanTest.facts(Set.copyOf(Capabilities.ALL), false);
  private static final HostFacts UNIFIED = SpecPlanTest.facts(Set.copyOf(Capabilities.ALL), true);
  private static final HostFacts POOR =
      new HostFacts("amd64", 6, 1, false, Set.of(), false, Set.of(), Map.of(), 0, 1, "0", "0");
  private static final long MB = 1 << 20;

  private static ResourcePlan plan(Map<String, Object> wanted, HostFacts host) {
    return ResourcePlan.of(TestHost.fromDocker(wanted, HostConfig.class), host);
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of(Map.of("Memory", MB), "Minimum memory limit allowed is 6MB"),
        Arguments.of(
            Map.of("MemorySwap", 64 * MB),
            "You should always set the Memory limit when using Memoryswap limit, see usage"),
        Arguments.of(
            Map.of("Memory", 64 * MB, "MemorySwap", 32 * MB),
            "Minimum memoryswap limit should be larger than memory limit, see usage"),
        Arguments.of(Map.of("MemoryReservation", MB), "Minimum memory reservation allowed is 6MB"),
        Arguments.of(
            Map.of("Memory", 8 * MB, "MemoryReservation", 16 * MB),
            "Minimum memory limit can not be less than memory reservation limit, see usage"),
        Arguments.of(
            Map.of("MemorySwappiness", 101),
            "Invalid value: 101, valid memory swappiness range is 0-100"),
        Arguments.of(
            Map.of("NanoCpus", 1, "CpuPeriod", 100_000),
            "Conflicting options: Nano CPUs and CPU Period cannot both be set."),
        Arguments.of(
            Map.of("NanoCpus", 3_000_000_000L),
            "range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"),
        Arguments.of(
            Map.of("CpuPeriod", 10),
            "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e."
                + " 1000000)"),
        Arguments.of(Map.of("CpuQuota", 10), "CPU cfs quota can not be less than 1ms (i.e. 1000)"),
        Arguments.of(
            Map.of("CpusetCpus", "0-3"),
            "Requested CPUs are not available - requested 0-3, available: 0-1."),
        Arguments.of(Map.of("CpusetCpus", "a"), "Invalid value a for cpuset cpus."),
        Arguments.of(Map.of("CpusetCpus", "1-0"), "Invalid value 1-0 for cpuset cpus."),
        Arguments.of(
            Map.of("CpusetMems", "1"),
            "Requested memory nodes are not available - requested 1, available: 0."),
        Arguments.of(Map.of("BlkioWeight", 5), "Range of blkio weight is from 10 to 1000"),
        Arguments.of(
            Map.of("OomScoreAdj", 2000),
            "Invalid value 2000, range for oom score adj is [-1000, 1000]"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void refusesInDockersWords(Map<String, Object> wanted, String words) {
    assertThatThrownBy(() -> plan(wanted, HOST))
        .isInstanceOf(EngineException.class)
        .hasMessage(words);
  }

  @Test
  void limitsNothingUnasked() {
    assertThat(plan(Map.of(), HOST).memory()).isNull();
    assertThat(plan(Map.of(), HOST).cpu()).isNull();
    assertThat(plan(Map.of("PidsLimit", -1), HOST).pids()).isNull();
  }

  @Test
  void swapIsTwiceTheMemoryUnlessGiven() {
    assertThat(plan(Map.of("Memory", 10 * MB), HOST).memory())
        .extracting(OciSpec.Memory::swap)
        .isEqualTo(20 * MB);
    assertThat(plan(Map.of("Memory", 10 * MB, "MemorySwap", -1), HOST).memory())
        .extracting(OciSpec.Memory::swap)
        .isEqualTo(-1L);
  }

  @Test
  void leavesOutWhatTheKernelLacks() {
    ResourcePlan plan =
        plan(
            Map.of(
                "Memory",
                10 * MB,
                "CpuShares",
                2,
                "CpusetCpus",
                "0",
                "PidsLimit",
                5,
                "MemorySwappiness",
                10),
            POOR);
    assertThat(plan.memory()).isNull();
    assertThat(plan.cpu()).isNull();
    assertThat(plan.pids()).isNull();
    assertThat(plan.warnings())
        .hasSize(5)
        .allSatisfy(warning -> assertThat(warning).startsWith("Your kernel does not support"));
  }

  @Test
  void warnsOfWhatVersion2DoesNotHave() {
    ResourcePlan plan = plan(Map.of("OomKillDisable", true, "MemorySwappiness", 10), UNIFIED);
    assertThat(plan.memory()).isNull();
    assertThat(plan.warnings())
        .contains("Your kernel does not support OomKillDisable. OomKillDisable discarded.");
  }

  @Test
  void warnsOfADisabledKillerWithoutALimit() {
    assertThat(plan(Map.of("OomKillDisable", true), HOST).warnings())
        .singleElement()
        .asString()
        .startsWith("OOM killer is disabled for the container");
  }
}
