package dev.flota.cluster.ledger.raft;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.client.RaftClientConfigKeys;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.grpc.GrpcConfigKeys;
import org.apache.ratis.grpc.GrpcTlsConfig;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** Ratis' settings, for a small log of small entries in a small daemon. */
final class RatisProperties {
  /** A container's record is some KB; the largest change is a record with a huge environment. */
  private static final SizeInBytes LARGEST_CHANGE = SizeInBytes.valueOf("2MB");

  /** What the log adds to an entry, amply. */
  private static final int FRAME = 64 * 1024;

  /** Several changes, or a piece of a snapshot. */
  private static final SizeInBytes LARGEST_MESSAGE = SizeInBytes.valueOf("16MB");

  private static final int SNAPSHOTS_KEPT = 2;

  /** A pause of the JVM or of the machine must not end the replica for good. */
  private static final TimeDuration NEVER = TimeDuration.valueOf(3650, TimeUnit.DAYS);

  /** Who is alone need not wait for a leader's sign. */
  private static final TimeDuration ALONE_MIN = TimeDuration.valueOf(50, TimeUnit.MILLISECONDS);

  private static final TimeDuration ALONE_MAX = TimeDuration.valueOf(100, TimeUnit.MILLISECONDS);

  private RatisProperties() {}

  /** For the first replica of a fleet. */
  static RaftProperties founding(RaftLedgerSettings settings) {
    RaftProperties properties = of(settings);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, ALONE_MIN);
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(properties, ALONE_MAX);
    return properties;
  }

  static RaftProperties of(RaftLedgerSettings settings) {
    RaftProperties properties = new RaftProperties();
    network(properties, settings);
    log(properties);
    snapshots(properties, settings);
    timing(properties, settings.timing());
    return properties;
  }

  static Parameters tls(RaftLedgerSettings.Identity identity, Doorkeeper doorkeeper) {
    Parameters parameters = new Parameters();
    GrpcConfigKeys.Server.setServicesCustomizer(parameters, doorkeeper);
    GrpcConfigKeys.TLS.setConf(
        parameters,
        new GrpcTlsConfig(identity.key(), identity.certificate(), identity.authority(), true));
    return parameters;
  }

  private static void network(RaftProperties properties, RaftLedgerSettings settings) {
    GrpcConfigKeys.Server.setHost(properties, settings.self().address());
    GrpcConfigKeys.Server.setPort(properties, settings.self().port());
    GrpcConfigKeys.setMessageSizeMax(properties, LARGEST_MESSAGE);
    RaftServerConfigKeys.Write.setByteLimit(properties, LARGEST_MESSAGE);
    RaftServerConfigKeys.Read.setOption(properties, RaftServerConfigKeys.Read.Option.LINEARIZABLE);
    // Without a lease (Raft dissertation, section 6.4.1) the leader has to hear of the majority
    // first, now and then only with the next heartbeat: 600 ms of a move's freeze.
    RaftServerConfigKeys.Read.setLeaderLeaseEnabled(properties, true);
  }

  private static void log(RaftProperties properties) {
    RaftServerConfigKeys.Log.setSegmentSizeMax(properties, SizeInBytes.valueOf("4MB"));
    RaftServerConfigKeys.Log.setPreallocatedSize(properties, SizeInBytes.valueOf("1MB"));
    RaftServerConfigKeys.Log.setWriteBufferSize(
        properties, SizeInBytes.valueOf(LARGEST_CHANGE.getSize() + FRAME));
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, 2);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(properties, SizeInBytes.valueOf("4MB"));
    RaftServerConfigKeys.Log.setQueueByteLimit(properties, LARGEST_MESSAGE);
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, LARGEST_CHANGE);
    RaftServerConfigKeys.Log.Appender.setSnapshotChunkSizeMax(
        properties, SizeInBytes.valueOf("4MB"));
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
  }

  private static void snapshots(RaftProperties properties, RaftLedgerSettings settings) {
    RaftServerConfigKeys.setStorageDir(properties, List.of(settings.directory().toFile()));
    RaftServerConfigKeys.setRemovedGroupsDir(
        properties, settings.directory().resolve("removed").toFile());
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, settings.snapshotEvery());
    RaftServerConfigKeys.Snapshot.setRetentionFileNum(properties, SNAPSHOTS_KEPT);
  }

  private static void timing(RaftProperties properties, RaftLedgerSettings.Timing timing) {
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, duration(timing.electionMin()));
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, duration(timing.electionMax()));
    RaftServerConfigKeys.Rpc.setRequestTimeout(properties, duration(timing.call()));
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(
        properties, duration(timing.electionMax()));
    // Ratis spins while it waits for the next heartbeat to a lost host, unless it waits for longer.
    // And a host that returns must hear of the leader before it stands for election.
    RaftServerConfigKeys.Log.Appender.setRetryPolicy(
        properties, "%dms,1000000".formatted(timing.electionMin().toMillis() / 2));
    RaftServerConfigKeys.setCloseThreshold(properties, NEVER);
    RaftServerConfigKeys.setStagingTimeout(properties, duration(timing.patience()));
    RaftClientConfigKeys.Rpc.setRequestTimeout(properties, duration(timing.call()));
  }

  private static TimeDuration duration(Duration duration) {
    return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
  }
}
