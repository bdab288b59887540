package dev.flota.api.http;

import akka.japi.Pair;
import akka.stream.Attributes;
import akka.stream.FlowShape;
import akka.stream.Inlet;
import akka.stream.Outlet;
import akka.stream.stage.AbstractGraphStageWithMaterializedValue;
import akka.stream.stage.AbstractInHandler;
import akka.stream.stage.AbstractOutHandler;
import akka.stream.stage.GraphStageLogic;
import akka.util.ByteString;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Takes the head of an HTTP/1.1 answer (RFC 9112, 2.1) off a stream of bytes; what follows it goes
 * on untouched. For answers that hand the connection over, which no HTTP client lets through.
 *
 * @param status the status code
 * @param headers by their names in lower case
 */
record AnswerHead(int status, Map<String, String> headers) {
  private static final ByteString END = ByteString.fromString("\r\n\r\n");
  private static final int LONGEST = 64 * 1024;

  String header(String name) {
    return headers.getOrDefault(name, "");
  }

  private static AnswerHead parse(String text) throws IOException {
    String[] lines = text.split("\r\n", -1);
    String[] words = lines[0].split(" ", 3);
    if (words.length < 2 || !words[0].startsWith("HTTP/1.") || !words[1].matches("[0-9]{3}")) {
      throw new IOException("not an answer of HTTP: " + lines[0]);
    }
    Map<String, String> headers = new TreeMap<>();
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon > 0) {
        headers.put(
            lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
            lines[i].substring(colon + 1).strip());
      }
    }
    return new AnswerHead(Integer.parseInt(words[1]), headers);
  }

  /** The stage; it gives the head, or why there is none. */
  static final class Stage
      extends AbstractGraphStageWithMaterializedValue<
          FlowShape<ByteString, ByteString>, CompletionStage<AnswerHead>> {
    private final Inlet<ByteString> in = Inlet.create("AnswerHead.in");
    private final Outlet<ByteString> out = Outlet.create("AnswerHead.out");
    private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);

    @Override
    public FlowShape<ByteString, ByteString> shape() {
      return shape;
    }

    @Override
    public Pair<GraphStageLogic, CompletionStage<AnswerHead>> createLogicAndMaterializedValuePair(
        Attributes attributes) {
      CompletableFuture<AnswerHead> head = new CompletableFuture<>();
      return Pair.create(new Logic(head), head);
    }

    private final class Logic extends GraphStageLogic {
      private final CompletableFuture<AnswerHead> head;
      private ByteString collected = ByteString.emptyByteString();

      Logic(CompletableFuture<AnswerHead> head) {
        super(shape);
        this.head = head;
        setHandler(in, new In());
        setHandler(out, new Out());
      }

      @Override
      public void preStart() {
        pull(in); // the head is wanted before anybody wants the rest
      }

      @Override
      public void postStop() {
        head.completeExceptionally(new IOException("the connection ended without an answer"));
      }

      private void collect(ByteString bytes) throws IOException {
        collected = collected.concat(bytes);
        int end = collected.indexOfSlice(END.toSeq());
        if (end < 0) {
          if (collected.size() > LONGEST) {
            throw new IOException("the head of the answer does not end");
          }
          pull(in);
          return;
        }
        ByteString rest = collected.drop(end + END.size());
        AnswerHead parsed = parse(collected.take(end).decodeString(StandardCharsets.ISO_8859_1));
        collected = ByteString.emptyByteString();
        head.complete(parsed);
        if (rest.nonEmpty()) {
          emit(out, rest);
        } else if (isAvailable(out)) {
          pull(in);
        }
      }

      private final class In extends AbstractInHandler {
        @Override
        public void onPush() throws IOException {
          ByteString bytes = grab(in);
          if (head.isDone()) {
            push(out, bytes);
          } else {
            collect(bytes);
          }
        }

        @Override
        public void onUpstreamFinish() {
          complete(out); // after what is still to be emitted
        }

        @Override
        public void onUpstreamFailure(Throwable failure) {
          head.completeExceptionally(failure);
          failStage(failure);
        }
      }

      private final class Out extends AbstractOutHandler {
        @Override
        public void onPull() {
          if (head.isDone() && !hasBeenPulled(in) && !isClosed(in)) {
            pull(in);
          }
        }
      }
    }
  }
}
