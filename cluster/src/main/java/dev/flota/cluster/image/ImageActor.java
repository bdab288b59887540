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
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One image name on this host. Whoever wants it pulled while a pull of the same platform with the
 * same credentials is under way joins that pull; when the last one leaves, it is given up.
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

  private record Progressed(Transfer transfer, Progress progress) implements Command {}

  private record Ended(Transfer transfer, @Nullable EngineException failure) implements Command {}

  private record Left(Transfer transfer, SourceQueueWithComplete<Progress> listener)
      implements Command {}

  /**
   * What makes two pulls the same. Who asks is part of it: a registry may refuse one what it gives
   * another.
   *
   * @param auth null for anonymous
   */
  private record Wanted(@Nullable Platform platform, @Nullable RegistryAuth auth) {
    static Wanted by(Pull pull) {
      return new Wanted(pull.platform(), pull.auth());
    }
  }

  /** A pull under way. */
  private static final class Transfer {
    final Wanted wanted;
    final List<SourceQueueWithComplete<Progress>> listeners = new ArrayList<>();

    /** What a listener who joins late has to hear first. */
    final Map<String, Progress> told = new LinkedHashMap<>();

    @Nullable Future<?> work;

    Transfer(Wanted wanted) {
      this.wanted = wanted;
    }
  }

  /**
   * What all image names of a host share.
   *
   * @param containers who uses which image
   */
  public record Surroundings(Images images, ContainerIndex containers, EventLog events) {}

  private final Surroundings host;
  private final Reference reference;
  private final Executor blocking;
  private final Executor transfers;
  private final Map<Wanted, Transfer> pulls = new LinkedHashMap<>();

  private ImageActor(ActorContext<Command> context, Surroundings host, Reference reference) {
    super(context);
    this.host = host;
    this.reference = reference;
    blocking = dispatcher(context, "flota.blocking-dispatcher");
    transfers = dispatcher(context, "flota.transfer-dispatcher");
  }

  private static Executor dispatcher(ActorContext<Command> context, String name) {
    return context.getSystem().dispatchers().lookup(DispatcherSelector.fromConfig(name));
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
      case Progressed(Transfer transfer, Progress progress) -> {
        transfer.told.put(subject(progress), progress);
        transfer.listeners.forEach(listener -> listener.offer(progress));
      }
      case Ended(Transfer transfer, EngineException failure) -> ended(transfer, failure);
      case Left(Transfer transfer, SourceQueueWithComplete<Progress> listener) ->
          left(transfer, listener);
    }
    return this;
  }

  private void pull(Pull pull) {
    Transfer transfer = pulls.get(Wanted.by(pull));
    if (transfer == null) {
      transfer = begin(pull);
    } else {
      transfer.told.values().forEach(pull.listener()::offer);
    }
    transfer.listeners.add(pull.listener());
    Left left = new Left(transfer, pull.listener());
    ActorRef<Command> self = getContext().getSelf();
    pull.listener().watchCompletion().whenComplete((done, failure) -> self.tell(left));
  }

  private Transfer begin(Pull pull) {
    Transfer transfer = new Transfer(Wanted.by(pull));
    ActorRef<Command> self = getContext().getSelf();
    FutureTask<Done> work = new FutureTask<>(() -> bring(pull, transfer, self), Done.getInstance());
    transfer.work = work;
    pulls.put(transfer.wanted, transfer);
    transfers.execute(work);
    return transfer;
  }

  private void bring(Pull pull, Transfer transfer, ActorRef<Command> self) {
    try {
      host.images()
          .pull(
              reference,
              pull.platform(),
              pull.auth(),
              progress -> self.tell(new Progressed(transfer, progress)));
      event("pull", reference.familiar(), reference.familiarName());
      self.tell(new Ended(transfer, null));
    } catch (EngineException e) {
      self.tell(new Ended(transfer, e));
    } catch (RuntimeException e) {
      getContext().getSystem().log().error("pull of {} failed", reference, e);
      self.tell(new Ended(transfer, EngineException.system("pull failed: " + e, e)));
    }
  }

  private void ended(Transfer transfer, @Nullable EngineException failure) {
    pulls.remove(transfer.wanted, transfer);
    for (SourceQueueWithComplete<Progress> listener : transfer.listeners) {
      if (failure == null) {
        listener.complete();
      } else {
        listener.fail(failure);
      }
    }
  }

  /** A pull that nobody waits for any more is given up; who comes next starts another one. */
  private void left(Transfer transfer, SourceQueueWithComplete<Progress> listener) {
    transfer.listeners.remove(listener);
    Future<?> work = transfer.work;
    if (transfer.listeners.isEmpty() && pulls.remove(transfer.wanted, transfer) && work != null) {
      work.cancel(true);
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
    return ImageUse.of(imageId, host.containers().all());
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
