package dev.flota.cluster.stream;

import akka.stream.Attributes;
import akka.stream.Outlet;
import akka.stream.SourceShape;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.AsyncCallback;
import akka.stream.stage.GraphStage;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import akka.util.ByteStringBuilder;
import dev.flota.engine.log.ContainerLog;
import dev.flota.engine.log.LogCursor;
import dev.flota.engine.log.LogEntry;
import dev.flota.engine.log.LogQuery;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** A container's log as a client reads it, with or without what is still to come. */
public final class LogStage extends GraphStage<SourceShape<ByteString>> {
  private static final int BATCH = 256;
  private static final DateTimeFormatter NANOS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

  /**
   * What is read and how it is shown.
   *
   * @param stopped whether the container does not run now
   * @param ended completes when nothing more will be written; null when the log is not followed
   */
  public record Reading(
      List<Path> segments,
      LogQuery query,
      boolean tty,
      boolean timestamps,
      boolean stopped,
      @Nullable CompletionStage<?> ended) {}

  private final Outlet<ByteString> out = Outlet.create("Log.out");
  private final SourceShape<ByteString> shape = SourceShape.of(out);
  private final ContainerLog log;
  private final Reading reading;

  /** A reader; each materialisation reads from the beginning. */
  public LogStage(ContainerLog log, Reading reading) {
    this.log = log;
    this.reading = reading;
  }

  @Override
  public SourceShape<ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic {
    private final LogCursor cursor =
        log.open(reading.segments(), reading.query(), reading.stopped());
    private @Nullable AutoCloseable subscription;
    private boolean ended = reading.ended() == null;
    private boolean partial;

    Logic() {
      super(shape);
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              read();
            }
          });
    }

    @Override
    public void preStart() {
      CompletionStage<?> end = reading.ended();
      if (end == null) {
        return;
      }
      AsyncCallback<Boolean> changed =
          createAsyncCallback(
              last -> {
                ended |= last;
                read();
              });
      subscription = log.onChange(reading.segments().getLast(), () -> changed.invoke(false));
      end.whenComplete((done, failure) -> changed.invoke(true));
    }

    private void read() {
      if (!isAvailable(out)) {
        return;
      }
      boolean last = ended;
      List<LogEntry> entries = cursor.poll(BATCH);
      if (entries.isEmpty() && last && over()) {
        entries = cursor.rest();
      }
      if (!entries.isEmpty()) {
        ByteStringBuilder builder = new ByteStringBuilder();
        entries.forEach(entry -> builder.append(show(entry)));
        push(out, builder.result());
      } else if (last || cursor.finished()) {
        completeStage();
      }
    }

    /** Whether a line without an end will never get one. */
    private boolean over() {
      return reading.stopped() || reading.ended() != null;
    }

    private ByteString show(LogEntry entry) {
      ByteString line = ByteString.fromArrayUnsafe(entry.data());
      if (reading.timestamps() && !partial) {
        line = stamp(entry.time()).concat(line);
      }
      partial = entry.partial();
      return reading.tty() ? line : Frames.frame(entry.stream(), line);
    }

    @Override
    public void postStop() throws Exception {
      cursor.close();
      AutoCloseable open = subscription;
      if (open != null) {
        open.close();
      }
    }
  }

  private static ByteString stamp(Instant time) {
    return ByteString.fromArrayUnsafe(
        (NANOS.format(time) + " ").getBytes(StandardCharsets.US_ASCII));
  }
}
