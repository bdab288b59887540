package dev.flota.api.http;

import akka.stream.Attributes;
import akka.stream.BidiShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.stream.stage.TimerGraphStageLogic;
import akka.util.ByteString;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One side of TLS 1.2 and 1.3 (RFC 8446).
 *
 * <p>Akka's own TLS stage ends both directions when one of them ends. Docker's hijack needs them
 * apart: a client that has sent all of its stdin says close_notify and goes on reading. TLS 1.3
 * allows that (RFC 8446, 6.1), TLS 1.2 does not.
 */
final class TlsStage extends GraphStage<BidiShape<ByteString, ByteString, ByteString, ByteString>> {
  private static final Duration HANDSHAKE_WITHIN = Duration.ofSeconds(15);
  private static final int RECORDS_AT_ONCE = 4;
  private static final Logger LOG = LoggerFactory.getLogger(TlsStage.class);

  private final Inlet<ByteString> plainIn = Inlet.create("Tls.plainIn");
  private final Outlet<ByteString> cipherOut = Outlet.create("Tls.cipherOut");
  private final Inlet<ByteString> cipherIn = Inlet.create("Tls.cipherIn");
  private final Outlet<ByteString> plainOut = Outlet.create("Tls.plainOut");
  private final BidiShape<ByteString, ByteString, ByteString, ByteString> shape =
      BidiShape.of(plainIn, cipherOut, cipherIn, plainOut);
  private final Supplier<SSLEngine> engines;
  private final Consumer<SSLSession> shaken;

  /**
   * TLS by a new engine for each connection.
   *
   * @param shaken told of the session once both sides have accepted each other
   */
  TlsStage(Supplier<SSLEngine> engines, Consumer<SSLSession> shaken) {
    this.engines = engines;
    this.shaken = shaken;
  }

  @Override
  public BidiShape<ByteString, ByteString, ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic(engines.get());
  }

  private final class Logic extends TimerGraphStageLogic {
    private final SSLEngine engine;
    private ByteBuffer cipher = ByteBuffer.allocate(0);
    private ByteBuffer plain = ByteBuffer.allocate(0);
    private ByteBuffer records = ByteBuffer.allocate(0);
    private ByteBuffer clear = ByteBuffer.allocate(0);
    private boolean handshaking = true;
    private boolean cipherEnded;
    private boolean starved;
    private boolean closeSent;

    Logic(SSLEngine engine) {
      super(shape);
      this.engine = engine;
      setHandler(plainIn, new PlainIn());
      setHandler(cipherIn, new CipherIn());
      setHandler(plainOut, new PlainOut());
      setHandler(cipherOut, new CipherOut());
    }

    @Override
    public void preStart() {
      setKeepGoing(true);
      scheduleOnce("handshake", HANDSHAKE_WITHIN);
      try {
        engine.beginHandshake(); // else it says that there is nothing to shake hands about
        advance();
      } catch (SSLException e) {
        failStage(e);
      }
    }

    @Override
    public void onTimer(Object timer) {
      if (handshaking) {
        failStage(new SSLException("no TLS handshake within " + HANDSHAKE_WITHIN));
      }
    }

    /** Does all that can be done without waiting, then asks for what is missing. */
    private void advance() {
      try {
        boolean progress = true;
        while (progress) {
          progress = handshaking ? handshake() : transferBothWays();
        }
        askForMore();
        finishWhenBothAreDone();
      } catch (SSLException e) {
        LOG.debug("TLS", e);
        refuse(e);
      }
    }

    private boolean handshake() throws SSLException {
      return switch (engine.getHandshakeStatus()) {
        case NEED_TASK -> runTasks();
        case NEED_WRAP -> wrap();
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> unwrap();
        case FINISHED, NOT_HANDSHAKING -> endHandshake();
      };
    }

    private boolean endHandshake() throws SSLException {
      if (engine.isInboundDone()) {
        throw new SSLException("closed during the handshake");
      }
      handshaking = false;
      cancelTimer("handshake");
      shaken.accept(engine.getSession());
      return true;
    }

    /** The failure of a task comes out of the unwrap that follows it. */
    private boolean runTasks() throws SSLException {
      boolean ran = false;
      for (Runnable task = engine.getDelegatedTask();
          task != null;
          task = engine.getDelegatedTask()) {
        task.run();
        ran = true;
      }
      return unwrap() || ran;
    }

    private boolean transferBothWays() throws SSLException {
      if (engine.getHandshakeStatus() == HandshakeStatus.NEED_TASK) {
        return runTasks();
      }
      boolean received =
          !engine.isInboundDone() && !isClosed(plainOut) && isAvailable(plainOut) && unwrap();
      boolean sent = hasSomethingToSend() && wrap();
      return received || sent;
    }

    private boolean hasSomethingToSend() {
      if (plain.hasRemaining()) {
        return true;
      }
      if (isClosed(plainIn) && !closeSent) {
        engine.closeOutbound();
        closeSent = true;
        return true;
      }
      // A key update or session ticket; not the answer to the peer's close, which has to wait for
      // our own.
      return !engine.isOutboundDone()
          && (closeSent || !engine.isInboundDone())
          && engine.getHandshakeStatus() == HandshakeStatus.NEED_WRAP;
    }

    /** As many records for the socket as fit into one piece. */
    private boolean wrap() throws SSLException {
      if (isClosed(cipherOut) || !isAvailable(cipherOut)) {
        return false;
      }
      int packetSize = engine.getSession().getPacketBufferSize();
      if (records.capacity() < packetSize * RECORDS_AT_ONCE) {
        records = ByteBuffer.allocate(packetSize * RECORDS_AT_ONCE);
      }
      records.clear();
      SSLEngineResult result = engine.wrap(plain, records);
      while (plain.hasRemaining()
          && result.getStatus() == SSLEngineResult.Status.OK
          && result.bytesConsumed() > 0
          && records.remaining() >= packetSize) {
        result = engine.wrap(plain, records);
      }
      if (result.getStatus() == SSLEngineResult.Status.CLOSED && plain.hasRemaining()) {
        throw new SSLException("the peer closed both directions");
      }
      return pushRecords();
    }

    private boolean pushRecords() {
      if (!records.flip().hasRemaining()) {
        return false;
      }
      push(cipherOut, ByteString.fromByteBuffer(records));
      return true;
    }

    /** As many records from the socket as fit into one piece; of the handshake, one. */
    private boolean unwrap() throws SSLException {
      int recordSize = engine.getSession().getApplicationBufferSize();
      if (clear.capacity() < recordSize * RECORDS_AT_ONCE) {
        clear = ByteBuffer.allocate(recordSize * RECORDS_AT_ONCE);
      }
      clear.clear();
      SSLEngineResult result = engine.unwrap(cipher, clear);
      boolean progress = result.bytesConsumed() > 0 || result.bytesProduced() > 0;
      while (result.getStatus() == SSLEngineResult.Status.OK
          && result.bytesProduced() > 0
          && cipher.hasRemaining()
          && clear.remaining() >= recordSize) {
        result = engine.unwrap(cipher, clear);
      }
      if (clear.flip().hasRemaining()) {
        // What follows a task may bring data before anybody has asked for it.
        emit(plainOut, ByteString.fromByteBuffer(clear));
      }
      starved = result.getStatus() == SSLEngineResult.Status.BUFFER_UNDERFLOW;
      return switch (result.getStatus()) {
        case BUFFER_UNDERFLOW, OK -> progress;
        case BUFFER_OVERFLOW -> throw new SSLException("a record larger than the session allows");
        case CLOSED -> endOfInput();
      };
    }

    private boolean endOfInput() {
      if (!isClosed(plainOut)) {
        complete(plainOut);
      }
      return false;
    }

    private void askForMore() {
      boolean readAll = !cipher.hasRemaining() || starved;
      boolean wanted = readAll && (handshaking || !isClosed(plainOut));
      if (wanted && !engine.isInboundDone() && !isClosed(cipherIn) && !hasBeenPulled(cipherIn)) {
        pull(cipherIn);
      }
      if (!handshaking && !plain.hasRemaining() && !isClosed(plainIn) && !hasBeenPulled(plainIn)) {
        pull(plainIn);
      }
      // What has come before the end is still to be read, but for a record that was cut.
      if (cipherEnded && readAll && !isClosed(plainOut)) {
        complete(plainOut);
      }
    }

    private void finishWhenBothAreDone() {
      boolean sentAll = isClosed(plainIn) && !plain.hasRemaining() && closeSent;
      if (sentAll
          && !isClosed(cipherOut)
          && engine.getHandshakeStatus() != HandshakeStatus.NEED_WRAP) {
        complete(cipherOut);
      }
      boolean handshakeCut = cipherEnded && handshaking;
      if (handshakeCut || (isClosed(cipherOut) && isClosed(plainOut))) {
        completeStage();
      }
    }

    /** Tells the peer why, then gives up. */
    private void refuse(SSLException cause) {
      if (isClosed(cipherOut)) {
        failStage(cause);
        return;
      }
      ByteString alert = ByteString.emptyByteString();
      try {
        ByteBuffer packet = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), packet);
        alert = ByteString.fromByteBuffer(packet.flip());
      } catch (SSLException e) {
        LOG.debug("no alert for the peer", e);
      }
      emit(cipherOut, alert, () -> failStage(cause));
    }

    private final class PlainIn extends AbstractInHandler {
      @Override
      public void onPush() {
        plain = grab(plainIn).asByteBuffer();
        advance();
      }

      @Override
      public void onUpstreamFinish() {
        advance();
      }
    }

    private final class CipherIn extends AbstractInHandler {
      @Override
      public void onPush() {
        ByteString bytes = grab(cipherIn);
        ByteBuffer joined = ByteBuffer.allocate(cipher.remaining() + bytes.size());
        joined.put(cipher);
        bytes.copyToBuffer(joined);
        cipher = joined.flip();
        starved = false;
        advance();
      }

      @Override
      public void onUpstreamFinish() {
        cipherEnded = true;
        advance();
      }
    }

    private final class PlainOut extends AbstractOutHandler {
      @Override
      public void onPull() {
        advance();
      }

      @Override
      public void onDownstreamFinish(Throwable cause) {
        advance();
      }
    }

    private final class CipherOut extends AbstractOutHandler {
      @Override
      public void onPull() {
        advance();
      }

      @Override
      public void onDownstreamFinish(Throwable cause) {
        cancelStage(cause);
      }
    }
  }
}
