package dev.flota.engine.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;

final class NetlinkMessageTest {
  @Test
  void lengthsCountWhatFollowsAndAttributesAreAligned() {
    byte[] bytes =
        new NetlinkMessage(16, 0x600)
            .link(7, 1, 1)
            .attribute(3, "eth0")
            .nest(18, info -> info.attribute(1, "veth").attribute(4, 1450))
            .bytes();
    ByteBuffer message = ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder());
    assertThat(message.getInt(0)).isEqualTo(bytes.length).isEqualTo(16 + 16 + 12 + 4 + 12 + 8);
    assertThat(message.getShort(4)).isEqualTo((short) 16);
    assertThat(message.getShort(6)).isEqualTo((short) 0x605);
    assertThat(message.getInt(20)).isEqualTo(7);
    assertThat(message.getShort(32)).as("length without padding").isEqualTo((short) 9);
    assertThat(message.getShort(44)).as("nested length").isEqualTo((short) 24);
    assertThat(message.getInt(64)).isEqualTo(1450);
  }
}
