package dev.flota.cluster.ledger.raft;

import dev.flota.cluster.ledger.Applied;
import dev.flota.cluster.ledger.Ledger.LedgerListener;
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
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.apache.ratis.io.MD5Hash;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.TermIndex;
import org.apache.ratis.server.storage.FileInfo;
import org.apache.ratis.server.storage.RaftStorage;
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
  private final List<LedgerListener> listeners = new CopyOnWriteArrayList<>();
  private final Progress progress;
  private volatile LedgerState state = LedgerState.EMPTY;

  LedgerStateMachine(Progress progress) {
    this.progress = progress;
  }

  LedgerState state() {
    return state;
  }

  AutoCloseable subscribe(LedgerListener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
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
    tell(listener -> listener.jumped(state));
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
    progress.appliedTo(last.getIndex());
    LOG.info("The ledger continues from snapshot {}", file.getFileName());
  }

  @Override
  public StateMachineStorage getStateMachineStorage() {
    return storage;
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
    storage.updateLatestSnapshot(
        new SingleFileSnapshotInfo(new FileInfo(file.toPath(), digest), last));
    return last.getIndex();
  }

  @Override
  public CompletableFuture<Message> applyTransaction(TransactionContext transaction) {
    LogEntryProto entry = transaction.getLogEntry();
    Applied applied = apply(entry.getStateMachineLogEntry().getLogData());
    updateLastAppliedTermIndex(entry.getTerm(), entry.getIndex());
    tell(listener -> listener.applied(applied));
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

  private void tell(Consumer<LedgerListener> news) {
    for (LedgerListener listener : listeners) {
      try {
        news.accept(listener);
      } catch (RuntimeException e) {
        LOG.error("A listener of the ledger failed", e);
      }
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
  public void notifyLeaderChanged(RaftGroupMemberId member, @Nullable RaftPeerId leader) {
    progress.leaderChanged();
  }

  @Override
  public void notifyLogFailed(Throwable cause, @Nullable LogEntryProto entry) {
    LOG.error("The ledger's log cannot be written", cause);
    progress.stoppedBy("its log cannot be written: " + cause.getMessage());
  }
}
