package dev.flota.engine.runtime;

import dev.flota.engine.linux.EventLoop;
import dev.flota.engine.linux.PidDescriptor;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** Tells when a container's conmon ends. */
final class ConmonWatch implements AutoCloseable {
  private final EventLoop loop;
  private final Map<String, Watched> watched = new HashMap<>();

  private record Watched(PidDescriptor process, EventLoop.Registration registration) {
    void end() {
      registration.cancel();
      process.close();
    }
  }

  /** Watches nothing yet. */
  ConmonWatch(EventLoop loop) {
    this.loop = loop;
  }

  /**
   * Once for each container, until its conmon has ended or it is forgotten.
   *
   * @param onEnd gets the id, on a thread of its own; at once if it has ended already
   */
  synchronized void watch(String id, RunningProcesses.Identity conmon, Consumer<String> onEnd) {
    forget(id);
    Optional<PidDescriptor> process = conmon.open();
    if (process.isEmpty()) {
      tell(id, onEnd);
      return;
    }
    PidDescriptor held = process.get();
    EventLoop.Registration registration =
        loop.register(held.descriptor(), EventLoop.READABLE, events -> ended(id, held, onEnd));
    watched.put(id, new Watched(held, registration));
  }

  private synchronized void ended(String id, PidDescriptor process, Consumer<String> onEnd) {
    Watched known = watched.get(id);
    if (known != null && known.process() == process) { // else it was forgotten meanwhile
      forget(id);
      tell(id, onEnd);
    }
  }

  private static void tell(String id, Consumer<String> onEnd) {
    Thread.ofVirtual().name("without conmon: " + id).start(() -> onEnd.accept(id));
  }

  /** Its end is what was wanted. */
  synchronized void forget(String id) {
    Watched known = watched.remove(id);
    if (known != null) {
      known.end();
    }
  }

  /** Watches no longer. */
  @Override
  public synchronized void close() {
    watched.values().forEach(Watched::end);
    watched.clear();
  }
}
