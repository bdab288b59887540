package dev.flota.cluster.stream;

import static org.assertj.core.api.Assertions.assertThat;

import akka.util.ByteString;
import dev.flota.engine.runtime.Attachment;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamsTest {
  private static final int HIGH_WATER = 1 << 20;
  private static final int LOW_WATER = 1 << 18;

  /** A container's side that does nothing but remember. */
  private static final class Container implements Attachment {
    private boolean paused;

    @Override
    public boolean tryWrite(ByteBuffer data) {
      return true;
    }

    @Override
    public void write(ByteBuffer data) {}

    @Override
    public void closeInput() {}

    @Override
    public void pauseReading() {
      paused = true;
    }

    @Override
    public void resumeReading() {
      paused = false;
    }

    @Override
    public void close() {}
  }

  private final Container container = new Container();

  private Streams streams(boolean tty) {
    Streams streams = new Streams(new Streams.Wiring(tty, false, true, true, null), () -> {});
    streams.connect(listener -> container);
    return streams;
  }

  /** Bytes that the client gets of what was fed until the container was paused. */
  private int feed(Streams streams, int pieceSize, int framedSize) {
    int fed = 0;
    while (!container.paused) {
      streams.onData(Attachment.STDOUT, new byte[pieceSize]);
      fed += framedSize;
      assertThat(fed).isLessThanOrEqualTo(HIGH_WATER + framedSize);
    }
    return fed;
  }

  private static int take(Streams streams) {
    ByteString taken = streams.take();
    return taken == null ? 0 : taken.size();
  }

  @ParameterizedTest(name = "tty {0}, pieces of {1}")
  @CsvSource({"false, 1, 9", "false, 4096, 4104", "true, 1, 1", "true, 4096, 4096"})
  void noMoreWaitsThanTheBoundHoweverSmallThePieces(boolean tty, int pieceSize, int framedSize) {
    Streams streams = streams(tty);
    int waiting = feed(streams, pieceSize, framedSize);
    assertThat(waiting).isGreaterThan(HIGH_WATER);

    while (container.paused) {
      waiting -= take(streams);
    }
    assertThat(waiting).isLessThan(LOW_WATER).isGreaterThan(LOW_WATER - 18 * framedSize);

    waiting += feed(streams, pieceSize, framedSize);
    assertThat(waiting).isBetween(HIGH_WATER, HIGH_WATER + framedSize);
    for (int taken = take(streams); taken > 0; taken = take(streams)) {
      waiting -= taken;
    }
    assertThat(waiting).isZero();
  }
}
