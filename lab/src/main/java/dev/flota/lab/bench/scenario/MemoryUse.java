package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.Memory;
import dev.flota.lab.bench.engine.ProcessTable;
import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import dev.flota.lab.bench.figure.Metric;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What the engine's processes hold in memory, without containers and with many running, and what
 * those hold that it has for each container (conmon, containerd's shim), of which what they share
 * is divided among them. The containers' own memory is not counted. Both engines rest a little
 * before: what counts is what they keep.
 */
public final class MemoryUse implements Scenario {
  private static final int COUNT = 100;
  private static final Duration REST = Duration.ofSeconds(15);
  private static final Metric IDLE = Metric.size("engine resident, no containers");
  private static final Metric BUSY =
      Metric.size("engine resident, " + COUNT + " running").atMost(200);
  private static final Metric EACH = Metric.size("on top for each running container").atMost(3);
  private static final Metric EACH_RESIDENT = Metric.size("the same with shared pages in full");

  @Override
  public String key() {
    return "memory";
  }

  @Override
  public List<Metric> metrics() {
    return List.of(IDLE, BUSY, EACH, EACH_RESIDENT);
  }

  @Override
  public Pace pace(Pace wished) {
    return wished.atMost(0, 1);
  }

  @Override
  public Session open(Engine engine) {
    return new MemorySession(new Crowd(engine));
  }

  private record MemorySession(Crowd crowd) implements Session {
    @Override
    public void prepare() throws IOException {
      crowd.prepare();
    }

    @Override
    public Map<Metric, Double> round() throws IOException {
      Engine engine = crowd.engine();
      Memory idle = rested(engine.daemons());
      crowd.startFewAtATime(crowd.create(COUNT));
      crowd.expectRunning(COUNT);
      Memory busy = rested(engine.daemons());
      Memory supervisors = memory(engine.supervisors());
      crowd.removeAll();
      return Map.of(
          IDLE,
          idle.residentMegabytes(),
          BUSY,
          busy.residentMegabytes(),
          EACH,
          supervisors.proportionalMegabytes() / COUNT,
          EACH_RESIDENT,
          supervisors.residentMegabytes() / COUNT);
    }

    private Memory rested(Set<String> commands) throws IOException {
      try {
        Thread.sleep(REST);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("cut short").initCause(e);
      }
      return memory(commands);
    }

    private Memory memory(Set<String> commands) throws IOException {
      ProcessTable table = ProcessTable.read();
      List<Long> processes = table.descendants(crowd.engine().init(), commands);
      if (processes.isEmpty()) {
        throw new UnexpectedAnswerException(
            crowd.engine().name() + " has no process called " + String.join(" or ", commands));
      }
      return table.memoryOf(processes);
    }

    @Override
    public void close() throws IOException {
      crowd.removeAll();
    }
  }
}
