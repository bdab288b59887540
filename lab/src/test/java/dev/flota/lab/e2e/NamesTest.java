package dev.flota.lab.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.EndToEnd;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.Unique;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Containers by name. */
@EndToEnd
class NamesTest {
  private static final Pattern ADDRESS = Pattern.compile("(?m)^Address: ([0-9.]+)$");

  /** Says 10.1.2.3 for every name, and that there is nothing but an address. */
  private static final String UPSTREAM =
      """
      import socket
      server = socket.socket(type=socket.SOCK_DGRAM)
      server.bind(("", 53))
      print("ready", flush=True)
      while True:
          query, client = server.recvfrom(512)
          end = query.index(0, 12)
          known = query[end + 1:end + 3] == b"\\0\\1"
          count = b"\\0\\1" if known else b"\\0\\0"
          answer = b"\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4\\x0a\\1\\2\\3" if known else b""
          head = query[:2] + b"\\x81\\x80\\0\\1" + count + b"\\0\\0\\0\\0"
          server.sendto(head + query[12:end + 5] + answer, client)
      """;

  /** Asks by TCP for the address of a name: prints the code and the last four bytes. */
  private static final String BY_TCP =
      """
      import socket, sys
      name = b"".join(bytes([len(word)]) + word.encode() for word in sys.argv[2].split("."))
      query = b"\\1\\2\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + name + b"\\0\\0\\1\\0\\1"
      with socket.create_connection((sys.argv[1], 53), 10) as server, server.makefile("rb") as replies:
          server.sendall(len(query).to_bytes(2, "big") + query)
          reply = replies.read(int.from_bytes(replies.read(2), "big"))
      print(reply[3] & 15, ".".join(str(byte) for byte in reply[-4:]))
      """;

  private final Docker docker;
  private final LabHost host;
  private final String network = Unique.name("names");
  private final String other = Unique.name("names");
  private final String name = Unique.name("names");
  private final String client = name + "-client";

  NamesTest(Docker docker, LabHost host) {
    this.docker = docker;
    this.host = host;
  }

  @BeforeEach
  void images() {
    docker.need("busybox");
  }

  private void sleeping(String container, String options) {
    docker.ok("run -d --name {} " + options + " busybox sleep 600", container);
  }

  private String address(String container, String in) {
    return docker.inspect(
        "{{with index .NetworkSettings.Networks \"" + in + "\"}}{{.IPAddress}}{{end}}", container);
  }

  private Set<String> found(String asked) {
    return found(client, asked);
  }

  /** What busybox finds, which asks for both kinds of addresses and waits for both answers. */
  private Set<String> found(String asking, String asked) {
    String told = docker.run("exec {} nslookup {}", asking, asked).out();
    assertThat(told).doesNotContain("timed out", "SERVFAIL", "REFUSED");
    return ADDRESS
        .matcher(told)
        .results()
        .map(line -> line.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void assertUnknown(String asking, String asked) {
    assertThat(docker.run("exec {} nslookup {}", asking, asked).exited(1).out())
        .contains("** server can't find " + asked + ": NXDOMAIN")
        .doesNotContain("timed out");
  }

  @Test
  void aContainerHasManyNames() {
    docker.ok("network create {}", network);
    sleeping(client, "--network " + network);
    sleeping(name, "--network " + network + " --network-alias shared -h own-host");
    sleeping(name + "-two", "--network " + network + " --network-alias shared");
    String address = address(name, network);

    String shortId = docker.inspect("{{.Id}}", name).substring(0, 12);
    for (String asked : List.of(name, name.toUpperCase(Locale.ROOT), shortId, "own-host")) {
      assertThat(found(asked)).as(asked).containsExactly(address);
      assertThat(found(asked + "." + network)).as("with its network").containsExactly(address);
    }
    assertThat(found("shared")).containsExactlyInAnyOrder(address, address(name + "-two", network));
    assertThat(docker.ok("exec {} nslookup {}", client, address))
        .contains("name = " + name + "." + network);
    assertThat(docker.ok("exec {} ping -c 1 -W 5 {}", client, name))
        .contains("PING " + name + " (" + address + ")", "1 packets received");
    assertUnknown(client, "nosuch");
  }

  @Test
  void namesFollowTheContainer() {
    docker.ok("network create {}", network);
    sleeping(client, "--network " + network);
    sleeping(name, "--network " + network + " --network-alias shared");
    String address = address(name, network);
    assertThat(found(name)).containsExactly(address);

    docker.ok("rename {} {}", name, name + "-new");

    Await.until("the new name is known", () -> found(name + "-new").equals(Set.of(address)));
    assertUnknown(client, name);
    docker.ok("stop -t 0 {}", name + "-new");
    Await.until("the name is gone", () -> found(name + "-new").isEmpty());
    assertUnknown(client, "shared");
    docker.ok("start {}", name + "-new");
    Await.until("it is back", () -> found("shared").equals(Set.of(address)));
    docker.ok("rm -f {}", name + "-new");
    Await.until("it is gone for good", () -> found("shared").isEmpty());
  }

  @Test
  void namesEndWhereNetworksDo() {
    docker.ok("network create {}", network);
    docker.ok("network create {}", other);
    sleeping(client, "--network " + network);
    sleeping(name, "--network " + other);
    assertUnknown(client, name);
    docker.run("exec {} nslookup {}", client, name + "." + other).exited(1);

    docker.ok("network connect --alias visitor {} {}", network, name);

    String address = address(name, network);
    Await.until("it is known", () -> found("visitor").equals(Set.of(address)));
    assertThat(found(name)).containsExactly(address);
    assertThat(found(name, client)).containsExactly(address(client, network));
    docker.ok("network disconnect {} {}", other, name);
    assertThat(found(name, client))
        .as("asked at the other gateway now")
        .containsExactly(address(client, network));
    docker.ok("network disconnect {} {}", network, name);
    Await.until("it is gone", () -> found("visitor").isEmpty());
    assertUnknown(client, name);
  }

  @Test
  void namesAreKnownOnTheDefaultNetworkToo() {
    sleeping(client, "");
    sleeping(name, "-h own-host");
    String address = address(name, "bridge");

    assertThat(found(name)).containsExactly(address);
    assertThat(found(docker.inspect("{{.Id}}", name).substring(0, 12))).containsExactly(address);
    assertUnknown(client, "own-host");
    assertThat(
            docker.inspect(
                "{{json (index .NetworkSettings.Networks \"bridge\").DNSNames}}", client))
        .as("as Docker says it")
        .isEqualTo("null");
  }

  @Test
  void aLinkIsANameOfOnesOwn() {
    docker.ok("network create {}", network);
    sleeping(name, "--network " + network);
    sleeping(client, "--network " + network + " --link " + name + ":linked");
    sleeping(client + "-two", "--network " + network);

    assertThat(found("linked")).containsExactly(address(name, network));
    assertUnknown(client + "-two", "linked");
  }

  @Test
  void namesAreBackWithTheDaemon() {
    docker.ok("network create {}", network);
    sleeping(client, "--network " + network);
    sleeping(name, "--network " + network);
    sleeping(name + "-bridge", "");
    String address = address(name, network);

    host.killDaemon();
    host.labUp();

    assertThat(found(name)).containsExactly(address);
    assertThat(found(name + "-bridge", name + "-bridge"))
        .containsExactly(address(name + "-bridge", "bridge"));
  }

  @Test
  void otherNamesAreAskedForUpstream() {
    docker.need("python");
    docker.ok("run -d --name {} python python3 -c {}", name, UPSTREAM);
    Await.until("it serves", () -> docker.ok("logs {}", name).contains("ready"));
    String upstream = address(name, "bridge");
    docker.ok("network create {}", network);
    docker.ok("network create --internal {}", other);
    sleeping(client, "--network " + network + " --dns " + upstream);
    sleeping(client + "-inside", "--network " + other + " --dns " + upstream);
    sleeping(client + "-bridge", "--dns " + upstream);

    assertThat(found("www.example.com")).containsExactly("10.1.2.3");
    assertThat(found(client + "-bridge", "www.example.com")).containsExactly("10.1.2.3");
    assertThat(found(client)).as("ours first").containsExactly(address(client, network));
    assertThat(docker.run("exec {} nslookup www.example.com", client + "-inside").exited(1).out())
        .as("no way out, not even for questions")
        .contains("SERVFAIL");
    assertThat(found(client + "-inside", client + "-inside"))
        .containsExactly(address(client + "-inside", other));
  }

  @Test
  void aContainerMayPublishThePortOfNameServers() {
    sleeping(name, "-p 53:53/udp -p 53:53/tcp");
    sleeping(client, "");

    assertThat(found(name)).containsExactly(address(name, "bridge"));
  }

  @Test
  void namesAreAnsweredByTcpToo() {
    docker.need("python");
    sleeping(name, "");

    assertThat(docker.ok("run --rm python python3 -c {} 172.17.0.1 {}", BY_TCP, name))
        .isEqualTo("0 " + address(name, "bridge"));
    assertThat(docker.ok("run --rm python python3 -c {} 172.17.0.1 nosuch", BY_TCP))
        .startsWith("3 ");
  }
}
