package dev.flota.engine.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class LineJoinerTest {
  private static final Instant FIRST = Instant.parse("2026-11-24T10:00:00.000000001Z");
  private static final Instant SECOND = FIRST.plusSeconds(1);

  private static LogRecord record(Instant time, int stream, boolean partial, String data) {
    return new LogRecord(time, stream, partial, data.getBytes(StandardCharsets.UTF_8));
  }

  private static String text(LogEntry entry) {
    return new String(entry.data(), StandardCharsets.UTF_8);
  }

  @Test
  void joinsTheWritesOfOneLineAndTakesTheTimeOfItsEnd() {
    LineJoiner joiner = new LineJoiner(false);
    assertThat(joiner.add(record(FIRST, 1, true, "pass"))).isEmpty();
    assertThat(joiner.add(record(FIRST, 2, false, "between"))).hasSize(1);
    List<LogEntry> entries = joiner.add(record(SECOND, 1, false, "word"));
    assertThat(entries)
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(text(entry)).isEqualTo("password\n");
              assertThat(entry.time()).isEqualTo(SECOND);
              assertThat(entry.partial()).isFalse();
            });
  }

  @Test
  void cutsLongLinesAsDockerDoesAndGivesThePiecesOneTime() {
    LineJoiner joiner = new LineJoiner(false);
    List<LogEntry> entries = new ArrayList<>();
    entries.addAll(joiner.add(record(FIRST, 1, true, "x".repeat(8192))));
    entries.addAll(joiner.add(record(FIRST, 1, true, "x".repeat(8192))));
    entries.addAll(joiner.add(record(SECOND, 1, false, "end")));
    assertThat(entries).extracting(entry -> entry.data().length).containsExactly(16384, 4);
    assertThat(entries).extracting(LogEntry::partial).containsExactly(true, false);
    assertThat(entries).extracting(LogEntry::time).containsOnly(FIRST);
  }

  @Test
  void givesWhatHasNoEndOnlyWhenAsked() {
    LineJoiner joiner = new LineJoiner(false);
    assertThat(joiner.add(record(FIRST, 1, true, "prompt> "))).isEmpty();
    assertThat(joiner.rest())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(text(entry)).isEqualTo("prompt> ");
              assertThat(entry.partial()).isTrue();
            });
    assertThat(joiner.rest()).isEmpty();
  }

  @Property(tries = 200)
  void losesNoByteHoweverTheWritesAreCut(
      @ForAll @Size(max = 40) List<@IntRange(min = 0, max = 40_000) Integer> sizes,
      @ForAll @Size(40) List<Boolean> ends) {
    LineJoiner joiner = new LineJoiner(false);
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    for (int index = 0; index < sizes.size(); index++) {
      byte[] data = ("" + index % 10).repeat(sizes.get(index)).getBytes(StandardCharsets.UTF_8);
      written.writeBytes(data);
      if (ends.get(index)) {
        written.write('\n');
      }
      joiner
          .add(new LogRecord(FIRST, 1, !ends.get(index), data))
          .forEach(entry -> read.writeBytes(entry.data()));
    }
    joiner.rest().forEach(entry -> read.writeBytes(entry.data()));
    assertThat(read.toByteArray()).isEqualTo(written.toByteArray());
  }
}
