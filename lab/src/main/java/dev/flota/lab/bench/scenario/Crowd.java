package dev.flota.lab.bench.scenario;

import dev.flota.lab.bench.engine.Engine;
import dev.flota.lab.bench.engine.EngineApi;
import dev.flota.lab.bench.engine.UnexpectedAnswerException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The benchmark's containers of one engine, many at a time. */
record Crowd(Engine engine) {
  static final String IMAGE = "busybox";

  /** What keeps a container running. */
  private static final String[] KEEP_RUNNING = {"sleep", "3600"};

  /** How many clients prepare and clean up, which is not measured. */
  private static final int FEW = 4;

  private static final String BRIDGE = "bridge";

  /** A call made for one of many. */
  private interface Call<T> {
    void make(EngineApi api, T item) throws IOException;
  }

  /** Makes the image present and begins without containers that an interrupted run has left. */
  void prepare() throws IOException {
    removeAll();
    try (EngineApi api = EngineApi.of(engine)) {
      if (!api.hasImage(IMAGE)) {
        api.pull(IMAGE);
      }
    }
  }

  List<String> create(int count) throws IOException {
    List<String> made = Collections.synchronizedList(new ArrayList<>());
    forEach(
        Collections.nCopies(count, BRIDGE),
        FEW,
        (api, network) -> made.add(api.create(IMAGE, network, KEEP_RUNNING)));
    return List.copyOf(made);
  }

  /** Starts all at the same time, each over a connection of its own; returns when all run. */
  void startTogether(List<String> containers) throws IOException {
    forEach(containers, containers.size(), EngineApi::start);
  }

  void startFewAtATime(List<String> containers) throws IOException {
    forEach(containers, FEW, EngineApi::start);
  }

  /** Fails unless exactly so many of the benchmark's containers run. */
  void expectRunning(int count) throws IOException {
    try (EngineApi api = EngineApi.of(engine)) {
      int running = api.ownRunning().size();
      if (running != count) {
        throw new UnexpectedAnswerException(
            "%s: %d containers run instead of %d".formatted(engine.name(), running, count));
      }
    }
  }

  /** Removes every container that carries the benchmark's label. */
  void removeAll() throws IOException {
    List<String> containers;
    try (EngineApi api = EngineApi.of(engine)) {
      containers = api.ownContainers();
    }
    forEach(containers, FEW, EngineApi::remove);
  }

  private <T> void forEach(List<T> items, int clients, Call<T> call) throws IOException {
    Queue<T> open = new ConcurrentLinkedQueue<>(items);
    List<Future<?>> working = new ArrayList<>();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int client = 0; client < Math.min(clients, items.size()); client++) {
        working.add(
            executor.submit(
                () -> {
                  work(open, call);
                  return null;
                }));
      }
    }
    for (Future<?> done : working) {
      rethrow(done);
    }
  }

  private <T> void work(Queue<T> open, Call<T> call) throws IOException {
    try (EngineApi api = EngineApi.of(engine)) {
      for (T item = open.poll(); item != null; item = open.poll()) {
        call.make(api, item);
      }
    }
  }

  private static void rethrow(Future<?> done) throws IOException {
    try {
      done.get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause() == null ? e.getMessage() : e.getCause().getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
