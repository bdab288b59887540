package dev.flota.cluster.image;

import akka.Done;
import akka.actor.typed.ActorRef;
import akka.actor.typed.Behavior;
import akka.actor.typed.DispatcherSelector;
import akka.actor.typed.javadsl.AbstractBehavior;
import akka.actor.typed.javadsl.ActorContext;
import akka.actor.typed.javadsl.Behaviors;
import akka.actor.typed.javadsl.Receive;
import akka.stream.javadsl.SourceQueueWithComplete;
import dev.flota.cluster.Outcome;
import dev.flota.cluster.event.EventLog;
import dev.flota.engine.EngineException;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.image.ImageUse;
import dev.flota.engine.image.Images;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.RegistryAuth;
import dev.flota.engine.image.Removal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One image name on this host. Whoever wants it pulled while a pull of the same platform is under
 * way joins that pull; when the last one leaves, it is given up.
 */
public final class ImageActor extends AbstractBehavior<ImageActor.Command> {
  /** What an image name can be told. */
  public sealed interface Command {}

  /** Pulls; progress and the end of it go to {@code listener}. */
  public record Pull(
      @Nullable Platform platform,
      @Nullable RegistryAuth auth,
      SourceQueueWithComplete<Progress> listener)
      implements Command {}

  /** Makes this name point to the image that {@code source} names. */
  public record Tag(String source, ActorRef<Outcome<Done>> replyTo) implements Command {}

  /** Removes this name, or the image of this id. */
  public record Remove(
      String reference, boolean force, boolean prune, ActorRef<Outcome<List<Removal>>> replyTo)
      implements Command {}

  private record Progressed(String key, Progress progress) implements Command {}

  private record Ended(String key, @Nullable EngineException failure) implements Command {}

  private record Left(String key, SourceQueueWithComplete<Progress> listener) implements Command {}

  /** A pull under way; {@code told} is what a listener who joins late has to hear first. */
  private record Running(
      FutureTask<Done> task,
      List<SourceQueueWithComplete<Progress>> listeners,
      Map<String, Progress> told) {}

  /**
   * What all image names of a host share.
   *
   * @param containers who uses which image
   */
  public record Surroundings(Images images, ContainerIndex containers, EventLog events) {}

  private final Surroundings host;
  private final Reference reference;
  private final Executor blocking;
  private final Map<String, Running> pulls = new LinkedHashMap<>();

  private ImageActor(ActorContext<Command> context, Surroundings host, Reference reference) {
    super(context);
    this.host = host;
    this.reference = reference;
    blocking =
        context
            .getSystem()
            .dispatchers()
            .lookup(DispatcherSelector.fromConfig("flota.blocking-dispatcher"));
  }

  /** The actor of a name on this host. */
  public static Behavior<Command> create(Surroundings host, Reference reference) {
    return Behaviors.setup(context -> new ImageActor(context, host, reference));
  }

  @Override
  public Receive<Command> createReceive() {
    return newReceiveBuilder().onMessage(Command.class, this::onCommand).build();
  }

  private Behavior<Command> onCommand(Command command) {
    switch (command) {
      case Pull pull -> pull(pull);
      case Tag tag ->
          inBackground(
              () -> {
                host.images().tag(tag.source(), reference);
                String id = host.images().find(reference.toString()).id();
                event("tag", id, reference.familiar());
                return Done.getInstance();
              },
              tag.replyTo());
      case Remove remove -> inBackground(() -> remove(remove), remove.replyTo());
      case Progressed progressed -> {
        Running running = pulls.get(progressed.key());
        if (running != null) {
          running.told().put(subject(progressed.progress()), progressed.progress());
          running.listeners().forEach(listener -> listener.offer(progressed.progress()));
        }
      }
      case Ended ended -> ended(ended);
      case Left left -> left(left);
    }
    return this;
  }

  private void pull(Pull pull) {
    String key = String.valueOf(pull.platform());
    ActorRef<Command> self = getContext().getSelf();
    Running running = pulls.get(key);
    if (running == null) {
      FutureTask<Done> task = new FutureTask<>(() -> transfer(pull, key, self));
      running = new Running(task, new ArrayList<>(), new LinkedHashMap<>());
      pulls.put(key, running);
      blocking.execute(task);
    } else {
      running.told().values().forEach(pull.listener()::offer);
    }
    running.listeners().add(pull.listener());
    pull.listener()
        .watchCompletion()
        .whenComplete((done, failure) -> self.tell(new Left(key, pull.listener())));
  }

  private Done transfer(Pull pull, String key, ActorRef<Command> self) {
    try {
      host.images()
          .pull(
              reference,
              pull.platform(),
              pull.auth(),
              progress -> self.tell(new Progressed(key, progress)));
      event("pull", reference.familiar(), reference.familiarName());
      self.tell(new Ended(key, null));
    } catch (EngineException e) {
      self.tell(new Ended(key, e));
    } catch (RuntimeException e) {
      getContext().getSystem().log().error("pull of {} failed", reference, e);
      self.tell(new Ended(key, EngineException.system("pull failed: " + e, e)));
    }
    return Done.getInstance();
  }

  private void ended(Ended ended) {
    Running running = pulls.remove(ended.key());
    if (running == null) {
      return;
    }
    EngineException failure = ended.failure();
    for (SourceQueueWithComplete<Progress> listener : running.listeners()) {
      if (failure == null) {
        listener.complete();
      } else {
        listener.fail(failure);
      }
    }
  }

  private void left(Left left) {
    Running running = pulls.get(left.key());
    if (running == null || !running.listeners().remove(left.listener())) {
      return;
    }
    if (running.listeners().isEmpty()) {
      pulls.remove(left.key());
      running.task().cancel(true);
    }
  }

  private List<Removal> remove(Remove remove) {
    List<Removal> removals =
        host.images().remove(remove.reference(), remove.force(), remove.prune(), this::users);
    for (Removal removal : removals) {
      switch (removal) {
        case Removal.Untagged(String name) -> event("untag", name, name);
        case Removal.Deleted(String digest) -> event("delete", digest, digest);
      }
    }
    return removals;
  }

  private List<ImageUse> users(String imageId) {
    return host.containers().all().stream()
        .filter(record -> record.imageId().equals(imageId))
        .map(record -> new ImageUse(record.id(), record.state().status().alive()))
        .toList();
  }

  private <T> void inBackground(Supplier<T> work, ActorRef<Outcome<T>> replyTo) {
    blocking.execute(() -> replyTo.tell(Outcome.of(work)));
  }

  private void event(String action, String id, String name) {
    host.events().publish("image", action, id, Map.of("name", name));
  }

  private static String subject(Progress progress) {
    return switch (progress) {
      case Progress.Message(String id, String status) -> "message " + id + status;
      case Progress.LayerStatus(String id, _) -> id;
      case Progress.LayerBytes(String id, _, _, _) -> id;
      case Progress.Stream(String text) -> "stream " + text;
    };
  }
}
