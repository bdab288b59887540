package dev.flota.cluster.follow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import akka.util.ByteString;
import org.junit.jupiter.api.Test;

class SentInputTest {
  private final SentInput input = new SentInput();

  private String next() {
    ByteString next = input.next();
    return next == null ? "" : next.utf8String();
  }

  @Test
  void isSentOnce() {
    input.add(ByteString.fromString("ab"));
    assertThat(next()).isEqualTo("ab");
    input.add(ByteString.fromString("c"));
    input.add(ByteString.fromString("d"));
    assertThat(next()).isEqualTo("cd");
    assertThat(next()).isEmpty();
  }

  @Test
  void whatWasNotTakenIsSentAgain() {
    input.add(ByteString.fromString("abcd"));
    assertThat(next()).isEqualTo("abcd");
    input.taken(1);
    input.taken(3);
    input.again();
    assertThat(next()).isEqualTo("d");
    input.add(ByteString.fromString("e"));
    assertThat(next()).isEqualTo("e");
    input.taken(2);
    input.again();
    assertThat(next()).isEmpty();
  }

  @Test
  void noMoreIsAskedForThanTheWindowHolds() {
    input.add(ByteString.fromArray(new byte[(1 << 18) - 1]));
    assertThat(input.hasRoom()).isTrue();
    input.add(ByteString.fromArray(new byte[1]));
    assertThat(input.hasRoom()).isFalse();
    assertThat(next()).hasSize(1 << 18);
    input.taken(1);
    assertThat(input.hasRoom()).isTrue();
  }

  @Test
  void whatWasNotSentCannotBeTaken() {
    input.add(ByteString.fromString("ab"));
    assertThatThrownBy(() -> input.taken(1)).isInstanceOf(IllegalStateException.class);
  }
}
