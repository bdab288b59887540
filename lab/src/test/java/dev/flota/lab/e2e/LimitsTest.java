package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.Unique;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Limits, read where the kernel enforces them. */
@EndToEnd
class LimitsTest {
  private final Docker docker;

  LimitsTest(Docker docker) {
    this.docker = docker;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # option                           | file with cgroup v1                 | value     | with v2         | value
          -m 64m                             | memory/memory.limit_in_bytes        | 67108864  | memory.max      | 67108864
          -m 64m --memory-reservation 32m    | memory/memory.soft_limit_in_bytes   | 33554432  | memory.low      | 33554432
          --pids-limit 20                    | pids/pids.max                       | 20        | pids.max        | 20
          --cpus 0.5                         | cpu/cpu.cfs_quota_us                | 50000     | cpu.max         | 50000 100000
          --cpu-quota 30000                  | cpu/cpu.cfs_quota_us                | 30000     | cpu.max         | 30000 100000
          --cpu-period 50000 --cpu-quota 20000 | cpu/cpu.cfs_period_us             | 50000     | cpu.max         | 20000 50000
          --cpu-shares 512                   | cpu/cpu.shares                      | 512       | cpu.weight      | 20
          --cpuset-cpus 0                    | cpuset/cpuset.cpus                  | 0         | cpuset.cpus     | 0
          --runtime runc -m 48m              | memory/memory.limit_in_bytes        | 50331648  | memory.max      | 50331648
          --runtime runc --pids-limit 30     | pids/pids.max                       | 30        | pids.max        | 30
          """)
  void theKernelHasTheLimit(
      String options, String file1, String value1, String file2, String value2) {
    String script =
        "if [ -e /sys/fs/cgroup/cgroup.controllers ]; then echo 2; cat /sys/fs/cgroup/%s; else echo 1; cat /sys/fs/cgroup/%s; fi"
            .formatted(file2, file1);

    Output output = docker.run("run --rm " + options + " busybox sh -c {}", script).exited(0);

    assertThat(output.text()).isIn("1\n" + value1, "2\n" + value2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"crun", "runc"})
  void tooMuchMemoryKillsAndIsTold(String runtime) {
    String name = Unique.name("oom");

    docker
        .run(
            "run --runtime {} --name {} -m 16m --memory-swap 16m busybox tail /dev/zero",
            runtime,
            name)
        .exited(137);

    assertThat(docker.inspect("{{.State.OOMKilled}} {{.State.ExitCode}} {{.State.Status}}", name))
        .isEqualTo("true 137 exited");
  }

  @Test
  void aForkBombStaysInItsLimit() {
    Output output =
        docker.run(
            "run --rm --pids-limit 10 busybox sh -c {}",
            "for i in $(seq 40); do sleep 1 & done 2>&1; exit 0");

    assertThat(output.all()).containsIgnoringCase("can't fork");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          -m 4x                               | invalid suffix: 'x'
          -m 4m                               | Minimum memory limit allowed is 6MB
          -m 64m --memory-swap 32m            | Minimum memoryswap limit should be larger than memory limit, see usage
          -m 64m --memory-reservation 128m    | Minimum memory limit can not be less than memory reservation limit, see usage
          --memory-swap 64m                   | You should always set the Memory limit when using Memoryswap limit, see usage
          --cpus 4096                         | range of CPUs is from 0.01 to
          --cpuset-cpus 999                   | Requested CPUs are not available - requested 999, available:
          --cpuset-cpus x                     | Invalid value x for cpuset cpus
          --cpu-period 10                     | CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)
          --cpu-quota 10                      | CPU cfs quota can not be less than 1ms (i.e. 1000)
          --cpus 1 --cpu-quota 2000           | Conflicting options: Nano CPUs and CPU Quota cannot both be set
          --shm-size=-1                       | invalid size: '-1'
          --ulimit nosuch=1                   | invalid ulimit type: nosuch
          """)
  void impossibleLimitsAreRefused(String options, String words) {
    assertThat(docker.run("run --rm " + options + " busybox true").exited(125).err())
        .contains(words);
  }

  @Test
  void limitsAreShown() {
    String name = Unique.name("limits");
    docker.ok("create --name {} -m 64m --cpus 1.5 --pids-limit 9 --ulimit nofile=10 busybox", name);

    assertThat(
            docker.inspect(
                "{{with .HostConfig}}{{.Memory}} {{.MemorySwap}} {{.NanoCpus}} {{.PidsLimit}} {{range .Ulimits}}{{.Name}}={{.Soft}}:{{.Hard}}{{end}}{{end}}",
                name))
        .isEqualTo("67108864 134217728 1500000000 9 nofile=10:10");
  }
}
