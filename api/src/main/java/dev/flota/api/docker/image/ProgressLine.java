package dev.flota.api.docker.image;

import akka.util.ByteString;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.flota.api.docker.Replies;
import dev.flota.engine.ByteSize;
import dev.flota.engine.image.Progress;
import dev.flota.engine.image.Progress.LayerBytes;
import dev.flota.engine.image.Progress.LayerStatus;
import dev.flota.engine.image.Progress.Message;
import dev.flota.engine.image.Progress.Stream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Lines of the progress stream, byte for byte as moby's {@code streamformatter} writes them. */
final class ProgressLine {
  private static final byte[] LINE_END = "\r\n".getBytes(StandardCharsets.US_ASCII);
  private static final int BAR = 50;

  private ProgressLine() {}

  /** One step. */
  static ByteString of(Progress progress) {
    return Replies.bytes(json -> write(json, progress), LINE_END);
  }

  /** The failure that ends the stream. */
  static ByteString failure(Throwable failure) {
    String message = Replies.message(failure);
    return Replies.bytes(
        json -> {
          json.writeStartObject();
          json.writeObjectFieldStart("errorDetail");
          json.writeStringField("message", message);
          json.writeEndObject();
          json.writeStringField("error", message);
          json.writeEndObject();
        },
        LINE_END);
  }

  private static void write(JsonGenerator json, Progress progress) throws IOException {
    json.writeStartObject();
    switch (progress) {
      case Message(String id, String status) -> {
        json.writeStringField("status", status);
        if (id != null) {
          json.writeStringField("id", id);
        }
      }
      case LayerStatus(String id, String status) -> {
        json.writeStringField("status", status);
        json.writeObjectFieldStart("progressDetail");
        json.writeEndObject();
        json.writeStringField("id", id);
      }
      case LayerBytes bytes -> write(json, bytes);
      case Stream(String text) -> json.writeStringField("stream", text);
    }
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, LayerBytes bytes) throws IOException {
    json.writeStringField("status", bytes.status());
    json.writeObjectFieldStart("progressDetail");
    if (bytes.current() > 0) {
      json.writeNumberField("current", bytes.current());
    }
    if (bytes.total() > 0) {
      json.writeNumberField("total", bytes.total());
    }
    json.writeEndObject();
    String bar = bar(bytes.current(), bytes.total());
    if (!bar.isEmpty()) {
      json.writeStringField("progress", bar);
    }
    json.writeStringField("id", bytes.id());
  }

  /** {@code [=====> ] 1.2MB/3.4MB}, as for a terminal of unknown width. */
  static String bar(long current, long total) {
    if (current <= 0 && total <= 0) {
      return "";
    }
    String done = String.format(Locale.ROOT, "%8s", ByteSize.human(current));
    if (total <= 0) {
      return done;
    }
    int filled = (int) Math.min(BAR, current * 100 / total / 2);
    String box = "[" + "=".repeat(filled) + ">" + " ".repeat(BAR - filled) + "] ";
    return current > total ? box + done : box + done + "/" + ByteSize.human(total);
  }
}
