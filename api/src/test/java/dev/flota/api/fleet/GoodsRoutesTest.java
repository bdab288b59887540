package dev.flota.api.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.flota.engine.image.manifest.Descriptor;
import dev.flota.engine.json.Json;
import java.io.IOException;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GoodsRoutesTest {
  @Test
  void aBlobIsDescribedInWhatAHeaderCanCarry() throws IOException {
    Descriptor strange =
        new Descriptor("tar+gzip\r\nX: \u00e9", "sha256:ab", 7, null, Map.of("note", "\u4e16"));

    String described = GoodsRoutes.described(strange);

    assertThat(described).matches("[ -~]+");
    assertThat(Json.PLAIN.readValue(described, Descriptor.class))
        .isEqualTo(Descriptor.of(strange.mediaType(), "sha256:ab", 7));
  }
}
