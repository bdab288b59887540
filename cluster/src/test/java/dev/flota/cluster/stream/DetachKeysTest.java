package dev.flota.cluster.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.util.ByteString;
import dev.flota.engine.EngineException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class DetachKeysTest {
  private static ByteString bytes(String text) {
    return ByteString.fromString(text, StandardCharsets.ISO_8859_1);
  }

  @Test
  void theDefaultSequenceDetachesAlsoInTwoPieces() {
    DetachKeys keys = DetachKeys.parse(null);

    DetachKeys.Scan first = keys.scan(bytes("ls\n\u0010"));
    DetachKeys.Scan second = keys.scan(bytes("\u0011rest"));

    assertThat(first.pass()).isEqualTo(bytes("ls\n"));
    assertThat(first.detached()).isFalse();
    assertThat(second.detached()).isTrue();
    assertThat(second.pass()).isEqualTo(bytes(""));
  }

  @Test
  void aBrokenSequenceIsPassedOn() {
    DetachKeys keys = DetachKeys.parse("ctrl-p,ctrl-q");

    assertThat(keys.scan(bytes("\u0010")).pass()).isEqualTo(bytes(""));
    assertThat(keys.scan(bytes("x")).pass()).isEqualTo(bytes("\u0010x"));
  }

  @Test
  void unknownKeysAreRefused() {
    assertThatThrownBy(() -> DetachKeys.parse("ctrl-p,hyper-q"))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("hyper-q");
  }

  /** Input without the sequence's first key passes unchanged, however it is cut. */
  @Property
  void otherInputPassesUnchanged(@ForAll @Size(max = 20) List<byte[]> pieces) {
    DetachKeys keys = DetachKeys.parse("ctrl-\\,a");
    ByteString sent = ByteString.emptyByteString();
    ByteString passed = ByteString.emptyByteString();
    for (byte[] piece : pieces) {
      for (int i = 0; i < piece.length; i++) {
        piece[i] = piece[i] == 28 ? 29 : piece[i];
      }
      sent = sent.concat(ByteString.fromArray(piece));
      passed = passed.concat(keys.scan(ByteString.fromArray(piece)).pass());
    }
    assertThat(passed.toArray()).isEqualTo(sent.toArray());
  }
}
