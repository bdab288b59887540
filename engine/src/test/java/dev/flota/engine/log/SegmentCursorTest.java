package dev.flota.engine.log;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SegmentCursorTest {
  private static final Instant START = Instant.parse("2026-11-24T10:00:00.123456789Z");

  @TempDir Path directory;

  private static String line(int second, String stream, String tag, String text) {
    String time = START.plusSeconds(second).toString().replace("Z", "+00:00");
    return time + " " + stream + " " + tag + " " + text + "\n";
  }

  private Path log(String... lines) throws IOException {
    return Files.writeString(directory.resolve("log"), String.join("", lines));
  }

  private static void append(Path log, String text) throws IOException {
    Files.writeString(log, text, StandardOpenOption.APPEND, StandardOpenOption.CREATE);
  }

  private static List<String> texts(List<LogEntry> entries) {
    return entries.stream().map(entry -> new String(entry.data(), StandardCharsets.UTF_8)).toList();
  }

  private static List<String> all(LogCursor cursor) {
    List<String> texts = new ArrayList<>(texts(cursor.poll(Integer.MAX_VALUE)));
    texts.addAll(texts(cursor.rest()));
    return texts;
  }

  private static LogQuery tail(long lines) {
    return new LogQuery(true, true, null, null, lines);
  }

  @Test
  void readsBothStreamsWithTheirTimes() throws IOException {
    Path log = log(line(0, "stdout", "F", "one"), line(1, "stderr", "F", "two"));
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, true, false)) {
      List<LogEntry> entries = cursor.poll(10);
      assertThat(texts(entries)).containsExactly("one\n", "two\n");
      assertThat(entries).extracting(LogEntry::stream).containsExactly(1, 2);
      assertThat(entries).extracting(LogEntry::time).containsExactly(START, START.plusSeconds(1));
    }
  }

  @Test
  void picksByStreamAndTime() throws IOException {
    Path log =
        log(
            line(0, "stdout", "F", "early"),
            line(1, "stderr", "F", "other"),
            line(2, "stdout", "F", "wanted"),
            line(3, "stdout", "F", "late"));
    LogQuery query = new LogQuery(true, false, START.plusSeconds(1), START.plusSeconds(2), -1);
    try (LogCursor cursor = new SegmentCursor(List.of(log), query, true, false)) {
      assertThat(texts(cursor.poll(10))).containsExactly("wanted\n");
      assertThat(cursor.finished()).isTrue();
    }
  }

  @Test
  void givesALineOnceItIsWhole() throws IOException {
    Path log = directory.resolve("log");
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, false, true)) {
      assertThat(cursor.poll(10)).isEmpty();
      String record = line(0, "stdout", "F", "text");
      append(log, record.substring(0, 20));
      assertThat(cursor.poll(10)).isEmpty();
      append(log, record.substring(20));
      assertThat(texts(cursor.poll(10))).containsExactly("text\n");
      append(log, line(1, "stdout", "P", "be") + line(1, "stdout", "F", "gun"));
      assertThat(texts(cursor.poll(10))).containsExactly("begun\n");
      assertThat(cursor.poll(10)).isEmpty();
    }
  }

  @Test
  void endsWhereTheLogWasWhenItIsNotFollowed() throws IOException {
    Path log = log(line(0, "stdout", "F", "one"), line(1, "stdout", "F", "two"));
    try (LogCursor all = new SegmentCursor(List.of(log), LogQuery.ALL, false, false);
        LogCursor last = new SegmentCursor(List.of(log), tail(1), false, false);
        LogCursor followed = new SegmentCursor(List.of(log), tail(1), false, true)) {
      append(log, line(2, "stdout", "F", "later"));
      assertThat(texts(all.poll(10))).containsExactly("one\n", "two\n");
      assertThat(texts(last.poll(10))).containsExactly("two\n");
      assertThat(texts(followed.poll(10))).containsExactly("two\n", "later\n");
      assertThat(texts(last.poll(10))).isEmpty();
    }
  }

  @Test
  void goesOnAfterTheFileWasReplacedAndLosesNothing() throws IOException {
    Path log = log(line(0, "stdout", "F", "one"));
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, false, true)) {
      assertThat(texts(cursor.poll(10))).containsExactly("one\n");
      append(log, line(1, "stdout", "F", "two"));
      Path next = directory.resolve("log.tmp");
      Files.writeString(next, line(2, "stdout", "F", "three"));
      Files.move(next, log, StandardCopyOption.REPLACE_EXISTING);
      assertThat(texts(cursor.poll(10))).containsExactly("two\n", "three\n");
      append(log, line(3, "stdout", "F", "four"));
      assertThat(texts(cursor.poll(10))).containsExactly("four\n");
    }
  }

  @Test
  void startsOverAfterTheFileWasEmptied() throws IOException {
    Path log = log(line(0, "stdout", "F", "a long line before"));
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, false, true)) {
      assertThat(cursor.poll(10)).hasSize(1);
      Files.writeString(log, line(2, "stdout", "F", "new"));
      assertThat(texts(cursor.poll(10))).containsExactly("new\n");
    }
  }

  @Test
  void passesOverWhatIsNoRecord() throws IOException {
    Path log =
        log(
            "\n",
            "garbage\n",
            "2026-13-99T00:00:00Z stdout F bad time\n",
            line(0, "stdin", "F", "no such stream"),
            line(0, "stdout", "X", "no such tag"),
            line(0, "stdout", "F", ""));
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, true, false)) {
      assertThat(all(cursor)).containsExactly("\n");
    }
  }

  @Test
  void takesTheTailAcrossFilesOfSeveralHosts() throws IOException {
    Path first = directory.resolve("first");
    Path second = directory.resolve("second");
    Files.writeString(first, line(0, "stdout", "F", "1") + line(1, "stdout", "F", "2"));
    Files.writeString(second, line(2, "stdout", "F", "3"));
    try (LogCursor cursor = new SegmentCursor(List.of(first, second), tail(2), true, false)) {
      assertThat(all(cursor)).containsExactly("2\n", "3\n");
    }
  }

  @Test
  void countsAnUnfinishedLineInTheTailOnlyWhenNothingFollows() throws IOException {
    Path log = log(line(0, "stdout", "F", "whole"), line(1, "stdout", "P", "rest"));
    try (LogCursor ended = new SegmentCursor(List.of(log), tail(1), true, false)) {
      assertThat(all(ended)).containsExactly("rest");
    }
    try (LogCursor running = new SegmentCursor(List.of(log), tail(1), false, true)) {
      assertThat(texts(running.poll(10))).containsExactly("whole\n");
    }
  }

  @Property(tries = 60)
  void theTailIsTheEndOfTheWhole(
      @ForAll Random random,
      @ForAll @IntRange(max = 3000) int records,
      @ForAll @IntRange(max = 60) int wanted)
      throws IOException {
    Path log = Files.createTempFile("tail", "log");
    try {
      StringBuilder text = new StringBuilder();
      for (int index = 0; index < records; index++) {
        String stream = random.nextInt(5) == 0 ? "stderr" : "stdout";
        String tag = random.nextInt(4) == 0 ? "P" : "F";
        text.append(line(index, stream, tag, "x".repeat(random.nextInt(300)) + index));
      }
      Files.writeString(log, text);
      List<String> whole;
      try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, true, false)) {
        whole = all(cursor);
      }
      try (LogCursor cursor = new SegmentCursor(List.of(log), tail(wanted), true, false)) {
        assertThat(all(cursor))
            .isEqualTo(whole.subList(Math.max(0, whole.size() - wanted), whole.size()));
      }
    } finally {
      Files.delete(log);
    }
  }

  @Test
  void readsOnlyTheEndOfABigFileForItsTail() throws IOException {
    Path log = directory.resolve("log");
    try (BufferedWriter writer = Files.newBufferedWriter(log)) {
      for (int index = 0; index < 100_000; index++) {
        writer.write(line(index, "stdout", "F", "line " + index));
      }
    }
    assertThat(TailScan.of(log, 10).offset()).isGreaterThan(Files.size(log) - (256 << 10));
    try (LogCursor cursor = new SegmentCursor(List.of(log), tail(10), true, false)) {
      assertThat(all(cursor))
          .isEqualTo(
              IntStream.range(99_990, 100_000).mapToObj(index -> "line " + index + "\n").toList());
    }
  }

  @Test
  void tellsOfGrowthAndOfReplacement() throws Exception {
    Path log = directory.resolve("log");
    try (ContainerLog logs = new ContainerLog();
        LogCursor cursor = logs.open(List.of(log), LogQuery.ALL, false, true)) {
      for (String text : List.of("one", "two", "three")) {
        CountDownLatch changed = new CountDownLatch(1);
        ContainerLog.Subscription subscription = logs.onChange(log, changed::countDown);
        if (text.equals("three")) {
          Path next = directory.resolve("next");
          Files.writeString(next, line(0, "stdout", "F", text));
          Files.move(next, log, StandardCopyOption.REPLACE_EXISTING);
        } else {
          append(log, line(0, "stdout", "F", text));
        }
        assertThat(changed.await(30, TimeUnit.SECONDS)).isTrue();
        subscription.close();
        TestCondition.await(text, () -> texts(cursor.poll(10)).equals(List.of(text + "\n")));
      }
    }
  }

  @Test
  void goesOnWhereAnotherHasStopped() throws IOException {
    Path log = log(line(0, "stdout", "F", "one"), line(1, "stdout", "P", "be"));
    long offset;
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, true, false)) {
      assertThat(cursor.offset()).isEqualTo(-1);
      assertThat(all(cursor)).containsExactly("one\n", "be");
      offset = cursor.offset();
    }
    append(log, line(2, "stdout", "F", "gun") + line(3, "stdout", "F", "two"));

    LogPosition there = new LogPosition(offset, true);
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, there, false)) {
      assertThat(all(cursor)).containsExactly("gun\n", "two\n");
    }
  }

  @Test
  void aLineThatIsBeingWrittenIsReadAgain() throws IOException {
    Path log = log(line(0, "stdout", "F", "one"), "2026-11-24T10:00:01Z std");
    long offset;
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, false, true)) {
      assertThat(all(cursor)).containsExactly("one\n");
      offset = cursor.offset();
    }
    append(log, "out F two\n");

    LogPosition there = new LogPosition(offset, false);
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, there, false)) {
      assertThat(all(cursor)).containsExactly("two\n");
    }
  }

  @Test
  void showsLinesAsTheyGrowToWhoIsAttached() throws IOException {
    Path log = log(line(0, "stdout", "P", "/ # "));
    LogPosition start = new LogPosition(0, false);
    try (LogCursor cursor = new SegmentCursor(List.of(log), LogQuery.ALL, start, true)) {
      assertThat(texts(cursor.poll(10))).containsExactly("/ # ");
      append(log, line(1, "stdout", "P", "l") + line(2, "stdout", "F", "s\r"));
      assertThat(texts(cursor.poll(10))).containsExactly("l", "s\r\n");
      assertThat(cursor.rest()).isEmpty();
    }
  }
}
