package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.figure.Metric;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/** Something that is done with each engine, over and over, and measured. */
public sealed interface Scenario permits Cycle, Exec, ParallelStart, Listing, Pull, MemoryUse {
  /** What {@code --only} calls it. */
  String key();

  /** What each round gives values for, in the order of the table. */
  List<Metric> metrics();

  /** How often it is worth doing when this is asked for. */
  Pace pace(Pace wished);

  /** Of one engine. */
  Session open(Engine engine);

  /** One engine. Closing takes away whatever was made in it, also after a failure. */
  interface Session extends AutoCloseable {
    /** Makes what all rounds need; not measured. */
    void prepare() throws IOException;

    /** Does it once and returns a value for each metric. */
    Map<Metric, Double> round() throws IOException;

    @Override
    void close() throws IOException;
  }

  /** All of them, in the order in which they run: the memory last, when all else has been done. */
  static List<Scenario> all() {
    return List.of(
        Cycle.onBridge(),
        Cycle.withoutNetwork(),
        new Exec(),
        new ParallelStart(),
        new Listing(),
        new Pull(),
        new MemoryUse());
  }
}
