package dev.flota.cluster.ledger.raft;

import dev.flota.engine.EngineException;
import dev.flota.engine.ErrorKind;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.exceptions.LeaderNotReadyException;
import org.apache.ratis.protocol.exceptions.NotLeaderException;
import org.apache.ratis.protocol.exceptions.RaftException;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.apache.ratis.protocol.exceptions.ServerNotReadyException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.apache.ratis.util.JavaUtils;
import org.jspecify.annotations.Nullable;

/**
 * Gets a call to the leader, whoever that is in the meantime, until it answers or patience ends. A
 * call that is repeated has the same number, so that the leaders take it for one.
 */
final class LeaderCalls {
  private static final Duration RETRY = Duration.ofMillis(100);

  private final Progress progress;
  private final Replica replica;

  LeaderCalls(Progress progress, Replica replica) {
    this.progress = progress;
    this.replica = replica;
  }

  /** What a call needs to know of this host's replica. */
  interface Replica {
    /** The leader this host knows of. */
    @Nullable RaftPeerId leader();

    /**
     * Asks another host whether it hears this one: who is no member any more hears of no leader,
     * and has to ask to be told so. The answer is not waited for.
     */
    void inquire();

    /** A call to that host failed on the way. */
    void failed(RaftPeerId host, Throwable cause);

    /** Why no majority answers, for the user. */
    String reason();
  }

  /** One call, to the host that leads. */
  @FunctionalInterface
  interface Call {
    /** Sends it. */
    CompletableFuture<RaftClientReply> to(RaftPeerId host) throws IOException;
  }

  /**
   * The leader's answer; one that carries an exception is of no use to try again.
   *
   * @param perHost one host is waited for no longer
   * @throws EngineException UNAVAILABLE
   * @throws RaftException when the leader does not change the members as asked
   */
  RaftClientReply answer(Call call, Duration patience, Duration perHost)
      throws InterruptedException, RaftException {
    long end = System.nanoTime() + patience.toNanos();
    @Nullable RaftPeerId hint = null;
    while (true) {
      CompletableFuture<Void> election = progress.nextElection();
      String stopped = progress.stopped();
      if (stopped != null) {
        throw unavailable("this host's part of the ledger has stopped: " + stopped);
      }
      Duration left = Duration.ofNanos(end - System.nanoTime());
      if (left.isNegative()) {
        throw unavailable(replica.reason());
      }
      RaftPeerId leader = hint == null ? replica.leader() : hint;
      if (leader == null) {
        replica.inquire();
        await(election, shorter(left, RETRY));
        continue;
      }
      Attempt attempt = attempt(call, leader, election, shorter(left, perHost));
      RaftClientReply reply = attempt.reply();
      if (reply != null) {
        return reply;
      }
      hint = leader.equals(attempt.hint()) ? null : attempt.hint();
      if (hint == null) {
        await(election, shorter(left, RETRY));
      }
    }
  }

  /** An answer, or maybe a better host to ask. */
  private record Attempt(@Nullable RaftClientReply reply, @Nullable RaftPeerId hint) {
    static final Attempt FAILED = new Attempt(null, null);
  }

  private Attempt attempt(
      Call call, RaftPeerId leader, CompletableFuture<Void> election, Duration patience)
      throws InterruptedException, RaftException {
    CompletableFuture<RaftClientReply> reply;
    try {
      reply = call.to(leader);
    } catch (IOException e) {
      return failed(leader, e);
    }
    await(CompletableFuture.anyOf(settled(reply), election), patience);
    if (!reply.isDone()) {
      return Attempt.FAILED;
    }
    try {
      return judge(reply.get());
    } catch (ExecutionException e) {
      switch (JavaUtils.unwrapCompletionException(e.getCause() == null ? e : e.getCause())) {
        case SetConfigurationException refused -> throw refused;
        case ReconfigurationInProgressException refused -> throw refused;
        case ReconfigurationTimeoutException refused -> throw refused;
        case Throwable failure -> {
          return failed(leader, failure);
        }
      }
    }
  }

  private static Attempt judge(RaftClientReply reply) {
    RaftException failure = reply.getException();
    return switch (failure) {
      case NotLeaderException other ->
          new Attempt(
              null, other.getSuggestedLeader() == null ? null : other.getSuggestedLeader().getId());
      case LeaderNotReadyException early -> Attempt.FAILED;
      case ServerNotReadyException early -> Attempt.FAILED;
      case null, default -> new Attempt(reply, null);
    };
  }

  private Attempt failed(RaftPeerId host, Throwable cause) {
    replica.failed(host, cause);
    return Attempt.FAILED;
  }

  /** Waits for that long at most; how it ended is for the caller to see. */
  static void await(CompletableFuture<?> future, Duration patience) throws InterruptedException {
    try {
      future.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException | ExecutionException e) {
      return;
    }
  }

  private static CompletableFuture<?> settled(CompletableFuture<?> future) {
    return future.handle((value, failure) -> true);
  }

  private static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  static EngineException unavailable(String text) {
    return new EngineException(ErrorKind.UNAVAILABLE, text);
  }
}
