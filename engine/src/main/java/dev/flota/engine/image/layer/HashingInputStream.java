package dev.flota.engine.image.layer;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;

/** Hashes all that is read from another stream, also what is skipped. */
public final class HashingInputStream extends FilterInputStream {
  private static final int SKIP_BUFFER = 16 * 1024;

  private final MessageDigest hash;
  private long count;

  /** Adds what is read from {@code in} to {@code hash}. */
  public HashingInputStream(InputStream in, MessageDigest hash) {
    super(in);
    this.hash = hash;
  }

  /** Bytes read so far. */
  public long count() {
    return count;
  }

  @Override
  public int read() throws IOException {
    int value = in.read();
    if (value >= 0) {
      hash.update((byte) value);
      count++;
    }
    return value;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = in.read(buffer, offset, length);
    if (read > 0) {
      hash.update(buffer, offset, read);
      count += read;
    }
    return read;
  }

  @Override
  public long skip(long wanted) throws IOException {
    byte[] buffer = new byte[SKIP_BUFFER];
    int read = read(buffer, 0, (int) Math.min(buffer.length, Math.max(wanted, 0)));
    return Math.max(read, 0);
  }

  @Override
  public boolean markSupported() {
    return false;
  }
}
