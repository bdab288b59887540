package dev.flota.api.http;

import akka.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection, as far as the question goes whether the client is still there.
 *
 * <p>A client that closes while a streamed answer ({@code /events}, {@code logs -f}, a pull's
 * progress) has nothing to say would only be noticed at the next byte. So the end of its input
 * counts as the end of the client, as it does in Go's net/http and therefore in Docker; but not
 * once the connection is hijacked, where the end of the input is the end of stdin.
 */
public final class Connection {
  private final Runnable whenClosed;
  private @Nullable Runnable abandon;
  private boolean inputEnded;
  private boolean streaming;

  Connection(Runnable whenClosed) {
    this.whenClosed = whenClosed;
  }

  /** The action that tears the connection down. */
  synchronized void onAbandon(Runnable action) {
    abandon = action;
  }

  /** The client will send no more. */
  synchronized void inputEnded() {
    inputEnded = true;
    abandonIfNobodyListens();
  }

  /** An answer is about to be sent. */
  synchronized HttpResponse answering(HttpResponse response) {
    streaming = !response.entity().isStrict() && !Hijack.isHijack(response);
    abandonIfNobodyListens();
    return response;
  }

  void closed() {
    whenClosed.run();
  }

  private void abandonIfNobodyListens() {
    Runnable action = abandon;
    if (inputEnded && streaming && action != null) {
      action.run();
    }
  }
}
