package dev.flota.api.fleet;

import akka.NotUsed;
import akka.stream.KillSwitches;
import akka.stream.javadsl.Flow;
import akka.stream.javadsl.Keep;
import akka.util.ByteString;
import dev.flota.cluster.directory.Directory;

/** What becomes of streams from and to a host that is lost. */
final class Losses {
  private Losses() {}

  /** Ends a stream when its host is lost; else its other end here would wait for ever. */
  static Flow<ByteString, ByteString, NotUsed> whileThere(Directory directory, String hostId) {
    return Flow.<ByteString>create()
        .viaMat(KillSwitches.single(), Keep.right())
        .watchTermination(
            (kill, done) -> {
              Runnable end = directory.onLoss(hostId, () -> kill.abort(directory.lost(hostId)));
              done.whenComplete((nothing, failure) -> end.run());
              return NotUsed.getInstance();
            });
  }
}
