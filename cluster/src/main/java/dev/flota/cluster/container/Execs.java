package dev.flota.cluster.container;

import akka.actor.typed.ActorRef;
import dev.flota.engine.EngineException;
import dev.flota.engine.linux.ProcessTree;
import dev.flota.engine.runtime.ExecSession;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** All execs of this host by id, written by the containers' actors. */
public final class Execs {
  /** One exec: what is known of it, whose it is, and its process once it has one. */
  public record Entry(
      ExecInfo info, ActorRef<ContainerActor.Command> owner, @Nullable ExecSession session) {}

  private final ConcurrentMap<String, Entry> entries = new ConcurrentHashMap<>();

  /**
   * The exec of exactly this id.
   *
   * @throws EngineException NOT_FOUND
   */
  public Entry find(String id) {
    Entry entry = entries.get(id);
    if (entry == null) {
      throw EngineException.notFound("No such exec instance: " + id);
    }
    return entry;
  }

  void put(Entry entry) {
    entries.put(entry.info().id(), entry);
  }

  /** Notes the end of one, unless its container is gone. */
  void end(ExecInfo ended) {
    entries.computeIfPresent(ended.id(), (id, entry) -> new Entry(ended, entry.owner(), null));
  }

  void remove(String id) {
    entries.remove(id);
  }

  /** Ids of the execs of one container, for its inspect. */
  public List<String> runningIn(String containerId) {
    return entries.values().stream()
        .map(Entry::info)
        .filter(info -> info.containerId().equals(containerId) && info.running())
        .map(ExecInfo::id)
        .sorted()
        .toList();
  }

  /**
   * Kills the execs of a container with what they have started, and waits until they have ended.
   *
   * @throws EngineException SYSTEM when they do not end
   */
  void killAllOf(String containerId, Duration within) {
    for (Entry entry : entries.values()) {
      ExecSession session = entry.session();
      ExecInfo info = entry.info();
      if (session != null && info.containerId().equals(containerId) && info.running()) {
        ProcessHandle.of(session.pid()).ifPresent(ProcessTree::kill);
        int code = ended(session, within);
        end(new ExecInfo(info.id(), containerId, info.request(), false, code, session.pid()));
      }
    }
  }

  private static int ended(ExecSession session, Duration within) {
    try {
      return session
          .exitCode()
          .thenApply(Function.identity()) // a time-out of ours is nobody else's
          .toCompletableFuture()
          .orTimeout(within.toMillis(), TimeUnit.MILLISECONDS)
          .join();
    } catch (CompletionException e) {
      throw EngineException.system("the exec %s does not end".formatted(session.id()), e);
    }
  }

  void removeAllOf(String containerId) {
    entries.values().removeIf(entry -> entry.info().containerId().equals(containerId));
  }
}
