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
import dev.flota.cluster.follow.Place;
import dev.flota.cluster.follow.Said;
import dev.flota.engine.log.ContainerLog;
import dev.flota.engine.log.LogCursor;
import dev.flota.engine.log.LogEntry;
import dev.flota.engine.log.LogPosition;
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
public final class LogStage extends GraphStage<SourceShape<Said>> {
  private static final int BATCH = 256;
  private static final DateTimeFormatter NANOS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSSSS'Z'").withZone(ZoneOffset.UTC);

  /**
   * What is read and how it is shown.
   *
   * @param stopped whether the container does not run now
   * @param ended completes when nothing more will be written here, and says whether the container
   *     goes on elsewhere; null when the log is not followed
   * @param from where to go on; null for the whole query
   * @param asWritten whether lines are shown as they grow
   */
  public record Reading(
      List<Path> segments,
      LogQuery query,
      boolean tty,
      boolean timestamps,
      boolean stopped,
      @Nullable CompletionStage<Boolean> ended,
      @Nullable LogPosition from,
      boolean asWritten) {}

  private final Outlet<Said> out = Outlet.create("Log.out");
  private final SourceShape<Said> shape = SourceShape.of(out);
  private final ContainerLog log;
  private final Reading reading;

  /** A reader; each materialisation reads from the beginning. */
  public LogStage(ContainerLog log, Reading reading) {
    this.log = log;
    this.reading = reading;
  }

  @Override
  public SourceShape<Said> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes attributes) {
    return new Logic();
  }

  private LogCursor open() {
    LogPosition from = reading.from();
    return from == null
        ? log.open(reading.segments(), reading.query(), reading.stopped(), reading.ended() != null)
        : log.resume(reading.segments(), reading.query(), from, reading.asWritten());
  }

  /** News of the log: it has grown, or it has ended. */
  private enum News {
    GROWN,
    OVER,
    MOVED
  }

  private final class Logic extends GraphStageLogic {
    private final LogCursor cursor = open();
    private @Nullable AutoCloseable subscription;
    private boolean ended = reading.ended() == null;
    private boolean moved;
    private boolean partial = reading.from() != null && reading.from().midLine();

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
      CompletionStage<Boolean> end = reading.ended();
      if (end == null) {
        return;
      }
      AsyncCallback<News> changed =
          createAsyncCallback(
              news -> {
                ended |= news != News.GROWN;
                moved |= news == News.MOVED;
                read();
              });
      subscription = log.onChange(reading.segments().getLast(), () -> changed.invoke(News.GROWN));
      end.whenComplete(
          (elsewhere, failure) ->
              changed.invoke(failure == null && elsewhere ? News.MOVED : News.OVER));
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
        push(out, new Said.Bytes(builder.result()));
      } else if (last || cursor.finished()) {
        if (moved && !cursor.finished()) {
          push(out, new Said.Moved(place()));
        }
        completeStage();
      }
    }

    private Place place() {
      long offset = cursor.offset();
      return offset < 0 ? Place.START : Place.in(new LogPosition(offset, partial));
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
