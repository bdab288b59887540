package dev.flota.engine.container;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** With processes of this machine in place of a container's. */
class GuestTest {
  @Test
  void whatTheFirstProcessHasStartedIsAtHome() throws IOException {
    Process first = new ProcessBuilder("sh", "-c", "sleep 1000 & echo $!; wait").start();
    Process other = new ProcessBuilder("sleep", "999").start();
    try (BufferedReader said = first.inputReader()) {
      int below = Integer.parseInt(String.valueOf(said.readLine()));
      int pid = (int) first.pid();
      int guest = (int) other.pid();

      List<Guest> guests = Guest.of(pid, List.of(pid, below, guest, Integer.MAX_VALUE));

      assertThat(guests).containsExactly(new Guest(guest, "sleep 999"));
      assertThat(Guest.obstacle(guests))
          .isEqualTo(
              "runs processes of docker exec, which cannot come along: sleep 999 (process %d)"
                  .formatted(guest));
    } finally {
      first.descendants().forEach(ProcessHandle::destroyForcibly);
      first.destroyForcibly();
      other.destroyForcibly();
    }
  }
}
