package dev.flota.cluster.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.Done;
import akka.actor.testkit.typed.javadsl.ActorTestKit;
import akka.actor.testkit.typed.javadsl.TestProbe;
import akka.actor.typed.ActorRef;
import akka.stream.OverflowStrategy;
import akka.stream.javadsl.Keep;
import akka.stream.javadsl.Sink;
import akka.stream.javadsl.Source;
import akka.stream.javadsl.SourceQueueWithComplete;
import dev.flota.cluster.Outcome;
import dev.flota.cluster.event.EventLog;
import dev.flota.engine.EngineException;
import dev.flota.engine.EngineSettings;
import dev.flota.engine.ErrorKind;
import dev.flota.engine.container.ContainerIndex;
import dev.flota.engine.image.Images;
import dev.flota.engine.image.LayerSource;
import dev.flota.engine.image.Platform;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.Reference;
import dev.flota.engine.image.RegistryAuth;
import dev.flota.engine.image.Removal;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageActorTest {
  private static final long PATIENCE = 30;

  private final ActorTestKit kit = ActorTestKit.create();
  @TempDir private Path state;
  private HeldRegistry registry;
  private Images images;
  private ActorRef<ImageActor.Command> image;

  /** Somebody who wants the image; {@code end} is how his pull ended. */
  private record Listener(SourceQueueWithComplete<Progress> queue, CompletionStage<Done> end) {}

  @BeforeEach
  void open() throws IOException {
    registry = new HeldRegistry();
    images =
        new Images(
            new EngineSettings(
                state,
                state,
                "host",
                "crun",
                Map.of(),
                Path.of("conmon"),
                Path.of("init"),
                "flota",
                new EngineSettings.Bridge("flota0", "10.0.0.0/24", "10.0.0.1", 1500),
                new EngineSettings.Registry(
                    List.of(), List.of(), state.resolve("certs.d"), 3, 1, (int) PATIENCE)),
            LayerSource.NONE);
    image =
        kit.spawn(
            ImageActor.create(
                new ImageActor.Surroundings(images, new ContainerIndex(), new EventLog()),
                Reference.parse(registry.host() + "/app")));
  }

  @AfterEach
  void close() throws IOException {
    registry.close();
    kit.shutdownTestKit();
    images.close();
  }

  private Listener pull(@Nullable Platform platform) {
    return pull(platform, null);
  }

  private Listener pull(@Nullable Platform platform, @Nullable RegistryAuth auth) {
    var queue =
        Source.<Progress>queue(16, OverflowStrategy.dropHead())
            .toMat(Sink.ignore(), Keep.both())
            .run(kit.system());
    image.tell(new ImageActor.Pull(platform, auth, queue.first()));
    return new Listener(queue.first(), queue.second());
  }

  /** Returns once all that was told before has been taken in. */
  private void settle() {
    TestProbe<Outcome<List<Removal>>> probe = kit.createTestProbe();
    image.tell(new ImageActor.Remove("nobody", false, false, probe.ref()));
    assertThat(probe.receiveMessage()).isInstanceOf(Outcome.Refused.class);
  }

  private void awaitQuestion() throws InterruptedException {
    assertThat(registry.asked.tryAcquire(PATIENCE, TimeUnit.SECONDS)).isTrue();
  }

  /** A pull that asks the registry itself; the actor may not have heard yet that others left. */
  private Listener pullAnew() throws InterruptedException {
    for (long attempt = 0; attempt < PATIENCE; attempt++) {
      Listener listener = pull(null);
      if (registry.asked.tryAcquire(1, TimeUnit.SECONDS)) {
        return listener;
      }
      listener.queue().complete();
    }
    throw new AssertionError("a pull that nobody waits for goes on");
  }

  private static void assertNotFound(Listener listener) {
    assertThatThrownBy(() -> listener.end().toCompletableFuture().get(PATIENCE, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            EngineException.class, e -> assertThat(e.kind()).isEqualTo(ErrorKind.NOT_FOUND))
        .hasMessageContaining("manifest unknown");
  }

  @Test
  void tenWhoWantTheSameCauseOnePull() throws InterruptedException {
    List<Listener> listeners = IntStream.range(0, 10).mapToObj(number -> pull(null)).toList();
    settle();
    awaitQuestion();

    registry.release();

    listeners.forEach(ImageActorTest::assertNotFound);
    // One pull asks twice at most: HEAD, then GET.
    assertThat(registry.asked.availablePermits()).isLessThanOrEqualTo(1);
  }

  @Test
  void anotherPlatformIsAnotherPull() throws InterruptedException {
    Listener own = pull(null);
    Listener other = pull(Platform.parse("linux/arm64"));
    awaitQuestion();
    awaitQuestion();

    registry.release();

    assertNotFound(own);
    assertNotFound(other);
  }

  private static RegistryAuth user(String name, String password) {
    return new RegistryAuth(name, password, null, null, null);
  }

  @Test
  void otherCredentialsAreAnotherPull() throws InterruptedException {
    List<Listener> listeners =
        List.of(
            pull(null, null),
            pull(null, user("ann", "right")),
            pull(null, user("ann", "wrong")),
            pull(null, user("bob", "right")));
    for (int pulls = 0; pulls < listeners.size(); pulls++) {
      awaitQuestion();
    }

    registry.release();

    listeners.forEach(ImageActorTest::assertNotFound);
  }

  @Test
  void theSameCredentialsJoin() throws InterruptedException {
    Listener first = pull(null, user("ann", "right"));
    Listener second = pull(null, user("ann", "right"));
    settle();
    awaitQuestion();

    registry.release();

    assertNotFound(first);
    assertNotFound(second);
    // One pull asks twice at most: HEAD, then GET.
    assertThat(registry.asked.availablePermits()).isLessThanOrEqualTo(1);
  }

  @Test
  void pullsThatHangLeaveThreadsForAllElse() throws InterruptedException {
    List<Listener> hanging =
        IntStream.range(0, 40).mapToObj(n -> pull(null, user("user" + n, "x"))).toList();
    for (int pulls = 0; pulls < hanging.size(); pulls++) {
      awaitQuestion();
    }

    settle();

    registry.release();
    hanging.forEach(ImageActorTest::assertNotFound);
  }

  @Test
  void whatNobodyWaitsForIsGivenUp() throws InterruptedException {
    Listener first = pull(null);
    Listener second = pull(null);
    awaitQuestion();
    first.queue().complete();
    settle();
    assertThat(second.end().toCompletableFuture()).isNotDone();

    second.queue().complete();
    first.end().toCompletableFuture().join();
    second.end().toCompletableFuture().join();

    Listener late = pullAnew();
    registry.release();
    assertNotFound(late);
  }

  @Test
  void afterTheEndThereIsAnotherPull() throws InterruptedException {
    registry.release();
    assertNotFound(pull(null));
    registry.asked.drainPermits();

    assertNotFound(pull(null));

    awaitQuestion();
  }
}
