package dev.flota.lab.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.lab.harness.Await;
import dev.flota.lab.harness.Docker;
import dev.flota.lab.harness.FleetEndToEnd;
import dev.flota.lab.harness.FleetLab;
import dev.flota.lab.harness.RunningCommand;
import dev.flota.lab.harness.Unique;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Large programs move there and back again in the middle of what they do, with their memory, their
 * threads and the connections of those who talk to them. The images are made by {@code ./flota lab
 * image node openjdk postgres}.
 */
@FleetEndToEnd
@Tag("slow")
@Tag("programs")
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class TeleportProgramsTest {
  private final FleetLab fleet;
  private final Docker docker;
  private final String name = Unique.name("program");
  private final String client = Unique.name("talks");
  private final Traveller traveller;

  TeleportProgramsTest(FleetLab fleet) {
    this.fleet = fleet;
    docker = fleet.docker(1);
    traveller = new Traveller(fleet, name);
  }

  @BeforeEach
  void network() {
    docker.need("busybox", "python", "node", "openjdk", "postgres");
    docker.ok("network create {}", name);
  }

  @AfterEach
  void remove() {
    docker.run("rm -f -v {} {}", name, client);
    docker.run("network rm {}", name);
  }

  /** Words of {@code docker run} for a container in the test's network. */
  private String on(int host) {
    return "--network %s -e constraint:node==host-%d ".formatted(name, host);
  }

  private void moved(int host, String mode) {
    assertThat(traveller.moved("host-" + host, mode)).isEqualTo(mode);
  }

  /** Nothing of it is left elsewhere, and no other host believes that it runs there. */
  private void isOnlyOn(int host) {
    assertThat(traveller.holder()).isEqualTo(host);
    assertThat(new FleetCheck(fleet).consistent())
        .filteredOn(FleetCheck.Seen::name, name)
        .singleElement()
        .matches(FleetCheck.Seen::hasProcess)
        .returns("host-" + host, FleetCheck.Seen::host);
  }

  // ---- programs that count, and say so to one client for ever

  /**
   * Asks by number, over a single connection. The answer has the number, how many were asked, a sum
   * over the memory and how far each thread has counted. Ends by an exception as soon as one was
   * lost or doubled, the memory is another, or a thread has less than it had.
   */
  private static final String TALK =
      """
      import http.client, sys, time
      browser = http.client.HTTPConnection(sys.argv[2], 9000)
      while browser.sock is None:
        try:
          browser.connect()
        except OSError:
          time.sleep(0.05)
      only = browser.sock
      stream = only.makefile('rwb', buffering=0)
      def by_http(number):
        browser.request('GET', '/%d' % number)
        answer = browser.getresponse().read()
        assert browser.sock is only, 'the connection was closed'
        return answer
      def by_line(number):
        stream.write(b'%d\\n' % number)
        return stream.readline()
      ask = {'http': by_http, 'line': by_line}[sys.argv[1]]
      number, memory, last = 0, None, []
      while True:
        number += 1
        answer = ask(number).decode()
        heard, seen, now, *counts = answer.split()
        counts = [int(count) for count in counts]
        memory = memory or now
        last = last or counts
        assert int(heard) == int(seen) == number, '%d is answered by %s' % (number, answer)
        assert now == memory, 'the memory was %s, and now %s' % (memory, answer)
        assert all(a <= b for a, b in zip(last, counts)), '%s are followed by %s' % (last, answer)
        last = counts
        print(*counts, flush=True)
        time.sleep(0.01)
      """;

  private void talk(String protocol) {
    new Traveller(fleet, client).run(on(3), "python", "python3", "-u", "-c", TALK, protocol, name);
    Await.until("the client is answered", this::ofClient, () -> !counts().isEmpty());
  }

  private String ofClient() {
    return docker.run("logs {}", client).all();
  }

  /** How far the threads are, as the client was told at last. */
  private List<Long> counts() {
    assertThat(docker.inspect("{{.State.Status}}", client)).as(ofClient()).isNotEqualTo("exited");
    String last = docker.ok("logs --tail 1 {}", client);
    return last.isEmpty()
        ? List.of()
        : Arrays.stream(last.split(" ", -1)).map(Long::valueOf).toList();
  }

  /** The client has heard since that each of the threads has counted on. */
  private void awaitAllCount() {
    List<Long> before = counts();
    Await.until(
        "all threads count on from " + before,
        this::ofClient,
        () -> {
          List<Long> now = counts();
          for (int thread = 0; thread < before.size(); thread++) {
            if (now.get(thread) <= before.get(thread)) {
              return false;
            }
          }
          return true;
        });
  }

  private void thereAndBackAgain(String mode) {
    awaitAllCount();
    for (int host : List.of(2, 1)) {
      moved(host, mode);
      awaitAllCount();
      isOnlyOn(host);
    }
  }

  /**
   * Threads count under a lock, and write each number into another page, which then tell the same.
   */
  private static final String PYTHON =
      """
      import array, random, socket, threading, time, zlib
      random.seed(1)
      memory = bytearray(300 << 20)
      for start in range(0, len(memory), 1 << 20):
        memory[start:start + (1 << 20)] = random.randbytes(1 << 20)
      lock = threading.Lock()
      counts = [0] * 4
      pages = [array.array('Q', [0]) * (1 << 16) for thread in counts]
      def count(thread):
        while True:
          with lock:
            pages[thread][counts[thread] * 512 % (1 << 16)] += 1
            counts[thread] += 1
          time.sleep(0.001)
      for thread in range(len(counts)):
        threading.Thread(target=count, args=(thread,)).start()
      server = socket.create_server(('', 9000))
      stream = server.accept()[0].makefile('rwb', buffering=0)
      seen = 0
      for line in stream:
        seen += 1
        total = zlib.crc32(memory)
        with lock:
          assert [sum(page) for page in pages] == counts
          now = ' '.join(map(str, counts))
        stream.write(b'%s %d %d %s\\n' % (line.strip(), seen, total, now.encode()))
      """;

  @ParameterizedTest
  @ValueSource(strings = {"stop", "postcopy"})
  void pythonWithMuchMemoryAndThreads(String mode) {
    traveller.run(on(1), "python", "python3", "-u", "-c", PYTHON);
    talk("line");

    thereAndBackAgain(mode);
  }

  /**
   * One worker counts by its event loop, one by waiting for what never comes. An idle connection is
   * closed by the server after five seconds otherwise, be it that it was frozen for so long.
   */
  private static final String NODE =
      """
      const { Worker } = require('worker_threads');
      const crypto = require('crypto');
      const http = require('http');
      const counts = new Int32Array(new SharedArrayBuffer(16));
      const begin = "const counts = require('worker_threads').workerData; let count = 0;";
      for (const work of [
        'setInterval(() => Atomics.store(counts, 0, ++count), 1);',
        'for (;;) { Atomics.wait(counts, 3, 0, 1); Atomics.store(counts, 1, ++count); }',
      ]) {
        new Worker(begin + work, { eval: true, workerData: counts });
      }
      const memory = crypto.randomFillSync(Buffer.alloc(32 << 20));
      const kept = new Map();
      for (let number = 0; number < 100000; number++) kept.set('key' + number, number * number);
      let seen = 0;
      const server = http.createServer((request, response) => {
        const sum = Array.from(kept.values()).reduce((one, other) => one + other);
        const all = crypto.createHash('md5').update(memory).update(String(sum)).digest('hex');
        response.end([request.url.slice(1), ++seen, all, counts[0], counts[1]].join(' '));
      });
      server.keepAliveTimeout = 0;
      server.listen(9000);
      """;

  @ParameterizedTest
  @ValueSource(strings = {"stop", "postcopy"})
  void nodeWithWorkers(String mode) {
    traveller.run(on(1), "node", "node", "-e", NODE);
    talk("http");

    thereAndBackAgain(mode);
  }

  /** Two threads of the system and a virtual one count, and leave work to the garbage collector. */
  private static final String JAVA =
      """
      import java.io.BufferedReader;
      import java.io.InputStreamReader;
      import java.net.ServerSocket;
      import java.net.Socket;
      import java.nio.ByteBuffer;
      import java.util.HashMap;
      import java.util.Map;
      import java.util.Random;
      import java.util.concurrent.atomic.AtomicLongArray;
      import java.util.concurrent.locks.LockSupport;
      import java.util.zip.CRC32;

      public class Program {
        static final AtomicLongArray counts = new AtomicLongArray(3);

        static void count(int thread) {
          Map<Long, byte[]> recent = new HashMap<>();
          while (true) {
            recent.put(counts.incrementAndGet(thread) % 1000, new byte[5000]);
            LockSupport.parkNanos(1_000_000);
          }
        }

        public static void main(String[] arguments) throws Exception {
          byte[] memory = new byte[64 << 20];
          new Random(1).nextBytes(memory);
          Map<Integer, String> kept = new HashMap<>();
          for (int number = 0; number < 100_000; number++) {
            kept.put(number, "value " + number);
          }
          Thread.ofPlatform().daemon().start(() -> count(0));
          Thread.ofPlatform().daemon().start(() -> count(1));
          Thread.ofVirtual().start(() -> count(2));
          try (ServerSocket server = new ServerSocket(9000);
              Socket connection = server.accept();
              BufferedReader lines =
                  new BufferedReader(new InputStreamReader(connection.getInputStream()))) {
            long seen = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
              seen++;
              CRC32 sum = new CRC32();
              sum.update(memory);
              sum.update(ByteBuffer.allocate(4).putInt(kept.hashCode()).flip());
              String answer = line + " " + seen + " " + sum.getValue();
              for (int thread = 0; thread < counts.length(); thread++) {
                answer += " " + counts.get(thread);
              }
              connection.getOutputStream().write((answer + "\\n").getBytes());
            }
          }
        }
      }
      """;

  @ParameterizedTest
  @ValueSource(strings = {"stop", "postcopy"})
  void aJavaVirtualMachine(String mode, @TempDir Path directory) throws IOException {
    byte[] program = Files.readAllBytes(compiled(directory).resolve("Program.class"));
    String keep = "cat >/program/Program.class";
    docker
        .input(program, "run -i --rm " + on(1) + "-v {}:/program busybox sh -c {}", name, keep)
        .exited(0);
    traveller.run(
        on(1) + "-v " + name + ":/program",
        "openjdk",
        "java",
        "-Xmx256m",
        "-cp",
        "/program",
        "Program");
    talk("line");

    thereAndBackAgain(mode);
  }

  /** For the image's Java, which is older than the tests'. */
  private static Path compiled(Path directory) throws IOException {
    Path source = Files.writeString(directory.resolve("Program.java"), JAVA);
    Path classes = Files.createDirectory(directory.resolve("classes"));
    int result =
        ToolProvider.getSystemJavaCompiler()
            .run(null, null, null, "--release", "21", "-d", classes.toString(), source.toString());
    assertThat(result).isZero();
    return classes;
  }

  // ---- a database

  /** A session of psql, one statement after the other. */
  private static final class Session implements AutoCloseable {
    private final RunningCommand psql;
    private int asked;

    Session(RunningCommand psql) {
      this.psql = psql;
    }

    /** What it answers to these statements. */
    String ask(String statements) {
      int before = psql.out().length();
      String end = "answered %d".formatted(++asked);
      String line = "%s\n\\echo %s\n".formatted(statements, end);
      psql.type(line.getBytes(StandardCharsets.UTF_8)).awaitOut(end + "\n");
      String answer = psql.out().substring(before);
      return answer.substring(0, answer.indexOf(end)).strip();
    }

    void end() {
      psql.endInput().await().exited(0);
    }

    @Override
    public void close() {
      psql.close();
    }
  }

  private static final String COUNT = "SELECT count(*), sum(n) FROM numbers";

  /**
   * Whether its backend and its transaction are still the same, and what it has in memory alone.
   */
  private static final String WHO =
      "SELECT pg_backend_pid(), pg_current_xact_id(), pg_postmaster_start_time(), count(*) FROM mine;";

  @ParameterizedTest
  @ValueSource(strings = {"stop", "postcopy"})
  void postgresInTheMiddleOfATransaction(String mode) {
    traveller.run(
        on(1) + "-e POSTGRES_PASSWORD=secret -e POSTGRES_INITDB_ARGS=--data-checksums", "postgres");
    awaitPostgres();
    psql("CREATE TABLE numbers (n integer PRIMARY KEY)");
    try (Session session = session()) {
      session.ask("CREATE TEMPORARY TABLE mine AS SELECT generate_series(1, 500);");
      session.ask("PREPARE counted AS " + COUNT + ";");
      session.ask("BEGIN; INSERT INTO numbers SELECT generate_series(1, 10000);");
      String who = session.ask(WHO);
      assertThat(session.ask("EXECUTE counted;")).isEqualTo("10000|50005000");

      moved(2, mode);

      assertThat(session.ask(WHO)).isEqualTo(who);
      assertThat(session.ask("EXECUTE counted;")).isEqualTo("10000|50005000");
      assertThat(psql(COUNT)).as("before it is committed").isEqualTo("0|");
      session.ask("INSERT INTO numbers SELECT generate_series(10001, 20000);");
      isOnlyOn(2);

      moved(1, mode);

      assertThat(session.ask(WHO)).isEqualTo(who);
      session.ask("INSERT INTO numbers SELECT generate_series(20001, 30000); COMMIT;");
      assertThat(session.ask("EXECUTE counted;")).isEqualTo("30000|450015000");
      isOnlyOn(1);
      session.end();
    }
    assertThat(psql(COUNT)).as("in another session").isEqualTo("30000|450015000");
    docker.ok("restart {}", name);
    awaitPostgres();
    assertThat(psql(COUNT)).as("after a restart, from its files").isEqualTo("30000|450015000");
  }

  /** While it makes its database it does not listen here. */
  private void awaitPostgres() {
    Await.until(
        "postgres answers",
        () -> docker.run("logs {}", name).all(),
        () -> docker.run("exec {} pg_isready -h 127.0.0.1", name).exit() == 0);
  }

  private String psql(String statement) {
    return docker.ok("exec {} psql -U postgres -Atq -c {}", name, statement);
  }

  private Session session() {
    return new Session(
        docker.start(
            "run -i --name {} "
                + on(3)
                + "-e PGPASSWORD=secret postgres psql -h {} -U postgres -Atq -v ON_ERROR_STOP=1",
            client,
            name));
  }
}
