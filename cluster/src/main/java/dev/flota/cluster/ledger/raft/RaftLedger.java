package dev.flota.cluster.ledger.raft;

import dev.flota.cluster.ledger.Answer;
import dev.flota.cluster.ledger.Change;
import dev.flota.cluster.ledger.HostEntry;
import dev.flota.cluster.ledger.Ledger;
import dev.flota.cluster.ledger.LedgerCodec;
import dev.flota.cluster.ledger.LedgerState;
import dev.flota.engine.EngineException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.client.RaftClientRpc;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcFactory;
import org.apache.ratis.proto.RaftProtos.RaftPeerRole;
import org.apache.ratis.protocol.ClientId;
import org.apache.ratis.protocol.Message;
import org.apache.ratis.protocol.RaftClientReply;
import org.apache.ratis.protocol.RaftClientRequest;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftGroupId;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.protocol.RaftPeerId;
import org.apache.ratis.protocol.SetConfigurationRequest;
import org.apache.ratis.protocol.exceptions.RaftException;
import org.apache.ratis.protocol.exceptions.ReconfigurationInProgressException;
import org.apache.ratis.protocol.exceptions.ReconfigurationTimeoutException;
import org.apache.ratis.protocol.exceptions.SetConfigurationException;
import org.apache.ratis.rpc.CallId;
import org.apache.ratis.rpc.SupportedRpcType;
import org.apache.ratis.server.RaftConfiguration;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.apache.ratis.util.ExitUtils;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ledger, replicated to every host by Raft.
 *
 * <p>The first host {@linkplain #found founds} it. Another host {@linkplain #open opens} an empty
 * replica, and any member then {@linkplain #admit admits} it; a host that was admitted once opens
 * its replica again after each start. Three hosts of four vote, five of more; the others learn.
 */
public final class RaftLedger implements Ledger {
  private static final Logger LOG = LoggerFactory.getLogger(RaftLedger.class);

  /** A new replica may have to get a whole snapshot first. */
  private static final Duration RECONFIGURATION = Duration.ofSeconds(30);

  /** After so many, a host that was removed while it was away gives up. */
  private static final int MOST_RESTARTS = 5;

  private static final String NO_MEMBER = "the other hosts do not take it for a member";

  private static final Duration RETRY = Duration.ofMillis(100);
  private static final Duration CLOSING = Duration.ofSeconds(5);

  static {
    // Else a port that is in use would end the whole daemon. Ratis also wants to end it by any
    // thread's failure that nobody catches; that is not for a library to decide.
    Thread.UncaughtExceptionHandler handler = Thread.getDefaultUncaughtExceptionHandler();
    ExitUtils.disableSystemExit();
    Thread.setDefaultUncaughtExceptionHandler(handler);
  }

  private final RaftLedgerSettings settings;
  private final RaftGroupId group;
  private final RaftPeerId self;
  private final ClientId client = ClientId.randomId();
  private final Progress progress = new Progress();
  private final Parameters parameters;
  private final LedgerView view = new LedgerView();
  private final RaftClientRpc rpc;
  private final LeaderCalls calls;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ReentrantLock restarting = new ReentrantLock();
  private volatile RaftServer server;
  private int restarts;

  private RaftLedger(RaftLedgerSettings settings, List<Peer> initial) {
    this.settings = settings;
    this.group = groupOf(settings.clusterId());
    this.self = RaftPeerId.valueOf(settings.self().hostId());
    Doorkeeper doorkeeper = new Doorkeeper();
    this.parameters = RatisProperties.tls(settings.identity(), doorkeeper);
    this.rpc = new GrpcFactory(parameters).newRaftClientRpc(client, RatisProperties.of(settings));
    // It may hear of changed members before it is here to be asked.
    restarting.lock();
    try {
      this.server = start(initial);
    } finally {
      restarting.unlock();
    }
    this.calls = new LeaderCalls(progress, new Here());
    doorkeeper.knows(this::isGone);
  }

  /** A host that is leaving is heard until it has no replica any more. */
  private boolean isGone(String hostId) {
    return state().hosts().gone().contains(hostId) && !membership().contains(hostId);
  }

  /**
   * Founds a fleet's ledger on its first host; harmless when it was founded here before.
   *
   * @throws EngineException when it cannot be started, or is another fleet's
   */
  public static RaftLedger found(RaftLedgerSettings settings, Change.FoundCluster first) {
    RaftLedger ledger = new RaftLedger(settings, List.of(settings.self()));
    try {
      join(ledger.submit(first));
      return ledger;
    } catch (RuntimeException e) {
      ledger.close();
      throw e;
    }
  }

  /**
   * Starts this host's replica: one that was a member goes on, a new one waits until a member
   * {@linkplain #admit admits} it.
   *
   * @throws EngineException when it cannot be started
   */
  public static RaftLedger open(RaftLedgerSettings settings) {
    return new RaftLedger(settings, List.of());
  }

  private static RaftGroupId groupOf(String clusterId) {
    return RaftGroupId.valueOf(
        UUID.nameUUIDFromBytes(("flota/" + clusterId).getBytes(StandardCharsets.UTF_8)));
  }

  private RaftServer start(List<Peer> initial) {
    RaftProperties properties =
        initial.isEmpty() ? RatisProperties.of(settings) : RatisProperties.founding(settings);
    RaftConfigKeys.Rpc.setType(properties, SupportedRpcType.GRPC);
    try {
      Files.createDirectories(settings.directory());
      RaftServer started =
          RaftServer.newBuilder()
              .setServerId(self)
              .setGroup(RaftGroup.valueOf(group, initial.stream().map(Peer::toRaft).toList()))
              .setStateMachine(new LedgerStateMachine(progress, view, this::membersChanged))
              .setProperties(properties)
              .setParameters(parameters)
              .setOption(RaftStorage.StartupOption.RECOVER)
              .build();
      started.start();
      return started;
    } catch (IOException | RuntimeException e) {
      throw EngineException.system("cannot start the ledger: " + e.getMessage(), e);
    }
  }

  private void membersChanged() {
    threads.execute(
        () -> {
          try {
            takeRole();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } catch (IOException | RuntimeException e) {
            LOG.error("The replica of the ledger cannot start anew", e);
            progress.stoppedBy("it cannot start anew: " + e.getMessage());
          }
        });
  }

  /**
   * Ratis (3.3) does not make a listener of a voter that runs: when it hears of no leader it stands
   * for election, finds or is told that it may not, and ends. A replica that starts anew knows its
   * role, or hears of it from the leader.
   */
  private void takeRole() throws IOException, InterruptedException {
    restarting.lockInterruptibly();
    try {
      if (progress.stopped() != null) {
        return;
      }
      boolean ended = !server.getDivision(group).getInfo().isAlive();
      if (ended && ++restarts > MOST_RESTARTS) {
        progress.stoppedBy(NO_MEMBER);
      } else if (ended || isListenerInFormOnly()) {
        LOG.info("This host's replica of the ledger starts anew, its role has changed");
        server.close();
        server = start(List.of());
      }
    } finally {
      restarting.unlock();
    }
  }

  private boolean isListenerInFormOnly() throws IOException {
    RaftServer.Division division = server.getDivision(group);
    RaftConfiguration configuration = division.getRaftConf();
    return configuration.getPreviousPeers(RaftPeerRole.FOLLOWER).isEmpty()
        && configuration.getPeer(self, RaftPeerRole.LISTENER) != null
        && division.getInfo().getCurrentRole() != RaftPeerRole.LISTENER;
  }

  @Override
  public <A extends Answer> CompletionStage<A> submit(Change<A> change) {
    byte[] bytes;
    try {
      bytes = LedgerCodec.encode(change);
    } catch (IOException e) {
      return CompletableFuture.failedFuture(
          EngineException.system("cannot write a change down: " + e.getMessage(), e));
    }
    long call = CallId.getAndIncrement();
    return onThread(() -> decided(bytes, call));
  }

  /** The answer of the majority; its type is the change's own, by LedgerState's making. */
  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private <A extends Answer> A decided(byte[] change, long call)
      throws InterruptedException, IOException {
    RaftClientReply reply =
        calls.answer(
            host ->
                send(
                    request(host, call, RaftClientRequest.writeRequestType())
                        .setMessage(Message.valueOf(UnsafeByteOperations.unsafeWrap(change)))
                        .build()),
            settings.timing().patience(),
            settings.timing().call());
    if (!reply.isSuccess()) {
      throw failure(reply.getException());
    }
    awaitApplied(reply.getLogIndex());
    try {
      return (A) LedgerCodec.decodeOutcome(reply.getMessage().getContent().toByteArray());
    } catch (IOException e) {
      throw EngineException.system("cannot read the ledger's answer: " + e.getMessage(), e);
    }
  }

  private static EngineException failure(@Nullable RaftException cause) {
    String text = "the ledger failed: " + (cause == null ? "no reason" : cause.getMessage());
    return cause == null ? EngineException.system(text) : EngineException.system(text, cause);
  }

  /** The majority has it; that this host comes to have it is a matter of milliseconds. */
  private void awaitApplied(long index) throws InterruptedException {
    try {
      progress.applied(index).get(settings.timing().call().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      LOG.warn("This host lags behind the ledger, entry {} has not arrived", index);
    } catch (ExecutionException e) {
      throw new IllegalStateException("never fails", e);
    }
  }

  private RaftClientRequest.Builder request(
      RaftPeerId host, long call, RaftClientRequest.Type type) {
    return RaftClientRequest.newBuilder()
        .setClientId(client)
        .setServerId(host)
        .setGroupId(group)
        .setCallId(call)
        .setType(type);
  }

  /** Ratis' own list of a group fails while a host is in it twice, as voter and as listener. */
  private List<RaftPeer> peers() {
    return membership().all().stream().map(Peer::toRaft).toList();
  }

  private CompletableFuture<RaftClientReply> send(RaftClientRequest request) throws IOException {
    if (request.getServerId().equals(self)) {
      return server.submitClientRequestAsync(request);
    }
    rpc.addRaftPeers(peers());
    return rpc.sendRequestAsyncUnordered(request);
  }

  @Override
  public LedgerState state() {
    return view.state();
  }

  @Override
  public CompletionStage<LedgerState> sync() {
    return onThread(
        () -> {
          RaftClientReply reply =
              calls.answer(
                  leader ->
                      server.submitClientRequestAsync(
                          request(
                                  self,
                                  CallId.getAndIncrement(),
                                  RaftClientRequest.readRequestType())
                              .setMessage(Message.EMPTY)
                              .build()),
                  settings.timing().patience(),
                  settings.timing().call());
          if (!reply.isSuccess()) {
            throw failure(reply.getException());
          }
          return state();
        });
  }

  @Override
  public AutoCloseable subscribe(LedgerListener listener) {
    return view.subscribe(listener);
  }

  @Override
  public void awaitReady(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      try {
        join(sync());
        return;
      } catch (EngineException e) {
        if (System.nanoTime() > end || progress.stopped() != null) {
          throw e;
        }
        LOG.info("The ledger is not ready yet: {}", e.text());
        awaitElectionOrRetry();
      }
    }
  }

  private void awaitElectionOrRetry() {
    try {
      LeaderCalls.await(progress.nextElection(), RETRY);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw LeaderCalls.unavailable("the waiting for the ledger was cut short");
    }
  }

  /** Who has a replica, as this host knows it. */
  public Membership membership() {
    try {
      return Membership.of(server.getDivision(group).getRaftConf());
    } catch (IOException e) {
      throw EngineException.system("the ledger has no replica here: " + e.getMessage(), e);
    }
  }

  /** The host that leads, if one is known. */
  public Optional<String> leader() {
    return Optional.ofNullable(leaderHere()).map(RaftPeerId::toString);
  }

  private @Nullable RaftPeerId leaderHere() {
    try {
      return server.getDivision(group).getInfo().getLeaderId();
    } catch (IOException e) {
      return null;
    }
  }

  /**
   * Makes a host a member that {@linkplain #open opened} its replica, or gives a member another
   * address. When there are voters enough, it learns only.
   *
   * @param living ids of the hosts that should vote rather than the others
   */
  public CompletionStage<Membership> admit(Peer peer, Set<String> living) {
    return onThread(
        () -> {
          Membership now = membership();
          if (!now.all().contains(peer)) {
            // Ratis takes a peer with another address for the same: it has to leave first. And it
            // forgets that a listener caught up, unless that voted once.
            if (now.contains(peer.hostId())) {
              reconfigure(before -> before.without(peer.hostId()));
            }
            reconfigure(before -> before.withVoter(peer));
          }
          return balance(living);
        });
  }

  /**
   * Ends a host's membership, be it alive or not. A fleet of two cannot remove a host that is lost:
   * the two decide together.
   */
  public CompletionStage<Membership> remove(String hostId, Set<String> living) {
    return onThread(
        () -> {
          Membership left =
              reconfigure(before -> before.without(hostId).balanced(living, leader().orElse(null)));
          return left.contains(self.toString()) ? balance(living) : left;
        });
  }

  /** Has as many hosts vote as there should be, the living first. */
  public CompletionStage<Membership> rebalance(Set<String> living) {
    return onThread(() -> balance(living));
  }

  /**
   * Makes connections to a host anew that was out of reach. The old ones do not know that it is
   * back before they repeat what they have sent, and the longer it was away the more seldom they
   * do.
   */
  public void reconnect(String hostId) {
    threads.execute(
        () ->
            server
                .getServerRpc()
                .handleException(
                    RaftPeerId.valueOf(hostId), new IOException("it was out of reach"), true));
  }

  private Membership balance(Set<String> living) throws InterruptedException, IOException {
    return reconfigure(before -> before.balanced(living, leader().orElse(null)));
  }

  /** Compares and sets until the members are as wished; others may be at it at the same time. */
  private Membership reconfigure(UnaryOperator<Membership> wish)
      throws InterruptedException, IOException {
    long end = System.nanoTime() + RECONFIGURATION.toNanos();
    while (true) {
      Membership before = membership();
      Membership after = wish.apply(before);
      if (after.equals(before)) {
        return after;
      }
      try {
        setConfiguration(before, after);
        if (!after.contains(self.toString())) {
          return after; // nobody tells this host any more
        }
      } catch (EngineException e) {
        if (after.contains(self.toString()) || progress.stopped() == null) {
          throw e;
        }
        return after; // so it was done, and others answer this host no more
      } catch (ReconfigurationTimeoutException e) {
        throw LeaderCalls.unavailable("a host that is to have a replica of the ledger is silent");
      } catch (ReconfigurationInProgressException | SetConfigurationException e) {
        LOG.debug("Others change the ledger's members too: {}", e.getMessage());
      }
      if (System.nanoTime() > end) {
        throw LeaderCalls.unavailable("the ledger's members are being changed already");
      }
      awaitOther(before);
    }
  }

  private void setConfiguration(Membership before, Membership after)
      throws InterruptedException, IOException {
    long call = CallId.getAndIncrement();
    SetConfigurationRequest.Arguments arguments =
        SetConfigurationRequest.Arguments.newBuilder()
            .setMode(SetConfigurationRequest.Mode.COMPARE_AND_SET)
            .setServersInCurrentConf(before.raftVoters())
            .setListenersInCurrentConf(before.raftListeners())
            .setServersInNewConf(after.raftVoters())
            .setListenersInNewConf(after.raftListeners())
            .build();
    RaftClientReply reply =
        calls.answer(
            host -> sendAdmin(new SetConfigurationRequest(client, host, group, call, arguments)),
            RECONFIGURATION,
            RECONFIGURATION);
    if (!reply.isSuccess()) {
      throw failure(reply.getException());
    }
  }

  private CompletableFuture<RaftClientReply> sendAdmin(SetConfigurationRequest request)
      throws IOException {
    if (request.getServerId().equals(self)) {
      return server.setConfigurationAsync(request);
    }
    rpc.addRaftPeers(peers());
    return onThread(() -> rpc.sendRequest(request));
  }

  /** Gives the leader a moment to tell this host who is a member now. */
  private void awaitOther(Membership before) throws InterruptedException {
    if (membership().equals(before)) {
      LeaderCalls.await(progress.nextElection(), RETRY);
    }
  }

  /** Work that may wait. */
  private interface Work<T> {
    T run() throws InterruptedException, IOException;
  }

  private <T> CompletableFuture<T> onThread(Work<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    threads.execute(
        () -> {
          try {
            result.complete(work.run());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            result.completeExceptionally(LeaderCalls.unavailable("the ledger is closed here"));
          } catch (IOException | RuntimeException e) {
            result.completeExceptionally(e);
          }
        });
    return result;
  }

  private static <T> T join(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  @Override
  public void close() {
    progress.stoppedBy("it was closed");
    restarting.lock();
    try {
      server.close();
      rpc.close();
      threads.shutdownNow();
      if (!threads.awaitTermination(CLOSING.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.warn("Some changes of the ledger are still under way");
      }
    } catch (IOException e) {
      LOG.warn("The ledger was not closed cleanly", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      restarting.unlock();
    }
  }

  /** What calls to the leader learn from this host's replica. */
  private final class Here implements LeaderCalls.Replica {
    private final AtomicBoolean inquiring = new AtomicBoolean();

    @Override
    public @Nullable RaftPeerId leader() {
      return leaderHere();
    }

    /** One at a time, of a voter drawn by lot. */
    @Override
    public void inquire() {
      List<Peer> others =
          membership().voters().stream()
              .filter(peer -> !peer.hostId().equals(self.toString()))
              .toList();
      if (others.isEmpty() || !inquiring.compareAndSet(false, true)) {
        return;
      }
      Peer other = others.get(ThreadLocalRandom.current().nextInt(others.size()));
      RaftPeerId host = RaftPeerId.valueOf(other.hostId());
      try {
        var _ =
            send(request(host, CallId.getAndIncrement(), RaftClientRequest.staleReadRequestType(0))
                    .setMessage(Message.EMPTY)
                    .build())
                .orTimeout(settings.timing().call().toMillis(), TimeUnit.MILLISECONDS)
                .whenComplete((reply, failure) -> inquired(host, failure));
      } catch (IOException e) {
        inquired(host, e);
      }
    }

    private void inquired(RaftPeerId host, @Nullable Throwable failure) {
      if (failure != null) {
        failed(host, failure);
      }
      inquiring.set(false);
    }

    @Override
    public void failed(RaftPeerId host, Throwable cause) {
      LOG.debug("No answer from {}: {}", host, cause.toString());
      if (Doorkeeper.hasRefused(cause)) {
        progress.stoppedBy(NO_MEMBER);
      }
      if (!host.equals(self)) {
        rpc.handleException(host, cause, true);
      }
    }

    @Override
    public String reason() {
      Membership members = membership();
      if (!members.contains(self.toString())) {
        return "this host is not a member of the fleet";
      }
      String voters = members.voters().stream().map(this::name).collect(Collectors.joining(", "));
      return "the fleet has no majority: too few of %s answer".formatted(voters);
    }

    private String name(Peer peer) {
      return state().hosts().byId(peer.hostId()).map(HostEntry::name).orElse(peer.address());
    }
  }
}
