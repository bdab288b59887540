package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Output;
import dev.flota.lab.harness.Unique;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Options of {@code docker run}, by what the container sees of them. */
@EndToEnd
class OptionsTest {
  private final Docker docker;
  private final LabHost host;

  OptionsTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void images() {
    docker.need("busybox", "debian");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '`',
      textBlock =
          """
          # options, image and command                                          ¦ output as a pattern
          busybox id -u                                                           ¦ 0
          -u 1000:1001 busybox id                                                 ¦ uid=1000 gid=1001( groups=1001)?
          -u nobody busybox id -u                                                 ¦ 65534
          -u www-data busybox id -un                                              ¦ www-data
          -u 12:www-data busybox id -g                                            ¦ 33
          -u 1000 --group-add 33 --group-add 4242 busybox id -G                   ¦ 0 33 4242
          -w /tmp busybox pwd                                                     ¦ /tmp
          -w /made/for/it busybox pwd                                             ¦ /made/for/it
          -e A=b -e C=$x busybox sh -c 'echo $A-$C'                               ¦ b-\\$x
          busybox sh -c 'echo $PATH'                                              ¦ /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
          -u nobody busybox sh -c 'echo $HOME'                                    ¦ /home
          -h myhost busybox hostname                                              ¦ myhost
          -h myhost busybox sh -c 'echo $HOSTNAME'                                ¦ myhost
          --domainname example.org busybox cat /proc/sys/kernel/domainname        ¦ example.org
          busybox hostname                                                        ¦ [0-9a-f]{12}
          --add-host other:10.1.2.3 busybox grep other /etc/hosts                 ¦ 10.1.2.3\\tother
          --add-host gate:host-gateway busybox grep gate /etc/hosts               ¦ [0-9.]+\\tgate
          busybox grep -v '#' /etc/resolv.conf                                    ¦ (?s)\\s*nameserver 172.17.0.1\\n(.*\\n)?options .*ndots:0
          --dns 10.9.8.7 busybox grep ^nameserver /etc/resolv.conf                ¦ nameserver 172.17.0.1
          --dns 10.9.8.7 --network host busybox grep ^nameserver /etc/resolv.conf ¦ nameserver 10.9.8.7
          --dns 10.9.8.7 --dns-search in.example --dns-option ndots:3 busybox grep -v '#' /etc/resolv.conf ¦ (?s).*search in.example.*options ndots:3.*
          --read-only busybox sh -c 'touch /x 2>&1'                               ¦ touch: /x: Read-only file system
          --read-only --tmpfs /t busybox sh -c 'touch /t/x && ls /t'              ¦ x
          --tmpfs /t:size=1m,mode=1700 busybox stat -c %a /t                      ¦ 1700
          --tmpfs /t:size=1m busybox sh -c 'df -k /t | grep -c 1024'              ¦ 1
          --mount type=tmpfs,destination=/t,tmpfs-size=2097152 busybox sh -c 'df -k /t | grep -c 2048' ¦ 1
          busybox sh -c 'df -k /dev/shm | grep -c 65536'                          ¦ 1
          --shm-size 32m busybox sh -c 'df -k /dev/shm | grep -c 32768'           ¦ 1
          --sysctl net.ipv4.ip_unprivileged_port_start=77 busybox cat /proc/sys/net/ipv4/ip_unprivileged_port_start ¦ 77
          --sysctl kernel.msgmax=9000 busybox cat /proc/sys/kernel/msgmax         ¦ 9000
          --ulimit nofile=100:200 busybox sh -c 'ulimit -Sn; ulimit -Hn'          ¦ 100\\n200
          --ulimit core=0 busybox sh -c 'ulimit -c'                               ¦ 0
          busybox grep CapEff /proc/self/status                                   ¦ CapEff:\\t00000000a80425fb
          -u nobody busybox grep CapEff /proc/self/status                         ¦ CapEff:\\t0{16}
          --cap-drop ALL busybox grep CapEff /proc/self/status                    ¦ CapEff:\\t0{16}
          --cap-drop ALL --cap-add CHOWN busybox grep CapEff /proc/self/status    ¦ CapEff:\\t0{15}1
          --cap-drop CAP_CHOWN busybox sh -c 'touch x; chown 1 x 2>&1'            ¦ chown: x: Operation not permitted
          --cap-add NET_ADMIN busybox sh -c 'ip link set lo down && echo done'    ¦ done
          busybox sh -c 'ip link set lo down 2>&1'                                ¦ .*Operation not permitted
          --device /dev/fuse busybox stat -c %F /dev/fuse                         ¦ character special file
          --device /dev/fuse:/dev/other:r busybox stat -c %F /dev/other           ¦ character special file
          busybox ls /dev/fuse                                                    ¦ ls: /dev/fuse: No such file or directory
          --init busybox sh -c 'cat /proc/1/comm'                                 ¦ (docker-init|tini|init)
          busybox sh -c 'echo $$'                                                 ¦ 1
          --pid host busybox sh -c '[ $$ -gt 1 ] && cat /proc/1/comm'             ¦ flota-labinit
          --uts host busybox hostname                                             ¦ host-[0-9]+|docker
          --security-opt no-new-privileges busybox grep NoNewPrivs /proc/self/status ¦ NoNewPrivs:\\t1
          busybox grep NoNewPrivs /proc/self/status                               ¦ NoNewPrivs:\\t0
          busybox grep Seccomp: /proc/self/status                                 ¦ Seccomp:\\t2
          --security-opt seccomp=unconfined busybox grep Seccomp: /proc/self/status ¦ Seccomp:\\t0
          --privileged busybox grep Seccomp: /proc/self/status                    ¦ Seccomp:\\t0
          busybox unshare -U true                                                 ¦ unshare: unshare\\(0x10000000\\): Operation not permitted
          --cap-add SYS_ADMIN --security-opt seccomp=unconfined busybox sh -c 'unshare -m true && echo done' ¦ done
          busybox mount -t tmpfs none /mnt                                        ¦ mount: .*(permission denied|Operation not permitted).*
          --privileged busybox sh -c 'mkdir /m && mount -t tmpfs none /m && echo done' ¦ done
          --privileged busybox stat -c %F /dev/fuse                               ¦ character special file
          busybox sh -c 'cat /proc/timer_list /proc/keys | wc -c'                 ¦ 0
          busybox ls -A /proc/acpi /sys/firmware                                  ¦ (?s)[^a-z]*(/proc/acpi:)?\\s*(/sys/firmware:)?\\s*(ls: /proc/acpi: No such file or directory)?\\s*
          busybox sh -c 'echo 1 2>&1 >/proc/sys/kernel/printk'                    ¦ .*Read-only file system
          busybox sh -c 'cd /sys/fs/cgroup/memory || cd /sys/fs/cgroup; mkdir x 2>&1' ¦ .*Read-only file system
          --runtime runc busybox echo by runc                                     ¦ by runc
          --runtime crun busybox echo by crun                                     ¦ by crun
          --runtime runc --read-only --init -u 1000 -w /tmp busybox pwd           ¦ /tmp
          --entrypoint /bin/echo busybox changed                                  ¦ changed
          --entrypoint= busybox echo none                                         ¦ none
          --network none busybox sh -c 'ls /sys/class/net'                        ¦ lo
          --mac-address 02:42:ac:00:11:22 busybox cat /sys/class/net/eth0/address ¦ 02:42:ac:00:11:22
          --network host busybox hostname                                         ¦ host-[0-9]+|docker
          --network host busybox sh -c 'ip -o -4 addr show eth0 | grep -c 172.30.0'  ¦ 1
          --oom-score-adj 500 busybox cat /proc/self/oom_score_adj                ¦ 500
          --ipc none busybox sh -c 'mount | grep -c /dev/shm'                     ¦ 0
          """)
  void aContainerSeesItsOptions(String line, String pattern) {
    Output output = docker.run("run --rm " + line);

    assertThat(output.all().strip()).as("%s", output).matches(pattern);
  }

  @Test
  void environmentComesFromAFileAndTheCaller() {
    Output output =
        docker.shell(
            "export PASSED=on; printf 'FILED=yes\\n#NO=1\\n' | docker run --rm --env-file /dev/stdin -e PASSED busybox env");

    assertThat(output.exited(0).lines()).contains("PASSED=on", "FILED=yes").doesNotContain("NO=1");
  }

  @Test
  void anotherContainersNamespacesAreShared() {
    String name = Unique.name("first");
    docker.ok("run -d --name {} --ipc shareable busybox sleep 600", name);

    assertThat(docker.ok("run --rm --pid container:{} busybox cat /proc/1/comm", name))
        .isEqualTo("sleep");
    docker.ok("exec {} touch /dev/shm/seen", name);
    assertThat(docker.ok("run --rm --ipc container:{} busybox ls /dev/shm", name))
        .isEqualTo("seen");
    assertThat(docker.ok("run --rm --network container:{} busybox hostname", name))
        .isEqualTo(docker.ok("exec {} hostname", name));
  }

  @Test
  void privilegedHasAllThatTheHostHas() {
    String capabilities = host.ok("grep CapBnd /proc/1/status | cut -f2");

    assertThat(docker.ok("run --rm --privileged busybox grep CapEff /proc/self/status"))
        .isEqualTo("CapEff:\t" + capabilities);
  }

  @Test
  void zombiesAreReapedByInit() {
    String name = Unique.name("init");
    docker.ok("run -d --init --name {} busybox sh -c {}", name, "(sleep 0.01 &) ; exec sleep 600");

    String zombies = "grep -l '^State:.Z' /proc/[0-9]*/status 2>/dev/null | wc -l";
    dev.flota.lab.harness.Await.until(
        "no zombie is left", () -> docker.ok("exec {} sh -c {}", name, zombies).equals("0"));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          125 | --no-such-flag busybox                     | unknown flag: --no-such-flag
          125 | --runtime nosuch busybox true              | unknown or invalid runtime name: nosuch
          125 | --cap-add NOSUCH busybox true              | invalid CapAdd: unknown capability: "CAP_NOSUCH"
          125 | --network nosuch busybox true              | network nosuch not found
          125 | --gpus all busybox true                        | could not select device driver "" with capabilities: [[gpu]]
          125 | -u nosuch busybox true                     | unable to find user nosuch: no matching entries in passwd file
          125 | -u root:nosuch busybox true                | unable to find group nosuch: no matching entries in group file
          125 | -w relative busybox true                   | the working directory 'relative' is invalid, it needs to be an absolute path
          125 | --mac-address zz busybox true              | zz is not a valid mac address
          125 | --name 'a b' busybox true                  | Invalid container name (a b), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed
          125 | --network container:nosuch busybox true    | No such container: nosuch
          125 | --pid container:nosuch busybox true        | No such container: nosuch
          125 | --restart always --rm busybox true         | conflicting options: cannot specify both --restart and --rm
          125 | --security-opt nosuch=1 busybox true       | invalid --security-opt
          125 | -v busybox:relative busybox true           | invalid volume specification
          125 | -v /tmp:/ busybox true                     | destination can't be '/'
          125 | -v /tmp:/a -v /var:/a busybox true         | Duplicate mount point: /a
          125 | --mount type=bind,source=/no/such,target=/a busybox true | bind source path does not exist: /no/such
          127 | busybox nosuch                             | exec: "nosuch": executable file not found in $PATH
          127 | busybox /no/such                           | no such file or directory
          126 | busybox /etc                               | permission denied|is a directory
          126 | busybox /etc/passwd                        | permission denied
          127 | --runtime runc busybox nosuch              | exec: "nosuch": executable file not found in $PATH
          126 | --runtime runc busybox /etc/passwd         | permission denied
          1   | busybox false                              |
          77  | busybox sh -c 'exit 77'                    |
          143 | busybox sh -c 'kill -TERM $$; exit 143'    |
          """)
  void failuresHaveDockersCodesAndWords(int exit, String line, String words) {
    Output output = docker.run("run --rm " + line).exited(exit);

    if (words != null) {
      assertThat(output.err()).containsAnyOf(words.split("\\|", -1));
    }
  }
}
