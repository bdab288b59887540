package dev.flota.cluster.ledger.raft;

import dev.flota.cluster.ledger.Applied;
import dev.flota.cluster.ledger.LedgerCodec;
import dev.flota.cluster.ledger.LedgerState;
import java.io.BufferedInputStream;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.apache.ratis.proto.RaftProtos.RoleInfoProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.statemachine.SnapshotInfo;
import org.apache.ratis.statemachine.StateMachineStorage;
import org.apache.ratis.statemachine.TransactionContext;
import org.apache.ratis.statemachine.impl.BaseStateMachine;
import org.apache.ratis.statemachine.impl.SimpleStateMachineStorage;
import org.apache.ratis.statemachine.impl.SingleFileSnapshotInfo;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.LifeCycle;
import org.apache.ratis.util.MD5FileUtil;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What Ratis calls to apply the log to the state. One thread of Ratis' applies, takes snapshots and
 * loads them.
 */
final class LedgerStateMachine extends BaseStateMachine {
  private static final Logger LOG = LoggerFactory.getLogger(LedgerStateMachine.class);

  private final SimpleStateMachineStorage storage = new SimpleStateMachineStorage();
  private final Progress progress;
  private final LedgerView view;
  private final Runnable membersChanged;
  private LedgerState state = LedgerState.EMPTY;
  private volatile @Nullable SingleFileSnapshotInfo latest;

  /**
   * Applies to a state of its own.
   *
   * @param membersChanged is told that voters or listeners changed, or that the replica ended by
   *     itself; must not block
   */
  LedgerStateMachine(Progress progress, LedgerView view, Runnable membersChanged) {
    this.progress = progress;
    this.view = view;
    this.membersChanged = membersChanged;
  }

  @Override
  public void initialize(RaftServer server, RaftGroupId group, RaftStorage raftStorage)
      throws IOException {
    getLifeCycle()
        .startAndTransition(
            () -> {
              super.initialize(server, group, raftStorage);
              storage.init(raftStorage);
              load(storage.getLatestSnapshot());
            },
            IOException.class);
  }

  /** Before a snapshot of the leader's takes the place of the state. */
  @Override
  public void pause() {
    if (getLifeCycleState() == LifeCycle.State.RUNNING) {
      getLifeCycle().transition(LifeCycle.State.PAUSING);
      getLifeCycle().transition(LifeCycle.State.PAUSED);
    }
  }

  @Override
  public void reinitialize() throws IOException {
    load(storage.loadLatestSnapshot());
    if (getLifeCycleState() == LifeCycle.State.PAUSED) {
      getLifeCycle().transition(LifeCycle.State.STARTING);
      getLifeCycle().transition(LifeCycle.State.RUNNING);
    }
  }

  private void load(@Nullable SingleFileSnapshotInfo snapshot) throws IOException {
    if (snapshot == null) {
      return;
    }
    Path file = snapshot.getFile().getPath();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      state = LedgerCodec.read(in);
    }
    TermIndex last = snapshot.getTermIndex();
    setLastAppliedTermIndex(last);
    latest = snapshot;
    view.jump(last.getIndex(), state);
    progress.appliedTo(last.getIndex());
    LOG.info("The ledger continues from snapshot {}", file.getFileName());
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
  }

  /** Ratis asks for it with each call between hosts; its storage would look at the disk. */
  @Override
  public @Nullable SnapshotInfo getLatestSnapshot() {
    return latest;
  }

  @Override
  public long takeSnapshot() throws IOException {
    TermIndex last = getLastAppliedTermIndex();
    if (last.getIndex() < 0) {
      return last.getIndex();
    }
    File file = storage.getSnapshotFile(last.getTerm(), last.getIndex());
    File draft = new File(file.getParentFile(), file.getName() + ".draft");
    try (FileOutputStream out = new FileOutputStream(draft)) {
      LedgerCodec.write(state, out);
      out.getFD().sync();
    }
    Files.move(draft.toPath(), file.toPath(), StandardCopyOption.ATOMIC_MOVE);
    MD5Hash digest = MD5FileUtil.computeAndSaveMd5ForFile(file);
    latest =
        storage.updateLatestSnapshot(
            new SingleFileSnapshotInfo(new FileInfo(file.toPath(), digest), last));
    return last.getIndex();
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    Applied applied = apply(entry.getStateMachineLogEntry().getLogData());
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    view.show(entry.getIndex(), applied);
    progress.appliedTo(entry.getIndex());
    return CompletableFuture.completedFuture(message(applied));
  }

  /** What cannot be understood must not be passed over, else this replica would differ. */
  private Applied apply(ByteString bytes) {
    try {
      Applied applied = state.apply(LedgerCodec.decodeChange(bytes.toByteArray()));
      state = applied.state();
      return applied;
    } catch (IOException e) {
      progress.stoppedBy("it does not understand a change: " + e.getMessage());
      throw new UncheckedIOException(e);
    }
  }

  private static Message message(Applied applied) {
    try {
      return Message.valueOf(
          UnsafeByteOperations.unsafeWrap(LedgerCodec.encode(applied.outcome())));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A read that only waits until this host knows what the majority knows. */
  @Override
  public CompletableFuture<Message> query(Message request) {
    return CompletableFuture.completedFuture(Message.EMPTY);
  }

  @Override
  public void notifyTermIndexUpdated(long term, long index) {
    super.notifyTermIndexUpdated(term, index);
    progress.appliedTo(index);
  }

  @Override
  public void notifyConfigurationChanged(
      long term, long index, RaftConfigurationProto configuration) {
    membersChanged.run();
  }

  @Override
  public void notifyLeaderChanged(RaftGroupMemberId member, @Nullable RaftPeerId leader) {
    progress.leaderChanged();
  }

  @Override
  public void notifyServerShutdown(RoleInfoProto role, boolean allServer) {
    if (!allServer) {
      membersChanged.run();
    }
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    LOG.error("The ledger's log cannot be written", cause);
    progress.stoppedBy("its log cannot be written: " + cause.getMessage());
  }
}
