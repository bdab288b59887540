package dev.flota.cluster.stream;

import akka.util.ByteString;
import dev.flota.engine.EngineException;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the keys that leave a terminal in what is typed, as moby's EscapeProxy does: a beginning of
 * the sequence is held back until it is clear what it becomes.
 */
final class DetachKeys {
  private static final byte[] DEFAULT = {16, 17};

  private final byte[] sequence;
  private int matched;

  private DetachKeys(byte[] sequence) {
    this.sequence = sequence;
  }

  /**
   * Reads Docker's notation: {@code ctrl-p,ctrl-q}, {@code a}, …
   *
   * @param text null or empty for the default
   */
  static DetachKeys parse(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return new DetachKeys(DEFAULT.clone());
    }
    String[] keys = text.split(",", -1);
    byte[] sequence = new byte[keys.length];
    for (int i = 0; i < keys.length; i++) {
      sequence[i] = key(keys[i]);
    }
    return new DetachKeys(sequence);
  }

  private static byte key(String key) {
    String lower = key.toLowerCase(Locale.ROOT);
    if (lower.length() == 1) {
      return (byte) key.charAt(0);
    }
    if (lower.equals("del")) {
      return 127;
    }
    if (lower.startsWith("ctrl-") && lower.length() == 6) {
      char c = lower.charAt(5);
      if (c >= 'a' && c <= 'z') {
        return (byte) (c - 'a' + 1);
      }
      int special = "@[\\]^_".indexOf(c);
      if (special >= 0) {
        return (byte) (special == 0 ? 0 : 26 + special);
      }
    }
    throw EngineException.invalid(
        "invalid detach keys (" + key + ") provided: Unknown character: '" + key + "'");
  }

  /**
   * What of the input is to be passed on.
   *
   * @param detached whether the sequence was completed; what follows it is dropped
   */
  record Scan(ByteString pass, boolean detached) {}

  /** Bytes of a sequence that has begun, which are held back. */
  int heldBack() {
    return matched;
  }

  /** Looks through one more piece of input. */
  Scan scan(ByteString input) {
    byte[] in = input.toArray();
    byte[] out = new byte[in.length + sequence.length];
    int length = 0;
    for (byte b : in) {
      if (b == sequence[matched]) {
        matched++;
        if (matched == sequence.length) {
          return new Scan(ByteString.fromArray(Arrays.copyOf(out, length)), true);
        }
        continue;
      }
      System.arraycopy(sequence, 0, out, length, matched);
      length += matched;
      matched = 0;
      if (b == sequence[0]) {
        matched = 1;
        continue;
      }
      out[length++] = b;
    }
    return new Scan(ByteString.fromArray(Arrays.copyOf(out, length)), false);
  }
}
