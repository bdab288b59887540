package dev.flota.engine.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.flota.engine.EngineException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class SeccompProfileTest {
  private static final Set<String> DEFAULTS = Set.copyOf(Capabilities.DEFAULT);

  private static SeccompProfile.Target target(String arch, Set<String> capabilities) {
    return new SeccompProfile.Target(arch, 6, 18, capabilities);
  }

  private static List<JsonNode> rules(JsonNode oci, String call) {
    return StreamSupport.stream(oci.path("syscalls").spliterator(), false)
        .filter(
            rule ->
                StreamSupport.stream(rule.path("names").spliterator(), false)
                    .anyMatch(name -> name.asText().equals(call)))
        .toList();
  }

  @Test
  void refusesWhatItDoesNotNameWithOperationNotPermitted() {
    JsonNode oci = SeccompProfile.builtIn().toOci(target("amd64", DEFAULTS));
    assertThat(oci.path("defaultAction").asText()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(oci.path("defaultErrnoRet").asInt()).isEqualTo(1);
    assertThat(oci.path("architectures").toString())
        .isEqualTo("[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\",\"SCMP_ARCH_X32\"]");
    for (String call :
        List.of(
            "mount",
            "kexec_load",
            "add_key",
            "keyctl",
            "io_uring_setup",
            "userfaultfd",
            "bpf",
            "unshare",
            "setns",
            "reboot",
            "init_module",
            "open_by_handle_at")) {
      assertThat(rules(oci, call)).as(call).isEmpty();
    }
    for (String call : List.of("read", "openat2", "clone3", "ptrace", "arch_prctl", "chroot")) {
      assertThat(rules(oci, call)).as(call).isNotEmpty();
    }
  }

  @Test
  void allowsCloneWithoutNamespacesAndHidesClone3() {
    JsonNode oci = SeccompProfile.builtIn().toOci(target("amd64", DEFAULTS));
    assertThat(rules(oci, "clone"))
        .singleElement()
        .satisfies(
            rule ->
                assertThat(rule.path("args").get(0).path("value").asLong()).isEqualTo(0x7e020000L));
    assertThat(rules(oci, "clone3"))
        .singleElement()
        .satisfies(
            rule -> {
              assertThat(rule.path("action").asText()).isEqualTo("SCMP_ACT_ERRNO");
              assertThat(rule.path("errnoRet").asInt()).isEqualTo(38);
            });
  }

  @Test
  void followsTheCapabilities() {
    Set<String> admin = new HashSet<>(DEFAULTS);
    admin.add("CAP_SYS_ADMIN");
    JsonNode oci = SeccompProfile.builtIn().toOci(target("amd64", admin));
    assertThat(rules(oci, "mount")).isNotEmpty();
    assertThat(rules(oci, "clone3"))
        .singleElement()
        .satisfies(rule -> assertThat(rule.path("action").asText()).isEqualTo("SCMP_ACT_ALLOW"));
    JsonNode bare = SeccompProfile.builtIn().toOci(target("amd64", Set.of()));
    assertThat(rules(bare, "chroot")).isEmpty();
  }

  @Test
  void followsTheArchitectureAndTheKernel() {
    JsonNode arm = SeccompProfile.builtIn().toOci(target("arm64", DEFAULTS));
    assertThat(arm.path("architectures").toString())
        .isEqualTo("[\"SCMP_ARCH_AARCH64\",\"SCMP_ARCH_ARM\"]");
    assertThat(rules(arm, "arch_prctl")).isEmpty();
    assertThat(rules(arm, "sync_file_range2")).isNotEmpty();
    SeccompProfile.Target old = new SeccompProfile.Target("amd64", 4, 4, DEFAULTS);
    assertThat(rules(SeccompProfile.builtIn().toOci(old), "ptrace")).isEmpty();
  }

  @Test
  void takesAUsersProfile() {
    String profile =
        """
        {"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86_64"],
         "syscalls":[{"name":"mkdir","action":"SCMP_ACT_ERRNO","args":[]},
          {"names":["chmod"],"action":"SCMP_ACT_ERRNO","errnoRet":5,
           "excludes":{"minKernel":"6.1"}}]}""";
    JsonNode oci = SeccompProfile.parse(profile).toOci(target("amd64", DEFAULTS));
    assertThat(oci.toString())
        .isEqualTo(
            "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"SCMP_ARCH_X86_64\"],"
                + "\"syscalls\":[{\"names\":[\"mkdir\"],\"action\":\"SCMP_ACT_ERRNO\"}]}");
  }

  @Test
  void refusesProfilesThatCannotBe() {
    assertThatThrownBy(() -> SeccompProfile.parse("{"))
        .isInstanceOf(EngineException.class)
        .hasMessageStartingWith("Decoding seccomp profile failed: ");
    assertThatThrownBy(() -> SeccompProfile.parse("{}"))
        .hasMessageStartingWith("Decoding seccomp profile failed: ");
    SeccompProfile both =
        SeccompProfile.parse(
            "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"architectures\":[\"A\"],"
                + "\"archMap\":[{\"architecture\":\"B\"}]}");
    assertThatThrownBy(() -> both.toOci(target("amd64", DEFAULTS)))
        .hasMessageContaining("use either 'architectures' or 'archMap'");
    SeccompProfile names =
        SeccompProfile.parse(
            "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":"
                + "[{\"name\":\"a\",\"names\":[\"b\"],\"action\":\"SCMP_ACT_ALLOW\"}]}");
    assertThatThrownBy(() -> names.toOci(target("amd64", DEFAULTS)))
        .hasMessageContaining("use either 'name' or 'names'");
  }
}
