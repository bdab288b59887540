package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.LabHost;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What programs of many kinds hold comes along, and what talks to them notices nothing. */
@FleetEndToEnd
class TeleportWorkloadsTest {
  private final FleetLab fleet;
  private final Docker docker;
  private final String name = Unique.name("works");
  private final String client = Unique.name("asks");
  private final Traveller traveller;

  TeleportWorkloadsTest(FleetLab fleet) {
    this.fleet = fleet;
    docker = fleet.docker(1);
    traveller = new Traveller(fleet, name);
  }

  @BeforeEach
  void images() {
    docker.need("nginx", "python");
    docker.ok("network create {}", name);
  }

  @AfterEach
  void remove() {
    docker.run("rm -f -v {} {}", name, client);
    docker.run("network rm {}", name);
  }

  private void server(String options, String image, Object... command) {
    onHost(1, traveller, options, image, command);
  }

  private void client(String program, Object... arguments) {
    List<Object> command = new ArrayList<>(List.of("python3", "-u", "-c", program));
    command.addAll(List.of(arguments));
    onHost(3, new Traveller(fleet, client), "", "python", command.toArray());
  }

  private void onHost(
      int host, Traveller container, String options, String image, Object... command) {
    String place = "--network %s -e constraint:node==host-%d ".formatted(name, host);
    container.run(place + options, image, command);
  }

  /** Around the fleet, with the memory before and after. */
  private void around(Runnable check) {
    traveller.moved("host-2", "stop");
    check.run();
    traveller.moved("host-3", "postcopy");
    check.run();
    traveller.moved("host-1", "stop");
    check.run();
  }

  /** The client has done more since, and has not given up. */
  private void awaitClient() {
    int before = docker.run("logs {}", client).lines().size();
    Await.until(
        "the client goes on",
        () -> docker.run("logs {}", client).all(),
        () -> {
          assertThat(docker.inspect("{{.State.Status}}", client))
              .as(docker.run("logs {}", client).all())
              .isEqualTo("running");
          return docker.run("logs {}", client).lines().size() > before;
        });
  }

  /** Ends by an exception as soon as anything that it holds is not what it was. */
  private static final String HOLDS =
      """
      import mmap, os, socket
      block = bytes(range(256)) * 4096
      deleted = open('/deleted', 'w+b')
      for megabyte in range(100):
        deleted.write(block)
      deleted.flush()
      os.unlink('/deleted')
      shared = mmap.mmap(-1, 4 << 20)
      down, up = os.pipe(), os.pipe()
      here, there = socket.socketpair()
      if os.fork() == 0:
        while True:
          word = os.read(down[0], 8)
          shared[0:8] = word
          there.send(word)
          os.write(up[1], word)
      number = 0
      while True:
        number += 1
        word = b'%08d' % number
        os.write(down[1], word)
        assert os.read(up[0], 8) == word
        assert here.recv(8) == word
        assert shared[0:8] == word
        deleted.seek(number % 100 << 20)
        assert deleted.read(1 << 20) == block
        print(number, flush=True)
      """;

  @Test
  void processesWithPipesSharedMemoryAndADeletedFile() {
    server("", "python", "python3", "-u", "-c", HOLDS);
    traveller.awaitLine();

    around(traveller::awaitLine);

    traveller.counted(docker);
    assertThat(docker.ok("top {} -o pid", name).lines()).hasSize(3); // and a title
  }

  private static final String SILENT =
      """
      import socket
      server = socket.create_server(('', 9000))
      print('listens', flush=True)
      connection = server.accept()[0]
      print('accepted', flush=True)
      connection.sendall(b'heard ' + connection.recv(100))
      """;

  /** Speaks only once it is told to. */
  private static final String PATIENT =
      """
      import os, socket, sys, time
      connection = socket.create_connection((sys.argv[1], 9000))
      while not os.path.exists('/speak'):
        time.sleep(0.05)
      connection.sendall(b'at last')
      print(connection.recv(100).decode(), flush=True)
      """;

  @Test
  void aServerThatWasSilentHearsItsClientAfterTheMove() {
    server("", "python", "python3", "-u", "-c", SILENT);
    Await.until("it listens", () -> docker.ok("logs {}", name).contains("listens"));
    client(PATIENT, name);
    Await.until("they are connected", () -> docker.ok("logs {}", name).contains("accepted"));

    traveller.moved("host-2", "stop");
    docker.ok("exec {} touch /speak", client);

    Await.until(
        "the client is answered", () -> docker.ok("logs {}", client).equals("heard at last"));
  }

  private static final String UDP_ECHO =
      """
      import socket
      server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      server.bind(('', 9000))
      seen = 0
      while True:
        word, sender = server.recvfrom(100)
        seen += 1
        server.sendto(b'%s %d' % (word, seen), sender)
      """;

  /** Datagrams may be lost, and the server counts all that it has ever seen. */
  private static final String UDP_ASK =
      """
      import socket, sys, time
      asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
      while True:
        try:
          asking.connect((sys.argv[1], 9000))
          break
        except OSError:
          time.sleep(0.05)
      asking.settimeout(0.2)
      last = number = 0
      while True:
        number += 1
        try:
          asking.send(b'%d' % number)
          while True:
            word, seen = asking.recv(100).split()
            if int(word) == number:
              break
        except OSError:
          continue
        assert int(seen) > last, 'the server has forgotten %d' % last
        last = int(seen)
        print(number, flush=True)
        time.sleep(0.01)
      """;

  @Test
  void datagramsFindIt() {
    server("", "python", "python3", "-u", "-c", UDP_ECHO);
    client(UDP_ASK, name);
    awaitClient();

    around(this::awaitClient);
  }

  /** Over one connection, which the server keeps alive. */
  private static final String BROWSE =
      """
      import http.client, sys, time
      for attempt in range(200):
        try:
          browser = http.client.HTTPConnection(sys.argv[1])
          browser.connect()
          break
        except OSError:
          time.sleep(0.05)
      socket = browser.sock
      while True:
        browser.request('GET', '/')
        answer = browser.getresponse()
        page = answer.read()
        assert answer.status == 200 and b'Welcome to nginx!' in page
        assert browser.sock is socket, 'the connection was closed'
        print(len(page), flush=True)
        time.sleep(0.01)
      """;

  @Test
  void aWebServerKeepsItsClients() {
    server("", "nginx");
    client(BROWSE, name);
    awaitClient();

    around(this::awaitClient);
  }

  private static final String ECHO =
      """
      import socket, threading
      server = socket.create_server(('', 9000))
      def serve(connection):
        stream = connection.makefile('rwb', buffering=0)
        for line in stream:
          stream.write(line)
      while True:
        threading.Thread(target=serve, args=(server.accept()[0],)).start()
      """;

  /** Says each number and ends when it is not told the same; for bash. */
  private static final String ASK_FROM_OUTSIDE =
      """
      until exec 3<>/dev/tcp/ENTRY/18471; do sleep 0.05; done 2>/dev/null
      number=0
      while number=$((number + 1)); do
        echo $number >&3
        read -r answer <&3
        [ "$answer" = $number ] || { echo "$number was answered by $answer"; exit 1; }
        echo "answered $number"
        sleep 0.01
      done
      """;

  /** Not in any of the fleet's networks, each by way of another host's published port. */
  @Test
  void clientsFromOutsideGoOnThroughThePortsOfAllHosts() {
    server("-p 18471:9000", "python", "python3", "-u", "-c", ECHO);
    List<RunningCommand> clients = new ArrayList<>();
    try {
      for (int entry = 1; entry <= fleet.hosts().size(); entry++) {
        LabHost from = fleet.host(entry % fleet.hosts().size() + 1);
        clients.add(from.start(ASK_FROM_OUTSIDE.replace("ENTRY", fleet.host(entry).address())));
      }
      clients.forEach(RunningCommand::awaitMore);

      around(() -> clients.forEach(RunningCommand::awaitMore));
    } finally {
      clients.forEach(RunningCommand::close);
    }
  }

  private static final String COUNT_IN_THE_WORLD =
      """
      exec python3 -c '
      import socket
      server = socket.create_server(("", 9000))
      print("listens", flush=True)
      stream = server.accept()[0].makefile("rwb", buffering=0)
      for seen, line in enumerate(stream, 1):
        stream.write(b"%d %d\\n" % (int(line), seen))
      '
      """;

  /** To a program that knows the address of the host it left the fleet by, and no other. */
  @Test
  void itsConnectionsOutOfTheFleetGoOn() {
    LabHost world = fleet.host(3);
    try (RunningCommand counting = world.start(COUNT_IN_THE_WORLD)) {
      counting.awaitOut("listens");
      server("", "python", "python3", "-u", "-c", Traveller.TALK, world.address());
      traveller.awaitTalk(name);

      around(() -> traveller.awaitTalk(name));
      traveller.moved("host-2", "postcopy");
      traveller.awaitTalk(name);

      assertThat(fleet.host(2).ok("nft list map ip flota_detours hosts")).contains(world.address());
      docker.ok("rm -f {}", name);
      fleet.hosts().forEach(host -> host.shell("nft list map ip flota_detours hosts").exited(1));
    }
  }
}
