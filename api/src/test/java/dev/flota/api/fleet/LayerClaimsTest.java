package dev.flota.api.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LayerClaimsTest {
  private static final String LAYER = "sha256:" + "ab".repeat(32);

  private final LayerClaims claims = new LayerClaims();

  @Test
  void theFirstBringsALayerForAll() {
    assertThat(claims.claim(LAYER, "one", Set.of())).isEqualTo("one");
    assertThat(claims.claim(LAYER, "two", Set.of())).isEqualTo("one");
    assertThat(claims.claim(LAYER, "one", Set.of())).isEqualTo("one");
    assertThat(claims.claim("sha256:" + "cd".repeat(32), "two", Set.of())).isEqualTo("two");
  }

  @Test
  void whoFindsOutThatItDoesNotBringsItInstead() {
    assertThat(claims.claim(LAYER, "one", Set.of())).isEqualTo("one");
    assertThat(claims.claim(LAYER, "two", Set.of("one"))).isEqualTo("two");
    assertThat(claims.claim(LAYER, "three", Set.of("one"))).isEqualTo("two");
  }

  @Test
  void forgetsTheOldestOfVeryMany() {
    for (int i = 0; i <= 10_000; i++) {
      assertThat(claims.claim("layer-" + i, "one", Set.of())).isEqualTo("one");
    }
    assertThat(claims.claim("layer-1", "two", Set.of())).isEqualTo("one");
    assertThat(claims.claim("layer-0", "two", Set.of())).isEqualTo("two");
  }

  @Test
  void allHostsFindTheSameKeeperWhoeverElseIsThere() {
    List<String> all = PeerLayers.byRank(List.of("a", "b", "c", "d"), LAYER);
    assertThat(PeerLayers.byRank(List.of("d", "c", "b", "a"), LAYER)).isEqualTo(all);
    List<String> fewer = all.subList(1, all.size());
    assertThat(PeerLayers.byRank(fewer.reversed(), LAYER)).isEqualTo(fewer);
  }
}
