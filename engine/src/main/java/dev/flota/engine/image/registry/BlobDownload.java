package dev.flota.engine.image.registry;

import dev.flota.engine.image.Digest;
import dev.flota.engine.image.registry.RegistryException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.security.MessageDigest;
import java.time.Duration;

/**
 * Brings one blob, verified. A connection that breaks or falls silent is made anew and goes on
 * where it ended.
 */
public final class BlobDownload {
  private static final int BUFFER = 128 * 1024;

  /** Where the bytes go. */
  public interface Sink {
    /** Takes bytes in their order. */
    void accept(byte[] buffer, int count) throws IOException;

    /** Says that there will be a pause before the next try. */
    void retrying(Duration pause);
  }

  private final RegistryClient client;
  private final Digest digest;
  private final long size;
  private final Backoff backoff;
  private final MessageDigest hash;
  private final byte[] buffer = new byte[BUFFER];
  private long received;
  private boolean resumed;

  BlobDownload(RegistryClient client, Digest digest, long size, Backoff backoff) {
    this.client = client;
    this.digest = digest;
    this.size = size;
    this.backoff = backoff;
    this.hash = digest.newHash();
  }

  /**
   * Brings the blob.
   *
   * @throws BlobDigestException when what came is not what the digest names
   * @throws RegistryException when the registry fails more often than the settings allow
   * @throws IOException when the sink fails, as it does itself
   */
  public void to(Sink sink) throws IOException {
    int failures = 0;
    boolean complete = false;
    while (!complete) {
      try {
        attempt(sink);
        complete = true;
      } catch (RegistryException e) {
        failures++;
        if (!mayHelp(e) || failures >= backoff.attempts()) {
          throw e;
        }
        sink.retrying(backoff.pauseAfter(failures));
        backoff.pause(failures);
      }
    }
    verify();
  }

  /** A host that cannot be reached in the middle of a download may come back, as a broken line. */
  private boolean mayHelp(RegistryException failure) {
    return failure.isPassing() || (failure.reason() == Reason.UNREACHABLE && received > 0);
  }

  private void attempt(Sink sink) throws IOException {
    resumed |= received > 0;
    try (InputStream body = client.blob(digest, received)) {
      while (received < size) {
        int count = read(body, (int) Math.min(buffer.length, size - received));
        if (count < 0) {
          throw new RegistryException(Reason.PASSING, "unexpected EOF");
        }
        hash.update(buffer, 0, count);
        sink.accept(buffer, count);
        received += count;
      }
    }
  }

  private int read(InputStream body, int most) throws IOException {
    try {
      return body.read(buffer, 0, most);
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      String text = String.valueOf(e.getMessage());
      boolean cut = ConnectionTrouble.brokeOff(e) || text.contains("EOF") || text.equals("closed");
      throw new RegistryException(Reason.PASSING, cut ? "unexpected EOF" : text, e);
    }
  }

  private void verify() throws BlobDigestException {
    if (!digest.sameKind(hash).equals(digest)) {
      throw new BlobDigestException(digest, resumed);
    }
  }
}
