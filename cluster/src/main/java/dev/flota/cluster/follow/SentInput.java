package dev.flota.cluster.follow;

import akka.util.ByteString;
import org.jspecify.annotations.Nullable;

/** A client's input until its container has taken it; it may have to be sent to another host. */
final class SentInput {
  /** More than this many bytes on their way: the client is not read any more. */
  private static final int WINDOW = 1 << 18;

  private ByteString untaken = ByteString.emptyByteString();
  private int sent;
  private long taken;

  /** The client has sent more. */
  void add(ByteString bytes) {
    untaken = untaken.concat(bytes);
  }

  /** What the host has not been sent yet; null when there is nothing. */
  @Nullable ByteString next() {
    ByteString next = untaken.drop(sent);
    sent = untaken.size();
    return next.isEmpty() ? null : next;
  }

  /**
   * The container has that.
   *
   * @param total counted from the first byte that the host was sent
   */
  void taken(long total) {
    int more = Math.toIntExact(total - taken);
    if (more < 0 || more > sent) {
      throw new IllegalStateException(
          "%d bytes were taken after %d, and %d were sent".formatted(total, taken, taken + sent));
    }
    untaken = untaken.drop(more);
    sent -= more;
    taken = total;
  }

  /** Another host is to get what has not been taken. */
  void again() {
    sent = 0;
    taken = 0;
  }

  /** Whether the client is to be asked for more. */
  boolean hasRoom() {
    return untaken.size() < WINDOW;
  }
}
